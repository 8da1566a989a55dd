/** Users and grants on ClickHouse servers, as infra/sql/grants.ts has them for PostgreSQL. The embedded store has one user and takes neither. */

import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { fillMacros, type Macros, migrationsFolder, splitStatements } from '../migrate.ts'
import { defineCommand, type Store } from '../ports/store.ts'
import { roleOf } from '../sql/grants.ts'

/** The vault and the collector have no way to the store. */
export const storeUsers = ['profiles', 'segments', 'activation'] as const
export type StoreUser = (typeof storeUsers)[number]

export interface StoreGrantsOptions {
  readonly passwords: Readonly<Partial<Record<StoreUser, string>>>
  readonly macros: Macros
}

/** Idempotent. Users that are missing are made; who has a password may log in with it from then on, a new one without it from nowhere. */
export async function applyStoreGrants(
  { command }: Pick<Store, 'command'>,
  options: StoreGrantsOptions,
  folder = migrationsFolder(),
): Promise<void> {
  for (const sql of storeGrants(options, folder))
    await command(defineCommand({ name: 'grants', sql, params: z.object({}) }), {})
}

export function storeGrants({ passwords, macros }: StoreGrantsOptions, folder = migrationsFolder()): string[] {
  const { onCluster } = macros
  const users = storeUsers.flatMap((each) => {
    const user = `${roleOf(each)} ${onCluster}`
    const password = passwords[each]
    return [
      `CREATE USER IF NOT EXISTS ${user} HOST NONE`,
      ...(password ? [`ALTER USER ${user} IDENTIFIED WITH sha256_hash ${hashed(password)} HOST ANY`] : []),
    ]
  })
  const text = readFileSync(`${folder}clickhouse-server/users.sql`, 'utf8')
  return [...users, ...splitStatements(fillMacros(text, macros))]
}

function hashed(password: string): string {
  const salt = randomBytes(16).toString('hex')
  return `BY '${createHash('sha256')
    .update(password + salt)
    .digest('hex')}' SALT '${salt}'`
}
