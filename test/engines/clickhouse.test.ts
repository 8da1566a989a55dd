/** What stands in for a ClickHouse server speaks as one, to the client that the product uses. */

import { createClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startClickhouse } from './clickhouse.ts'
import type { Engine } from './server-process.ts'

let engine: Engine
const users = { default: '', loader: 'it\'s "secret":' }
beforeAll(async () => {
  engine = await startClickhouse({ users })
  await as({ database: 'default' }).command({ query: 'CREATE DATABASE other' })
  await as().command({ query: 'CREATE TABLE other.rows (n UInt32, text String) ENGINE = MergeTree ORDER BY n' })
})
afterAll(() => engine?.stop())

const as = (options: Parameters<typeof createClient>[0] = {}) =>
  createClient({ url: engine.url, database: 'other', log: { level: 127 }, ...options })
const count = async (client = as()) => {
  const answer = await client.query({ query: 'SELECT toUInt32(count()) AS n FROM rows', format: 'JSONEachRow' })
  return (await answer.json<{ n: number }>())[0]?.n
}

test('a parameter is a value, whatever stands in it', async () => {
  const text = `it's \\ "x" {a} -- \n\t €`
  const query = 'SELECT {text: String} AS text, {list: Array(String)} AS list, {none: Nullable(String)} AS none'
  const query_params = { text, list: [text, ''], none: null }
  for (const use_multipart_params of [false, true]) {
    const answer = as().query({ query, query_params, format: 'JSONEachRow', use_multipart_params })
    expect(await (await answer).json()).toEqual([query_params])
  }
})

test('a setting holds for its own statement only, and its value cannot become SQL', async () => {
  const evil = "\\', max_threads = '7"
  const query = "SELECT getSetting('insert_deduplication_token') AS token, getSetting('max_threads') = 7 AS seven"
  const ask = async (clickhouse_settings = {}) =>
    (await as().query({ query, clickhouse_settings, format: 'JSONEachRow' })).json()
  expect(await ask({ insert_deduplication_token: evil })).toEqual([{ token: evil, seven: 0 }])
  expect(await ask()).toEqual([{ token: '', seven: 0 }])
  await expect(ask({ no_such_setting: 1 })).rejects.toMatchObject({ code: '115', type: 'UNKNOWN_SETTING' })
})

test('rows go in and come out, compressed both ways or not', async () => {
  for (const on of [false, true]) {
    const client = as({ compression: { request: on, response: on } })
    await client.command({ query: 'TRUNCATE TABLE rows' })
    const values = Array.from({ length: 5_000 }, (_, n) => ({ n, text: `row ${n} €` }))
    await client.insert({ table: 'rows', values, format: 'JSONEachRow' })
    await client.insert({ table: 'rows', values: [], format: 'JSONEachRow' })
    const answer = await client.query({ query: 'SELECT * FROM rows ORDER BY n', format: 'JSONEachRow' })
    const rows: unknown[] = []
    for await (const some of answer.stream()) rows.push(...some.map((row) => row.json()))
    expect(rows).toEqual(values)
  }
})

test('a user is let in with the right password alone', async () => {
  const right = as({ username: 'loader', password: users.loader })
  expect(await (await right.query({ query: 'SELECT 1 AS one', format: 'JSONEachRow' })).json()).toEqual([{ one: 1 }])
  for (const [username, password] of [
    ['loader', 'wrong'],
    ['nobody', ''],
    ['constructor', ''],
  ] as const) {
    const wrong = as({ username, password }).query({ query: 'SELECT 1' })
    await expect(wrong).rejects.toMatchObject({ code: '516', type: 'AUTHENTICATION_FAILED' })
  }
})

test('a mistake has its number in a header, and the status that a server gives it', async () => {
  const answer = await fetch(engine.url, { method: 'POST', body: 'SELECT * FROM nowhere' })
  expect([answer.status, answer.headers.get('x-clickhouse-exception-code')]).toEqual([404, '60'])
  expect(await answer.text()).toMatch(/^Code: 60\. DB::Exception: .*\(UNKNOWN_TABLE\)/)
})

test('a query stands in the URL or in the body, and its format in the query, the URL or a header', async () => {
  const get = async (path: string, init?: RequestInit) => (await fetch(`${engine.url}/${path}`, init)).text()
  expect(await get('?query=SELECT%201%20AS%20a&default_format=JSONEachRow')).toBe('{"a":1}\n')
  const headers = { 'x-clickhouse-format': 'CSV', 'x-clickhouse-database': 'other' }
  expect(await get('', { method: 'POST', body: 'SELECT currentDatabase()', headers })).toBe('"other"\n')
  expect(await get('', { method: 'POST', body: "SELECT 'a' FORMAT CSV" })).toBe('"a"\n')
})

test('a short question does not wait for a long one', async () => {
  const done: string[] = []
  const query = 'SELECT sum(sleepEachRow(0.5)) FROM numbers(10) SETTINGS max_threads = 1, max_block_size = 1'
  const long = as()
    .query({ query })
    .then((answer) => answer.text())
    .then(() => done.push('long'))
  await count().then(() => done.push('short'))
  await long
  expect(done).toEqual(['short', 'long'])
})

test('what was acknowledged is there after kill -9', async () => {
  const before = (await count()) ?? 0
  const { pid } = engine
  await as().insert({ table: 'rows', values: [{ n: 1, text: 'kept' }], format: 'JSONEachRow' })
  await engine.kill9()
  await expect(count()).rejects.toThrow('ECONNREFUSED')
  await engine.restart()
  expect(engine.pid).not.toBe(pid)
  expect(await count()).toBe(before + 1)
})
