import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import * as z from 'zod'
import { dayOf } from '../schemas/week.ts'
import { openTestSql, openTestStore, type TestSql } from '../test/engines/test-engines.ts'
import {
  fillMacros,
  macrosOf,
  migrate,
  migrateDatabases,
  migrationsFolder,
  readMigrations,
  splitStatements,
} from './migrate.ts'
import { defineStatement } from './ports/sql.ts'
import { defineQuery, type Store } from './ports/store.ts'

let store: Store
let sql: TestSql
beforeAll(async () => {
  store = await openTestStore()
  sql = await openTestSql()
})
afterAll(() => Promise.all([store.close(), sql.close()]))

const nothing = z.object({})
const ask = (text: string) =>
  store.ask(defineQuery({ name: 'ask', sql: text, params: nothing, row: z.record(z.string(), z.unknown()) }), {})
const told = (text: string) =>
  sql.control.run(
    defineStatement({ name: 'told', sql: text, params: nothing, row: z.record(z.string(), z.unknown()) }),
    {},
  )

test('a statement ends at a semicolon that is neither in a comment nor in a string', () => {
  const text = "-- why; not\nSELECT ';', 'it''s;', 'a\\';', \"b;\"; /* ; */\nDO $x$ BEGIN; END; $x$;\n-- end;\n"
  expect(splitStatements(text).map((statement) => statement.trim())).toEqual([
    "-- why; not\nSELECT ';', 'it''s;', 'a\\';', \"b;\"",
    '/* ; */\nDO $x$ BEGIN; END; $x$',
  ])
})

test('all migrations there are have been applied to both engines, and a second time nothing is', async () => {
  const files = readMigrations(`${migrationsFolder()}clickhouse`).map(({ name }) => name)
  expect(files).not.toEqual([])
  expect(await ask('SELECT name FROM migrations ORDER BY name')).toEqual(files.map((name) => ({ name })))
  expect(await told('SELECT name FROM vault.migrations ORDER BY name')).not.toEqual([])
  expect(await migrate({ store, sql })).toEqual([])
})

const folder = `${mkdtempSync(join(tmpdir(), 'bauta-migrations-'))}/`
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  rmSync(folder, { recursive: true })
  for (const part of ['clickhouse', 'sql/control']) mkdirSync(`${folder}${part}`, { recursive: true })
})

test('a new migration is applied and named, in each engine', async () => {
  writeFileSync(
    `${folder}clickhouse/0901_new.sql`,
    `CREATE TABLE IF NOT EXISTS n \${ON_CLUSTER} (a UInt8) ENGINE = \${REPLICATED}MergeTree ORDER BY a;`,
  )
  writeFileSync(
    `${folder}sql/control/0901_new.sql`,
    'CREATE TABLE control.n (a int);\nINSERT INTO control.n VALUES (1);',
  )
  const applied = [
    { engine: 'store', name: '0901_new.sql' },
    { engine: 'control', name: '0901_new.sql' },
  ]
  expect(await migrate({ store, sql }, undefined, folder)).toEqual(applied)
  expect(await told('SELECT a FROM control.n')).toEqual([{ a: 1 }])
  expect(await migrate({ store, sql }, undefined, folder)).toEqual([])
})

test('a migration that was changed after it had been applied is refused by name', async () => {
  const file = `${folder}sql/control/0902_old.sql`
  writeFileSync(file, 'CREATE TABLE control.o (a int);')
  await migrateDatabases(sql, folder)
  writeFileSync(file, 'CREATE TABLE control.o (a bigint);')
  const again = migrateDatabases(sql, folder)
  await expect(again).rejects.toMatchObject({ code: 'conflict' })
  await expect(again).rejects.toThrow(/0902_old\.sql of control were changed/)
})

test('a file of a database is applied whole or not at all', async () => {
  const file = `${folder}sql/control/0903_half.sql`
  writeFileSync(file, 'CREATE TABLE control.h (a int);\nCREATE TABLE control.h (a int);')
  await expect(migrateDatabases(sql, folder)).rejects.toThrow(/^0903_half.sql: SQLSTATE 42P07$/)
  writeFileSync(file, 'CREATE TABLE control.h (a int);')
  expect(await migrateDatabases(sql, folder)).toEqual([{ engine: 'control', name: '0903_half.sql' }])
})

const e = `e${'0'.repeat(32)}`
const p = '1'.repeat(32)
/** What is older has an end: the tables would not keep it. */
const today = dayOf(Date.now())
const origin = (id: number) => ({ id: String(id), partition: 0, first: '7', received: today, site: 'demo' })
const place = { path: '/a', referrer: '', campaign: '', seconds: 3, country: 'DE', device: 'desktop', language: 'de' }
const event = (id: number) => ({
  ...origin(id),
  day: today,
  e,
  session: 1,
  step: id,
  type: 'page_view',
  ...place,
})
const consent = (id: number) => ({
  ...origin(id),
  receipt: `r${String(id).repeat(32)}`,
  purposes: ['P1'],
  notice: 'n1',
  notice_hash: 'a'.repeat(64),
  language: 'de',
  method: 'banner',
  path: '/',
  at: new Date().toISOString(),
})
const visit = { p, week: 2970, until: 3020, notice: 'n1', country: 'DE', device: 'desktop', language: 'de' }
const signal = (id: number, interest: string, kind = 'view') => ({
  ...origin(id),
  ...visit,
  interest,
  rule: 'r',
  kind,
  n: 2,
})
const act = (id: number) => ({ ...origin(id), day: today, hour: 5, type: 'purchase', path: '/buy' })

const inputs: Record<string, { rows: readonly unknown[]; counts: Record<string, [number, number]> }> = {
  events_in: {
    rows: [event(1), event(2)],
    counts: {
      'SELECT count() AS n FROM events': [2, 4],
      'SELECT sum(n) AS n FROM traffic': [2, 4],
      'SELECT sum(seconds) AS n FROM traffic': [6, 12],
      "SELECT count() AS n FROM seen WHERE topic = 'events'": [2, 4],
    },
  },
  signals_in: {
    // The second record brings two signals, and the third none but who is live.
    rows: [signal(1, 'sun'), signal(2, 'sun'), signal(2, 'wind'), signal(3, '', '')],
    counts: {
      "SELECT sum(n) AS n FROM signals WHERE interest = 'sun'": [4, 8],
      'SELECT sum(n) AS n FROM signals': [6, 12],
      'SELECT count() AS n FROM profiles FINAL': [1, 1],
      "SELECT count() AS n FROM seen WHERE topic = 'signals'": [3, 6],
    },
  },
  consents_in: {
    rows: [consent(1), consent(2)],
    counts: {
      'SELECT count() AS n FROM device_consents': [2, 4],
      "SELECT count() AS n FROM seen WHERE topic = 'device_consents'": [2, 4],
    },
  },
  counts_in: {
    rows: [act(1), act(2)],
    counts: { 'SELECT sum(n) AS n FROM acts': [2, 4], "SELECT count() AS n FROM seen WHERE topic = 'counts'": [2, 4] },
  },
}

test.each(Object.entries(inputs))(
  'what comes into %s twice under one token counts once behind every view, under another again',
  async (table, { rows, counts }) => {
    const read = async () => {
      const found = await Promise.all(Object.keys(counts).map(ask))
      return found.map(([row]) => Number(row?.n))
    }
    const after = (which: 0 | 1) => Object.values(counts).map((numbers) => numbers[which])
    await store.append(table, rows, `${table}:0:1-3`)
    await store.append(table, rows, `${table}:0:1-3`)
    expect(await read()).toEqual(after(0))
    await store.append(table, rows, `${table}:0:4-6`)
    expect(await read()).toEqual(after(1))
  },
)

test('on a cluster every statement that makes or changes a table says so, and the engine reads it', async () => {
  const read = defineQuery({
    name: 'read',
    sql: 'SELECT formatQuery({sql: String}) AS read',
    params: z.object({ sql: z.string() }),
    row: z.object({ read: z.string() }),
  })
  for (const cluster of ['bauta', '{cluster}'])
    for (const { name, statements } of readMigrations(`${migrationsFolder()}clickhouse`))
      for (const statement of statements) {
        const [row] = await store.ask(read, { sql: fillMacros(statement, macrosOf({ cluster })) })
        expect(row?.read, name).toContain('ON CLUSTER')
        expect(row?.read, name).not.toMatch(/ENGINE = (?!Replicated|`?Null)/)
      }
  expect(macrosOf({ cluster: undefined })).toEqual(macrosOf(undefined))
})

test('what is older than its table keeps it is gone after a merge', async () => {
  const old = { ...event(9), day: '2020-01-01', received: '2020-01-01' }
  await store.append('events_in', [old], 'events_in:0:9-9')
  const merge = async (table: string) =>
    store.command({ name: 'merge', sql: `OPTIMIZE TABLE ${table} FINAL`, params: nothing }, {})
  for (const table of ['events', 'traffic', 'seen']) await merge(table)
  expect(await ask("SELECT count() AS n FROM events WHERE day < '2021-01-01'")).toEqual([{ n: '0' }])
  expect(await ask("SELECT count() AS n FROM traffic WHERE day < '2021-01-01'")).toEqual([{ n: '0' }])
  expect(await ask("SELECT count() AS n FROM seen WHERE day < '2021-01-01'")).toEqual([{ n: '0' }])
})
