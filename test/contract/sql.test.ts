/** What a relational database promises, over each engine there is: PGlite always, PostgreSQL where it is found. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { defineStatement, type Sql } from '../../infra/ports/sql.ts'
import { openPostgresSql } from '../engines/distributed.ts'
import { openEmbeddedSql } from '../engines/embedded.ts'
import { absent, foundEngines } from '../engines/found-engines.ts'

const { postgres } = foundEngines()
const engines = { pglite: openEmbeddedSql, ...(postgres && { [postgres.name]: openPostgresSql }) }
const nothing = z.object({})
const none = z.unknown()

const put = defineStatement({
  name: 'put',
  sql: 'INSERT INTO control.leases (name, holder, until) VALUES ($name, $holder, $until)',
  params: z.object({ name: z.string(), holder: z.uuid(), until: z.iso.datetime() }),
  row: none,
})
const names = defineStatement({
  name: 'names',
  sql: 'SELECT name FROM control.leases ORDER BY name',
  params: nothing,
  row: z.object({ name: z.string() }).transform(({ name }) => name),
})
const clear = defineStatement({ name: 'clear', sql: 'DELETE FROM control.leases', params: nothing, row: none })
const lease = (name: string) => ({
  name,
  holder: '00000000-0000-4000-8000-000000000001',
  until: '2026-11-20T12:00:00.123Z',
})
/** One value in, the same or what became of it out. */
const echo = (type: string) =>
  defineStatement({
    name: 'echo',
    sql: `SELECT $value::${type} AS value`,
    params: z.object({ value: z.unknown() }),
    row: z.object({ value: z.unknown() }).transform(({ value }) => value),
  })

if (!postgres) test.skip(absent('postgres'), () => {})

describe.each(Object.entries(engines))('the database on %s', (engine, open) => {
  let sql: Sql
  let close: () => Promise<void>
  beforeAll(async () => {
    const opened = await open()
    sql = opened.control
    close = opened.close
  })
  afterAll(() => close())
  beforeEach(() => sql.run(clear, {}))

  test.each([
    ['text', 'it\'s $1 -- \\ "x"', 'it\'s $1 -- \\ "x"'],
    ['text', null, null],
    ['text', undefined, null],
    ['integer', -7, -7],
    ['bigint', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['bigint', 9007199254740993n, '9007199254740993'],
    ['numeric', '1.50', '1.50'],
    ['double precision', 1.5, 1.5],
    ['boolean', false, false],
    ['date', '2026-11-20', '2026-11-20'],
    ['timestamptz', '2026-11-20T13:00:00.123+01:00', '2026-11-20T12:00:00.123Z'],
    ['timestamptz', new Date('2026-11-20T12:00:00Z'), '2026-11-20T12:00:00.000Z'],
    ['jsonb', { a: ["it's", { b: null }] }, { a: ["it's", { b: null }] }],
    ['jsonb', [{ a: 1 }, 'x'], [{ a: 1 }, 'x']],
    ['jsonb', '{"a":1}', { a: 1 }],
    ['text[]', ['a"b', 'c\\d', '{e,f}', '', 'NULL', null], ['a"b', 'c\\d', '{e,f}', '', 'NULL', null]],
    ['text[]', [], []],
    ['bigint[]', [1, 2], [1, 2]],
    ['boolean[]', [true, false], [true, false]],
    ['bytea', Uint8Array.of(0, 255, 92), Uint8Array.of(0, 255, 92)],
    ['uuid[]', [lease('x').holder], [lease('x').holder]],
    ['timestamptz[]', ['2026-11-20T13:00:00+01:00'], ['2026-11-20T12:00:00.000Z']],
    [
      'int[]',
      [
        [1, 2],
        [3, null],
      ],
      [
        [1, 2],
        [3, null],
      ],
    ],
    ['jsonb[]', [{ a: 'b"c' }, '[1]'], [{ a: 'b"c' }, [1]]],
  ])('%s: %o becomes %o', async (type, value, expected) => {
    expect(await sql.run(echo(type), { value })).toEqual([expected])
  })

  test('only what is a parameter is taken for one', async () => {
    const statement = defineStatement({
      name: 'literals',
      sql: `SELECT '$name' AS a, $$b$name$$ AS b, $name::text AS c, /* $name */ $other::int + 1 AS "$name", $name::text AS d -- $name`,
      params: z.object({ name: z.string(), other: z.int() }),
      row: z.record(z.string(), z.unknown()),
    })
    const [row] = await sql.run(statement, { name: 'x', other: 1 })
    expect(row).toEqual({ a: '$name', b: 'b$name', c: 'x', $name: 2, d: 'x' })
    const unknown = defineStatement({ ...statement, sql: 'SELECT $nobody' })
    await expect(sql.run(unknown, { name: 'x', other: 1 })).rejects.toThrow(/no parameter is called \$nobody/)
  })

  test('ten thousand rows go in as arrays', async () => {
    const bulk = defineStatement({
      name: 'bulk',
      sql: `INSERT INTO control.dead_letters (id, topic, partition, position, reason, fingerprint, day)
            SELECT gen_random_uuid(), 'events', 0, n, 'schema', f, '2026-11-20' FROM unnest($positions::bigint[], $prints::text[]) AS t (n, f)`,
      params: z.object({ positions: z.array(z.int()), prints: z.array(z.string()) }),
      row: none,
    })
    const positions = Array.from({ length: 10_000 }, (_, n) => n)
    await sql.run(bulk, { positions, prints: positions.map(String) })
    const count = defineStatement({
      name: 'count',
      sql: 'SELECT count(*) AS n, count(DISTINCT fingerprint) AS f FROM control.dead_letters',
      params: nothing,
      row: z.object({ n: z.int(), f: z.int() }),
    })
    expect(await sql.run(count, {})).toEqual([{ n: 10_000, f: 10_000 }])
  })

  test('a key that stands already is a conflict', async () => {
    await sql.run(put, lease('a'))
    await expect(sql.run(put, lease('a'))).rejects.toMatchObject({ code: 'conflict' })
  })

  test('a mistake is a bug, not retryable, and its error quotes no value', async () => {
    const mistake = sql.run(echo('integer'), { value: 'secret' })
    await expect(mistake).rejects.toThrow(/^echo: SQLSTATE 22P02$/)
    await expect(mistake).rejects.not.toHaveProperty('retryable')
    const shape = defineStatement({ ...echo('text'), row: z.object({ value: z.literal('other') }) })
    await expect(sql.run(shape, { value: 'secret' })).rejects.toThrow(/^echo: rows of another shape: \w+ at value$/)
  })

  test('a transaction that throws leaves nothing, one that returns leaves all', async () => {
    const broken = sql.transaction(async (session) => {
      await session.run(put, lease('a'))
      throw new Error('no')
    })
    await expect(broken).rejects.toThrow('no')
    expect(await sql.run(names, {})).toEqual([])
    const answer = await sql.transaction(async (session) => {
      await session.run(put, lease('a'))
      await session.run(put, lease('b'))
      return session.run(names, {})
    })
    expect(answer).toEqual(['a', 'b'])
    expect(await sql.run(names, {})).toEqual(['a', 'b'])
  })

  test('nobody sees into a transaction; on the embedded engine whoever asks meanwhile waits', async () => {
    const steps: string[] = []
    const inside = sql.transaction(async (session) => {
      await session.run(put, lease('a'))
      steps.push('inside')
      await session.run(put, lease('b'))
    })
    const outside = sql.run(names, {}).finally(() => steps.push('outside'))
    await inside
    expect(['', 'a,b']).toContain(String(await outside))
    if (engine === 'pglite') expect(steps).toEqual(['inside', 'outside'])
    expect(await sql.run(names, {})).toEqual(['a', 'b'])
  })

  test('a failed statement that was caught and forgotten does not commit the rest', async () => {
    await sql.run(put, lease('a'))
    const forgetful = sql.transaction(async (session) => {
      await session.run(put, lease('b'))
      await session.run(put, lease('a')).catch(() => {})
    })
    await expect(forgetful).rejects.toMatchObject({ code: 'conflict' })
    expect(await sql.run(names, {})).toEqual(['a'])
  })

  test('who would wait for himself is told so', async () => {
    const nested = sql.transaction(() => sql.run(names, {}))
    await expect(nested).rejects.toThrow(/inside a transaction/)
    const twice = sql.transaction(() => sql.transaction(async () => {}))
    await expect(twice).rejects.toThrow(/inside a transaction/)
    expect(await sql.run(names, {})).toEqual([])
  })

  test('a session is over with its transaction', async () => {
    const session = await sql.transaction(async (session) => session)
    await expect(session.run(names, {})).rejects.toThrow(/over/)
  })
})
