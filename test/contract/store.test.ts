/** What a store promises, over each engine there is: chdb always, ClickHouse over HTTP where one is found. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { clickhouseStore } from '../../infra/clickhouse/store.ts'
import { openClickhouse } from '../../infra/distributed/clickhouse.ts'
import { openChdb } from '../../infra/embedded/chdb.ts'
import { defineCommand, defineQuery, type Store } from '../../infra/ports/store.ts'
import { openClickhouseStore } from '../engines/distributed.ts'
import { openEmbeddedStore } from '../engines/embedded.ts'
import { absent, foundEngines } from '../engines/found-engines.ts'

const { clickhouse } = foundEngines()
const engines: Record<string, () => Promise<Store>> = {
  chdb: openEmbeddedStore,
  ...(clickhouse && { [clickhouse.name]: openClickhouseStore }),
}
if (!clickhouse) test.skip(absent('clickhouse'), () => {})

test.skipIf(clickhouse)(`the store over HTTP is not tested here: ${absent('clickhouse')}`, () => {})

const nothing = z.object({})
const topic = z.object({ topic: z.string() })
const of = (sql: string) =>
  defineQuery({ name: 'said', sql, params: topic, row: z.object({ n: z.string().transform(BigInt) }) })
const said = of('SELECT n FROM said WHERE topic = {topic: String}')
const count = async (store: Store, of: string) => {
  const query = defineQuery({
    name: 'count',
    sql: `SELECT ${of}`,
    params: nothing,
    row: z.object({ n: z.coerce.number() }),
  })
  return (await store.ask(query, {}))[0]?.n
}

describe.each(Object.entries(engines))('the store on %s', (_name, open) => {
  let store: Store
  const say = (sql: string) => store.command(defineCommand({ name: 'say', sql, params: nothing }), {})
  beforeAll(async () => {
    store = await open()
    await say(`CREATE OR REPLACE TABLE said (topic String, n UInt64) ENGINE = MergeTree ORDER BY topic
      PARTITION BY topic SETTINGS non_replicated_deduplication_window = 10000`)
  })
  afterAll(() => store.close())

  test('rows appended twice under one token count once, under another again, and a token is only a name', async () => {
    for (const token of ['a:0:1-2', 'a:0:1-2', 'a:0:3-4']) await store.append('said', [{ topic: 'once', n: 1 }], token)
    expect(await store.ask(said, { topic: 'once' })).toHaveLength(2)
    await expect(store.append('said', [{ topic: 'once', n: 1 }], "\\', max_threads = '1")).rejects.toThrow(z.ZodError)
  })

  test('no rows are no insert', async () => {
    await store.append('said', [], 'a:0:9-9')
    await store.append('said', [{ topic: 'later', n: 1 }], 'a:0:9-9')
    expect(await store.ask(said, { topic: 'later' })).toHaveLength(1)
  })

  test('a quote in a string is a value, and a 64-bit integer keeps its digits', async () => {
    const topic = "it's' OR 1 -- ;\nSELECT"
    await store.append('said', [{ topic, n: '9007199254740993' }], 'b:0:1-1')
    expect(await store.ask(said, { topic })).toEqual([{ n: 9007199254740993n }])
  })

  test('a column the table does not have is a bug', async () => {
    const wrong = store.append('said', [{ topic: 'x', n: 1, other: 'secret' }], 'b:0:2-2')
    await expect(wrong).rejects.toThrow(/^append to said: INCORRECT_DATA$/)
  })

  test('a mistake in the SQL is a bug, not retryable, and its error quotes no parameter', async () => {
    const mistake = store.ask(of('SELECT nope FROM said WHERE topic = {topic: String}'), { topic: 'secret' })
    await expect(mistake).rejects.toThrow(/^said: UNKNOWN_IDENTIFIER$/)
    await expect(mistake).rejects.not.toHaveProperty('retryable')
    const shape = store.ask(of('SELECT {topic: String} AS n'), { topic: 'secret' })
    await expect(shape).rejects.not.toThrow(/secret/)
  })

  test('what needs more memory than there is may be asked again later', async () => {
    const greedy = of('SELECT groupArray(number) AS n FROM numbers(1e7) SETTINGS max_memory_usage = 1000000')
    await expect(store.ask(greedy, { topic: '' })).rejects.toMatchObject({ code: 'store_down', retryable: true })
  })

  test('a long question keeps neither inserts nor the question for health waiting', async () => {
    const done: string[] = []
    const long = store
      .ask(of('SELECT sum(sleepEachRow(0.5)) AS n FROM numbers(10) SETTINGS max_threads = 1, max_block_size = 1'), {
        topic: '',
      })
      .then(() => done.push('long'))
    await store.append('said', [{ topic: 'meanwhile', n: 1 }], 'c:0:1-1').then(() => done.push('append'))
    await store.healthy().then(() => done.push('healthy'))
    await long
    expect(done).toEqual(['append', 'healthy', 'long'])
  })

  test('a deletion has happened when it is answered, with its parameters bound', async () => {
    await store.append(
      'said',
      [
        { topic: "a'b", n: 1 },
        { topic: 'stays', n: 1 },
      ],
      'd:0:1-2',
    )
    const sql = 'ALTER TABLE said DELETE WHERE topic = {topic: String}'
    await store.command(defineCommand({ name: 'forget', sql, params: topic }), { topic: "a'b" })
    expect(await store.ask(said, { topic: "a'b" })).toEqual([])
    expect(await store.ask(said, { topic: 'stays' })).toHaveLength(1)
    expect(await count(store, "count() AS n FROM system.mutations WHERE table = 'said' AND NOT is_done")).toBe(0)
  })

  test('parameters by the hundred are bound, in questions and in commands', async () => {
    const topics = Array.from({ length: 3_000 }, (_, n) => `topic ${n} of many, it's long`)
    await store.append('said', [{ topic: topics[2_999], n: 1 }], 'm:0:1-1')
    const params = z.object({ topics: z.array(z.string()) })
    const among = defineQuery({
      name: 'among',
      sql: 'SELECT n FROM said WHERE topic IN {topics: Array(String)}',
      params,
      row: z.object({ n: z.string() }),
    })
    expect(await store.ask(among, { topics })).toHaveLength(1)
    const sql = 'ALTER TABLE said DELETE WHERE topic IN {topics: Array(String)}'
    await store.command(defineCommand({ name: 'forget_all', sql, params }), { topics })
    expect(await store.ask(among, { topics })).toEqual([])
  })

  test('a partition is folded into another table and put back in its place', async () => {
    const fold = [1, 2, 3].map((n) => ({ topic: 'fold', n }))
    await store.append('said', fold, 'e:0:1-3')
    await say('CREATE OR REPLACE TABLE folded AS said')
    await say("INSERT INTO folded SELECT topic, sum(n) FROM said WHERE topic = 'fold' GROUP BY topic")
    await say("ALTER TABLE said REPLACE PARTITION 'fold' FROM folded")
    expect(await store.ask(said, { topic: 'fold' })).toEqual([{ n: 6n }])
  })
})

test('an engine that cannot be reached may be asked again later', async () => {
  const store = clickhouseStore(
    openClickhouse({
      url: 'http://127.0.0.1:1',
      username: 'default',
      password: '',
      database: 'default',
      cluster: undefined,
    }),
  )
  await expect(store.ask(said, { topic: 'x' })).rejects.toMatchObject({ code: 'store_down', retryable: true })
  await expect(store.healthy()).rejects.toMatchObject({ code: 'store_down' })
  await store.close()
})

test('a machine without the library is told which package, where it runs and what else there is', async () => {
  const notFound = Object.assign(new Error("Cannot find package 'chdb'"), { code: 'ERR_MODULE_NOT_FOUND' })
  const opening = openChdb(':memory:', () => Promise.reject(notFound))
  await expect(opening).rejects.toMatchObject({ code: 'engine_missing', retryable: false })
  await expect(opening).rejects.toThrow(/chdb.*glibc.*macOS.*container image/)
})
