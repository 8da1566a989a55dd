/** The embedded engines for tests: the real ones, migrated, fast to open. Open them once a file, as the store is one a process. */

import { createHash } from 'node:crypto'
import { cp, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clickhouseStore } from '../../infra/clickhouse/store.ts'
import { openChdb } from '../../infra/embedded/chdb.ts'
import { openPglite } from '../../infra/embedded/pglite.ts'
import { migrateDatabases, migrateStore, migrationsFolder, readMigrations } from '../../infra/migrate.ts'
import { type Database, databases, type Sql } from '../../infra/ports/sql.ts'
import type { Store } from '../../infra/ports/store.ts'

/** A migrated store in memory. A second one in the same process would be the same. */
export async function openEmbeddedStore(): Promise<Store> {
  const store = clickhouseStore(await openChdb(':memory:'))
  await migrateStore(store)
  return store
}

export type TestSql = Readonly<Record<Database, Sql>> & {
  /** Ends the engine and deletes its files. */
  close(): Promise<void>
}

/** Migrated databases on disk, all in one engine, every time new: a copy of a directory that the first test run prepares. */
export async function openEmbeddedSql(): Promise<TestSql> {
  const directory = await copyDatabases()
  const engine = await openPglite(directory)
  const close = () => engine.close().finally(() => rm(directory, { recursive: true, force: true }))
  return { ...oneForAll(engine.sql()), close }
}

/** The directory of migrated databases that nobody has open; whoever asks deletes it. */
export async function copyDatabases(): Promise<string> {
  const template = await prepare()
  const directory = await mkdtemp(join(tmpdir(), 'bauta-sql-'))
  await cp(template, directory, { recursive: true })
  return directory
}

/** Four databases as schemas of one. */
export const oneForAll = (sql: Sql) => ({ vault: sql, links: sql, runs: sql, control: sql })

async function prepare(): Promise<string> {
  const sums = databases.flatMap((database) => readMigrations(`${migrationsFolder()}sql/${database}`))
  const version = createHash('sha256').update(JSON.stringify(sums)).digest('hex').slice(0, 16)
  const template = join(tmpdir(), `bauta-sql-template-${version}`)
  if (await stat(template).catch(() => undefined)) return template
  const directory = await mkdtemp(join(tmpdir(), 'bauta-sql-'))
  const engine = await openPglite(directory)
  await migrateDatabases(oneForAll(engine.sql()))
  await engine.close()
  // Another test may have been faster, and its copy is as good.
  await rename(directory, template).catch(() => rm(directory, { recursive: true }))
  return template
}
