/** Users of the store: each service's questions are within its grants. Run where there is a server, and only parsed where there is none. */

import { Session } from 'chdb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { applyStoreGrants, type StoreUser, storeGrants, storeUsers } from '../../infra/clickhouse/grants.ts'
import { clickhouseStore } from '../../infra/clickhouse/store.ts'
import { openClickhouse } from '../../infra/distributed/clickhouse.ts'
import { macrosOf, migrateStore } from '../../infra/migrate.ts'
import { defineCommand, defineQuery, type Store } from '../../infra/ports/store.ts'
import { roleOf } from '../../infra/sql/grants.ts'
import { createClickhouseDatabase, type TestClickhouse } from '../engines/distributed.ts'
import { foundEngines } from '../engines/found-engines.ts'
import { allStatementsOf, isOfPersonSide } from './statements-of.ts'

const password = 'a-password-of-this-test'
const passwords = Object.fromEntries(storeUsers.map((user) => [user, password]))
const macros = macrosOf(undefined)

describe('parsed by chdb, which has neither users nor clusters', () => {
  const parser = new Session()
  afterAll(() => parser.close())
  const parse = (sql: string) => parser.queryAsync(`EXPLAIN AST ${sql}`)

  test.each([undefined, 'main', '{cluster}'])('each statement, on the cluster %s', async (cluster) => {
    const statements = storeGrants({ passwords, macros: macrosOf({ cluster }) })
    expect(statements).toHaveLength(2 * storeUsers.length + storeUsers.length)
    for (const sql of statements) {
      await parse(sql)
      expect(sql.includes('ON CLUSTER')).toBe(cluster !== undefined)
      expect(sql).not.toContain(password)
    }
  })

  test('control: what is no grant is refused', async () => {
    await expect(parse('GRANT SELECT ON profiles TO')).rejects.toThrow()
    await expect(parse('GRANT SELEKT ON profiles TO bauta_profiles')).rejects.toThrow()
  })
})

/** Rights by table, as the file says them. */
function grantsTo(user: StoreUser): ReadonlyMap<string, string> {
  const own =
    storeGrants({ passwords: {}, macros }).find((sql) => sql.includes(`TO ${roleOf(user)} WITH REPLACE`)) ?? ''
  const elements = own.matchAll(/((?:[A-Z ]+(?:\([\w, ]+\))?,? ?)+) ON (\w+\*?)(?=,|\s)/g)
  return new Map([...elements].map(([, rights = '', table = '']) => [table, rights]))
}

test.each(storeUsers)('%s asks of no table that it is not granted', async (user) => {
  const grants = grantsTo(user)
  const granted = (table: string) =>
    [...grants.keys()].some((each) => (each.endsWith('*') ? table.startsWith(each.slice(0, -1)) : each === table))
  const questions = (await allStatementsOf(user)).filter((statement) => !isOfPersonSide(statement))
  const named = questions.flatMap(({ sql }) => [
    ...sql.matchAll(/\b(?:FROM|(?<!ARRAY )JOIN|INTO|TABLE(?: IF EXISTS)?) (\w+)\b(?!\.|\()/g),
  ])
  const inside = new Set(questions.flatMap(({ sql }) => [...sql.matchAll(/\b(\w+) AS \(/g)].map(([, name]) => name)))
  const tables = new Set(named.map(([, table = '']) => table).filter((table) => !inside.has(table)))
  expect(tables.size).toBeGreaterThan(1)
  expect([...tables].filter((table) => !granted(table))).toEqual([])
})

/** By how a statement that changes rows begins, what it needs. Older servers take a mark on a row for an update, newer ones for a deletion. */
const needs: readonly (readonly [begins: RegExp, rights: readonly string[]])[] = [
  [/^ALTER TABLE (\w+) UPDATE _row_exists = 0 /, ['ALTER DELETE', 'ALTER UPDATE(_row_exists)']],
  [/^ALTER TABLE (\w+) (?:DELETE|DROP PARTITION) /, ['ALTER DELETE']],
  [/^ALTER TABLE (\w+) REPLACE PARTITION /, ['ALTER DELETE', 'INSERT']],
  [/^OPTIMIZE TABLE (\w+) /, ['OPTIMIZE']],
]

test('profiles may change rows in the ways its statements do, and no other service has such a statement', async () => {
  const changing = async (user: StoreUser) =>
    (await allStatementsOf(user)).map(({ sql }) => sql.trim()).filter((sql) => /^(ALTER|OPTIMIZE)\b/.test(sql))
  for (const user of ['segments', 'activation'] as const) expect(await changing(user)).toEqual([])
  const grants = grantsTo('profiles')
  const changes = (await changing('profiles')).filter((sql) => !sql.startsWith('OPTIMIZE TABLE snapshot_next'))
  expect(changes.length).toBeGreaterThan(5)
  for (const sql of changes) {
    const [begins, rights] = needs.find(([begins]) => begins.test(sql)) ?? [/$/, ['a way that is not known here']]
    const granted = grants.get(begins.exec(sql)?.[1] ?? '')?.split(',') ?? []
    expect(
      granted.map((each) => each.trim()),
      sql,
    ).toEqual(expect.arrayContaining([...rights]))
  }
})

test('control: analysts are granted no table that holds a pseudonym, activation no events, and nobody E', () => {
  expect([...grantsTo('segments').keys()]).toEqual(['migrations', 'snapshot', 'traffic', 'acts'])
  expect([...grantsTo('activation').keys()]).toEqual(['migrations', 'signals', 'profiles'])
  expect(grantsTo('profiles').get('events')?.trim()).toBe('SELECT(site, day, type)')
})

const { clickhouse } = foundEngines()
const server = clickhouse && !clickhouse.name.startsWith('chdb') ? clickhouse : undefined
if (!server) test.skip(`users on a server: ${clickhouse?.name ?? 'no ClickHouse'} has none`, () => {})

describe.runIf(server)(`users on ${server?.name}`, () => {
  let database: TestClickhouse
  let owner: Store
  const stores = {} as Record<StoreUser, Store>
  beforeAll(async () => {
    database = await createClickhouseDatabase()
    owner = clickhouseStore(openClickhouse(database.config))
    await migrateStore(owner)
    await applyStoreGrants(owner, { passwords, macros })
    await applyStoreGrants(owner, { passwords, macros })
    for (const user of storeUsers)
      stores[user] = clickhouseStore(openClickhouse({ ...database.config, username: roleOf(user), password }))
  })
  afterAll(async () => {
    await Promise.all([owner, ...Object.values(stores)].map((store) => store.close()))
    await database.drop()
  })

  const params = z.object({})
  const ask = (store: Store, sql: string) =>
    store.ask(defineQuery({ name: 'asked', sql, params, row: z.unknown() }), {}).then(
      () => 'done',
      () => 'refused',
    )
  const say = (store: Store, sql: string) =>
    store.command(defineCommand({ name: 'said', sql, params }), {}).then(
      () => 'done',
      () => 'refused',
    )
  const tables = [
    'events',
    'traffic',
    'seen',
    'signals',
    'profiles',
    'tombstones',
    'acts',
    'device_consents',
    'deletions',
    'snapshot',
  ]
  const readable: Record<StoreUser, readonly string[]> = {
    profiles: [
      'events',
      'traffic',
      'acts',
      'seen',
      'signals',
      'profiles',
      'tombstones',
      'device_consents',
      'deletions',
      'snapshot',
    ],
    segments: ['traffic', 'acts', 'snapshot'],
    activation: ['signals', 'profiles'],
  }

  /** Of tables that some may only read in part. */
  const firstOf: Readonly<Record<string, string>> = {
    events: 'day',
    traffic: 'day',
    acts: 'day',
    signals: 'p',
    profiles: 'p',
  }

  test.each(storeUsers)('%s reads its tables and no others, which the owner may', async (user) => {
    for (const table of tables) {
      const sql = `SELECT count(${firstOf[table] ?? ''}) FROM ${table}`
      expect(await ask(stores[user], sql), table).toBe(readable[user].includes(table) ? 'done' : 'refused')
      expect(await ask(owner, sql), table).toBe('done')
    }
  })

  test('profiles add what they load, fold, and forget; the others change nothing', async () => {
    await stores.profiles.append('deletions', [{ receipt: 'r'.repeat(33), day: '2026-11-20' }], 'grants')
    const acts = [
      'CREATE TABLE folded_grants AS signals ENGINE = SummingMergeTree(n) ORDER BY (site, interest, p)',
      'DROP TABLE folded_grants',
      'ALTER TABLE profiles DELETE WHERE until < 1',
      'ALTER TABLE profiles UPDATE _row_exists = 0 WHERE until < 1',
      'ALTER TABLE signals UPDATE _row_exists = 0 WHERE week < 1',
      'OPTIMIZE TABLE profiles FINAL',
    ]
    for (const sql of acts)
      for (const user of ['segments', 'activation'] as const) expect(await say(stores[user], sql)).toBe('refused')
    for (const sql of acts) expect(await say(stores.profiles, sql), sql).toBe('done')
    for (const sql of [
      'DROP TABLE events',
      'ALTER TABLE signals UPDATE n = 0 WHERE week < 1',
      'CREATE TABLE mine (n Int8) ENGINE = MergeTree ORDER BY n',
      'CREATE USER mine',
    ])
      for (const user of storeUsers) expect(await say(stores[user], sql), sql).toBe('refused')
  })
})
