import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { createPostgresDatabase, type TestDatabase } from '../../test/engines/distributed.ts'
import { absent, foundEngines } from '../../test/engines/found-engines.ts'
import type { Sql, SqlSession } from '../ports/sql.ts'
import { openPostgres } from './postgres.ts'

const { postgres } = foundEngines()
const none = z.object({})
const say = (session: SqlSession, sql: string) => session.run({ name: 'text', sql, params: none, row: z.unknown() }, {})
const ask = (session: SqlSession, sql: string) =>
  session
    .run({ name: 'text', sql, params: none, row: z.object({ value: z.unknown() }) }, {})
    .then(([row]) => row?.value)

async function listen(onSocket: (end: () => void) => void) {
  const listener = createServer((socket) => onSocket(() => socket.destroy()))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as { port: number }
  return { port, close: () => new Promise((resolve) => listener.close(resolve)) }
}

test('a server that is away, or hangs up, is down and quotes no password', async () => {
  const { port, close } = await listen((end) => end())
  for (const at of [port, 1]) {
    const sql = await openPostgres({ url: `postgres://someone:secret@127.0.0.1:${at}/x`, password: undefined })
    const failing = sql.run({ name: 'question', sql: 'SELECT 1', params: none, row: z.unknown() }, {})
    await expect(failing).rejects.toThrow(/^question: no conn/)
    await expect(sql.transaction(async () => {})).rejects.not.toThrow(/secret/)
    await expect(sql.healthy()).rejects.toMatchObject({ code: 'sql_down' })
    await sql.close()
  }
  await close()
})

if (!postgres) test.skip(absent('postgres'), () => {})

describe.runIf(postgres)(`on ${postgres?.name}`, () => {
  let database: TestDatabase
  let sql: Sql
  let other: Sql
  beforeAll(async () => {
    database = await createPostgresDatabase()
    const config = { url: database.url, password: undefined }
    ;[sql, other] = await Promise.all([openPostgres(config), openPostgres(config)])
    await say(sql, 'CREATE TABLE t (n int PRIMARY KEY)')
  })
  afterAll(async () => {
    await Promise.all([sql.close(), other.close()])
    await database.drop()
  })

  const pid = (session: SqlSession) => ask(session, 'SELECT pg_backend_pid() AS value')
  const kill = (backend: unknown) => say(other, `SELECT pg_terminate_backend(${Number(backend)})`)
  const rows = () => ask(other, 'SELECT count(*) AS value FROM t')

  test('a connection that dies within a transaction takes it along; the next question has another', async () => {
    const interrupted = sql.transaction(async (session) => {
      await say(session, 'INSERT INTO t VALUES (1)')
      await kill(await pid(session))
      await say(session, 'INSERT INTO t VALUES (2)')
    })
    await expect(interrupted).rejects.toMatchObject({ code: 'sql_down' })
    expect(await rows()).toBe(0)
    await sql.healthy()
  })

  test('a connection that dies before its commit is answered is down', async () => {
    const interrupted = sql.transaction(async (session) => {
      await say(session, 'INSERT INTO t VALUES (1)')
      await kill(await pid(session))
    })
    await expect(interrupted).rejects.toMatchObject({ code: 'sql_down' })
    expect(await rows()).toBe(0)
  })

  test('a connection that dies while nobody uses it is missed by nobody', async () => {
    const before = await pid(sql)
    await kill(before)
    while ((await pid(sql).catch(() => before)) === before) await pause(5)
  })

  test('what the server ends is down, what stands in the way passes, a mistake is a bug without the value', async () => {
    await say(sql, "SET statement_timeout = '20ms'")
    await expect(say(sql, 'SELECT pg_sleep(10)')).rejects.toThrow(/57014$/)
    let holding = 0
    const deadlocked = ['1', '2'].map((n) =>
      (n === '1' ? sql : other).transaction(async (session) => {
        await say(session, `SELECT pg_advisory_xact_lock(${n})`)
        holding += 1
        while (holding < 2) await pause(5)
        await say(session, `SELECT pg_advisory_xact_lock(${3 - Number(n)})`)
      }),
    )
    const ends = await Promise.allSettled(deadlocked)
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'sql_down' } })
    const standby = sql.transaction(async (session) => {
      await say(session, 'SET TRANSACTION READ ONLY')
      await say(session, 'INSERT INTO t VALUES (1)')
    })
    await expect(standby).rejects.toThrow(/25006$/)
    await expect(say(sql, "SELECT 'secret'::int")).rejects.toThrow(/^text: SQLSTATE 22P02$/)
    await expect(say(sql, 'INSERT INTO nowhere VALUES (1)')).rejects.toThrow(/^text: SQLSTATE 42P01$/)
  })

  test('no statement of a service takes for ever, and one of who migrates may', async () => {
    const patient = await openPostgres({ url: database.url, password: undefined }, { unhurried: true })
    const limit = (session: SqlSession) => ask(session, "SELECT current_setting('statement_timeout') AS value")
    expect(await limit(other)).toBe('1min')
    expect(await limit(patient)).toBe('0')
    await patient.close()
  })

  test('more callers than connections take turns', async () => {
    const asked = Array.from({ length: 40 }, () => ask(sql, 'SELECT 1 AS value, pg_sleep(0.01)::text AS slept'))
    expect(await Promise.all(asked)).toEqual(Array(40).fill(1))
  })

  test('a statement with values is prepared from its third time on', async () => {
    const statement = {
      name: 'named',
      sql: 'SELECT $n::int AS value',
      params: z.object({ n: z.int() }),
      row: z.unknown(),
    }
    const prepared = (session: SqlSession) => ask(session, 'SELECT count(*) AS value FROM pg_prepared_statements')
    const counts = await sql.transaction(async (session) => {
      const before = Number(await prepared(session))
      const seen: number[] = []
      for (const n of [1, 2, 3, 4]) {
        await session.run(statement, { n })
        seen.push(Number(await prepared(session)) - before)
      }
      return seen
    })
    expect(counts).toEqual([0, 0, 1, 1])
  })
})
