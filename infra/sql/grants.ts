/**
 * Roles and grants on PostgreSQL servers: one login role a service, with what its statements need and nothing more. Applied by the owner
 * after each migration; schemas/sql-server/<database>.sql says who may what. The embedded engine is one process and has no roles.
 */

import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { Fault } from '../../schemas/fault.ts'
import { migrationsFolder, splitStatements } from '../migrate.ts'
import { type Database, databases, type Sql, type SqlSession } from '../ports/sql.ts'

export const grantees = ['vault', 'activation', 'segments', 'profiles'] as const
export type Grantee = (typeof grantees)[number]

export const roleOf = (grantee: Grantee): string => `bauta_${grantee}`

/** Each database may lie on a server of its own, which knows only those who may come in. */
const granteesOf = {
  vault: ['vault', 'activation'],
  links: ['vault', 'activation'],
  runs: ['activation'],
  control: grantees,
} as const satisfies Record<Database, readonly Grantee[]>

/**
 * Idempotent, in one transaction a database, so that a service at work never lacks a right it has before and after. Roles that are missing
 * are made; who has a password may log in with it from then on, the others stay as they are, a new one without a login.
 */
export async function applyGrants(
  sql: Readonly<Record<Database, Sql>>,
  passwords: Readonly<Partial<Record<Grantee, string>>>,
  folder = migrationsFolder(),
): Promise<void> {
  for (const database of databases)
    await sql[database].transaction(async (session) => {
      // Two that migrate at once would change the same rows of the catalogue.
      await say(session, `SELECT pg_advisory_xact_lock(hashtext('bauta.grants'))`)
      for (const grantee of granteesOf[database]) {
        await say(session, makeRole(roleOf(grantee)))
        const password = passwords[grantee]
        // What the server is told cannot be logged in with.
        if (password) await say(session, `ALTER ROLE ${roleOf(grantee)} LOGIN PASSWORD '${scramVerifier(password)}'`)
      }
      await say(session, closeDatabase(granteesOf[database].map(roleOf).join(', ')))
      await say(session, 'ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM PUBLIC')
      for (const statement of splitStatements(readFileSync(`${folder}sql-server/${database}.sql`, 'utf8')))
        await say(session, statement)
    })
}

async function say(session: SqlSession, sql: string): Promise<void> {
  try {
    await session.run({ name: 'grants', sql, params: z.object({}), row: z.unknown() }, {})
  } catch (error) {
    if (!(error instanceof Error) || !error.message.endsWith('SQLSTATE 42501')) throw error
    throw new Fault('forbidden', 'who migrates must own the tables and be allowed to make roles (CREATEROLE)')
  }
}

/** Another database on the same server may be making it at this moment. */
const makeRole = (role: string) => `DO $make$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN
    CREATE ROLE ${role} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT;
    ALTER ROLE ${role} SET search_path = pg_catalog;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $make$`

/** Nobody makes tables here, not even temporary ones, which would come before the real ones where a statement named no schema. */
const closeDatabase = (roles: string) => `DO $close$ BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO ${roles}', current_database());
  IF to_regnamespace('public') IS NOT NULL THEN REVOKE ALL ON SCHEMA public FROM PUBLIC; END IF;
END $close$`

const ITERATIONS = 4_096

/** RFC 5803, as PostgreSQL keeps it. */
function scramVerifier(password: string): string {
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, ITERATIONS, 32, 'sha256')
  const key = (name: string) => createHmac('sha256', salted).update(name).digest()
  const stored = createHash('sha256').update(key('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`
}
