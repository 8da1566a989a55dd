/**
 * Brings both engines' tables up to date, forwards only: schemas/clickhouse/*.sql into the store, schemas/sql/<database>/*.sql into each
 * database. Killed in the middle, it goes on the next time: the store's statements say IF NOT EXISTS, a database's file is one transaction.
 */

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { Fault } from '../schemas/fault.ts'
import { type Database, databases, defineStatement, type Sql, type SqlSession } from './ports/sql.ts'
import { defineCommand, defineQuery, type Store } from './ports/store.ts'

export interface MigrateDeps {
  readonly store: Store
  readonly sql: Readonly<Record<Database, Sql>>
}

/** What the two macros stand for: nothing on the embedded engine, `ON CLUSTER name` and `Replicated` on a cluster. */
export interface Macros {
  readonly onCluster: string
  readonly replicated: string
}

export interface Migration {
  readonly name: string
  readonly sha256: string
  readonly statements: readonly string[]
}

export type Applied = { readonly engine: 'store' | Database; readonly name: string }

const embedded: Macros = { onCluster: '', replicated: '' }

/** Of a server by itself they are empty too. The name is one by its schema; quoted, it may also be a macro of the server's own, `{cluster}`. */
export function macrosOf(config: { readonly cluster: string | undefined } | undefined): Macros {
  const cluster = config?.cluster
  return cluster === undefined ? embedded : { onCluster: `ON CLUSTER '${cluster}'`, replicated: 'Replicated' }
}

/** A statement as the engine is to read it. */
export function fillMacros(sql: string, { onCluster, replicated }: Macros): string {
  return sql.replace(/\$\{ON_CLUSTER\}/g, onCluster).replace(/\$\{REPLICATED\}/g, replicated)
}

/** Answers what it applied now, in order. A migration that was changed after it had been applied is refused. */
export async function migrate(
  { store, sql }: MigrateDeps,
  macros = embedded,
  folder = migrationsFolder(),
): Promise<Applied[]> {
  return [...(await migrateStore(store, macros, folder)), ...(await migrateDatabases(sql, folder))]
}

/** Beside the sources, and for what is built into dist/ one level further up. */
export function migrationsFolder(): string {
  const folders = ['../schemas/', '../../schemas/'].map((path) => fileURLToPath(new URL(path, import.meta.url)))
  const found = folders.find((folder) => existsSync(`${folder}clickhouse`))
  if (!found) throw new Error(`no migrations in ${folders.join(' or ')}`)
  return found
}

export function readMigrations(folder: string): Migration[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name))
  return names.sort().map((name) => {
    const text = readFileSync(`${folder}/${name}`, 'utf8')
    return { name, sha256: createHash('sha256').update(text).digest('hex'), statements: splitStatements(text) }
  })
}

/** What a semicolon may stand in without ending a statement: comments, strings, quoted names, bodies of functions. */
const tokens = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|(\$\w*\$)[\s\S]*?\1|;/g

export function splitStatements(text: string): string[] {
  const statements: string[] = []
  let start = 0
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (token !== ';') continue
    statements.push(text.slice(start, index))
    start = index + 1
  }
  statements.push(text.slice(start))
  return statements.filter((statement) => statement.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, '').trim() !== '')
}

const nothing = z.object({})
const Standing = z.object({ name: z.string(), sha256: z.string() })
const standingInStore = defineQuery({
  name: 'migrations',
  sql: 'SELECT name, any(sha256) AS sha256 FROM migrations GROUP BY name',
  params: nothing,
  row: Standing,
})

export async function migrateStore(store: Store, macros = embedded, folder = migrationsFolder()): Promise<Applied[]> {
  const { onCluster, replicated } = macros
  const say = (name: string, sql: string) =>
    store.command(defineCommand({ name, sql: fillMacros(sql, macros), params: nothing }), {})
  await say(
    'migrations_table',
    `CREATE TABLE IF NOT EXISTS migrations ${onCluster} (name String, sha256 String)
    ENGINE = ${replicated}ReplacingMergeTree ORDER BY name SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
  )
  const todo = pending('store', readMigrations(`${folder}clickhouse`), await store.ask(standingInStore, {}))
  for (const { name, sha256, statements } of todo) {
    for (const statement of statements) await say(name, statement)
    await store.append('migrations', [{ name, sha256 }], `migration:${name}`)
  }
  return todo.map(({ name }) => ({ engine: 'store', name }))
}

export async function migrateDatabases(sql: MigrateDeps['sql'], folder = migrationsFolder()): Promise<Applied[]> {
  const applied: Applied[] = []
  for (const engine of databases) {
    const names = await migrateDatabase(sql[engine], engine, readMigrations(`${folder}sql/${engine}`))
    applied.push(...names.map((name) => ({ engine, name })))
  }
  return applied
}

/** What `migrate` would apply to engines that were migrated before, `engine/name` each. */
export async function pendingMigrations(
  { store, sql = {} }: { readonly store?: Store; readonly sql?: Partial<MigrateDeps['sql']> },
  folder = migrationsFolder(),
): Promise<string[]> {
  const ofStore = store
    ? pending('store', readMigrations(`${folder}clickhouse`), await store.ask(standingInStore, {}))
    : []
  const ofSql = databases.map(async (engine) => {
    const standing = await sql[engine]?.run(standingIn(engine), {})
    if (!standing) return []
    return pending(engine, readMigrations(`${folder}sql/${engine}`), standing).map(({ name }) => `${engine}/${name}`)
  })
  return [...ofStore.map(({ name }) => `store/${name}`), ...(await Promise.all(ofSql)).flat()]
}

/** For who may not migrate. Throws `config_invalid` where tables are missing or older than this version. */
export async function refusePending(engines: Parameters<typeof pendingMigrations>[0]): Promise<void> {
  const missing = await pendingMigrations(engines).catch((error: unknown) => {
    if (error instanceof Fault) throw error
    return ['all']
  })
  if (missing.length > 0)
    throw new Fault(
      'config_invalid',
      `the tables are not those of this version (${missing.join(', ')}); run: bauta migrate`,
    )
}

function standingIn(database: Database) {
  const sql = `SELECT name, sha256 FROM ${database}.migrations`
  return defineStatement({ name: 'migrations', sql, params: nothing, row: Standing })
}

async function migrateDatabase(sql: Sql, database: Database, migrations: readonly Migration[]): Promise<string[]> {
  const say = (session: SqlSession, name: string, text: string) =>
    session.run(defineStatement({ name, sql: text, params: nothing, row: z.unknown() }), {})
  const table = `${database}.migrations`
  await say(sql, 'migrations_schema', `CREATE SCHEMA IF NOT EXISTS ${database}`)
  await say(
    sql,
    'migrations_table',
    `CREATE TABLE IF NOT EXISTS ${table} (name text PRIMARY KEY, sha256 text NOT NULL)`,
  )
  const standing = standingIn(database)
  const note = defineStatement({
    name: 'migration',
    sql: `INSERT INTO ${table} (name, sha256) VALUES ($name, $sha256)`,
    params: Standing,
    row: z.unknown(),
  })
  const todo = pending(database, migrations, await sql.run(standing, {}))
  const done: string[] = []
  for (const { name, sha256, statements } of todo) {
    await sql.transaction(async (session) => {
      // Two that migrate at once: the second finds it done.
      await say(session, 'migrations_lock', `LOCK TABLE ${table} IN EXCLUSIVE MODE`)
      if ((await session.run(standing, {})).some((other) => other.name === name)) return
      for (const statement of statements) await say(session, name, statement)
      await session.run(note, { name, sha256 })
      done.push(name)
    })
  }
  return done
}

function pending(engine: string, migrations: readonly Migration[], standing: z.infer<typeof Standing>[]): Migration[] {
  const known = new Map(standing.map(({ name, sha256 }) => [name, sha256]))
  const changed = migrations.filter(({ name, sha256 }) => known.has(name) && known.get(name) !== sha256)
  const names = changed.map(({ name }) => name).join(', ')
  if (names) {
    const way = 'put the files back as they were, and say what is new in a further migration'
    throw new Fault('conflict', `the migrations ${names} of ${engine} were changed after they had been applied: ${way}`)
  }
  return migrations.filter(({ name }) => !known.has(name))
}
