/** What a log promises, over each engine there is. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openKafkaLog } from '../../infra/distributed/kafka/kafka-log.ts'
import { openFileLog } from '../../infra/embedded/file-log/file-log.ts'
import type { ConsumeOptions, Log, LogBatch } from '../../infra/ports/log.ts'
import { Fault } from '../../schemas/fault.ts'
import { type Topic, topics } from '../../schemas/topics.ts'
import { absent, foundEngines } from '../engines/found-engines.ts'
import { counts, numbers, range } from '../fakes/counts.ts'
import { deleteTopics, quick, testKafka } from '../fakes/kafka.ts'

/** Opens the same log again each time, as another process would, also while the last one still hangs. */
interface Bench {
  open(): Promise<Log>
  dispose(): Promise<void>
}

interface Engine {
  /** Why not. */
  readonly skip?: string
  /** Whether `expire` can be told another time. Kafka goes by its own clock; its settings are looked at in its own test. */
  readonly expires: boolean
  prepare(): Promise<Bench>
}

const { kafka } = foundEngines()

const engines: Record<string, Engine> = {
  files: {
    expires: true,
    async prepare() {
      const path = await mkdtemp(join(tmpdir(), 'bauta-log-'))
      return {
        open: () => openFileLog({ path, partitions: 2, lingerMs: 5, retryMs: 1 }),
        dispose: () => rm(path, { recursive: true }),
      }
    },
  },
  [kafka?.name ?? 'Kafka']: {
    ...(kafka === undefined && { skip: absent('kafka') }),
    expires: false,
    async prepare() {
      const config = testKafka(kafka?.url ?? '')
      return { open: () => openKafkaLog(config, quick), dispose: () => deleteTopics(config) }
    },
  },
}

const HOUR_MS = 3_600_000
type Counts = LogBatch<'counts'>

const titled = Object.entries(engines).map(([name, engine]) => ({
  ...engine,
  title: engine.skip ? `${name} (${engine.skip})` : name,
}))

describe.each(titled)('the log on $title', ({ skip, expires, prepare }) => {
  beforeEach(({ skip: pass }) => pass(skip !== undefined, skip))
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    while (closing.length > 0) await closing.pop()?.()
  })

  async function bench(): Promise<{ log: Log; reopen(): Promise<Log> }> {
    const { open, dispose } = await prepare()
    closing.push(dispose)
    const reopen = async () => {
      const log = await open()
      closing.push(() => log.close())
      return log
    }
    return { log: await reopen(), reopen }
  }

  /** Consumes `counts` to the end, and answers all that came. */
  async function consumed(log: Log, options: Partial<ConsumeOptions<'counts'>> = {}): Promise<Counts[]> {
    const batches: Counts[] = []
    const each = async (batch: Counts) => void batches.push(batch)
    const consumer = await log.consume({ group: 'store', topics: ['counts'], maxRecords: 1000, each, ...options })
    await consumer.caughtUp()
    await consumer.close()
    return batches
  }
  const records = (batches: readonly Counts[]) => batches.flatMap((batch) => batch.records)

  test('what was appended is read to the end, and from a position only what came after it', async () => {
    const { log } = await bench()
    await Promise.all([log.append([...counts(0, 5, 0), ...counts(5, 9, 1)]), log.append(counts(9, 12, 1))])
    const first = await log.readToEnd('counts')
    expect(numbers(first.records)).toEqual(range(0, 12))
    expect((await log.readToEnd('counts', first.upTo)).records).toEqual([])
    await log.append(counts(12, 14, 1))
    expect(numbers((await log.readToEnd('counts', first.upTo)).records)).toEqual([12, 13])
    expect((await log.readToEnd('stops')).records).toEqual([])
  })

  test('what was appended is there when the log is opened again', async () => {
    const { log, reopen } = await bench()
    await log.append(counts(0, 50))
    await log.close()
    expect(numbers((await (await reopen()).readToEnd('counts')).records)).toEqual(range(0, 50))
  })

  test('a group gets each record once, in batches of one partition, in unbroken ranges that do not exceed the most', async () => {
    const { log } = await bench()
    await log.append([...counts(0, 25, 0), ...counts(25, 50, 1)])
    const batches = await consumed(log, { maxRecords: 10 })
    expect(numbers(records(batches))).toEqual(range(0, 50))
    for (const { first, last, records, replayed } of batches) {
      expect(records.length).toBeLessThanOrEqual(10)
      expect(last - first + 1).toBe(records.length)
      expect(replayed).toBe(false)
    }
    for (const number of [0, 1]) {
      const own = batches.filter(({ partition }) => partition === number)
      for (const [index, { first }] of own.entries()) if (index > 0) expect(first).toBe((own[index - 1]?.last ?? 0) + 1)
    }
  })

  test('a consumer that has read to the end gets what comes later', async () => {
    const { log } = await bench()
    const got: Counts[] = []
    const each = async (batch: Counts) => void got.push(batch)
    const consumer = await log.consume({ group: 'store', topics: ['counts'], maxRecords: 10, each })
    await consumer.caughtUp()
    await log.append(counts(0, 3))
    await consumer.caughtUp()
    expect(numbers(records(got))).toEqual([0, 1, 2])
    expect(await consumer.lag()).toBe(0)
  })

  test('a group goes on where it stood, and another group begins at the beginning', async () => {
    const { log, reopen } = await bench()
    await log.append(counts(0, 20))
    expect(records(await consumed(log))).toHaveLength(20)
    await log.close()
    const later = await reopen()
    await later.append(counts(20, 23))
    expect(numbers(records(await consumed(later)))).toEqual([20, 21, 22])
    expect(records(await consumed(later, { group: 'other' }))).toHaveLength(23)
  })

  test('a group has one consumer at a time', async () => {
    const { log } = await bench()
    const options = { group: 'store', topics: ['counts'] as const, maxRecords: 1, each: async () => {} }
    await log.consume(options)
    await expect(log.consume(options)).rejects.toMatchObject({ code: 'in_use' })
  })

  test('after a crash within a batch exactly that range comes again, though more was appended and more would fit', async () => {
    const { log, reopen } = await bench()
    await log.append(counts(0, 10))
    let release = () => {}
    const hung = new Promise<Counts>((handed) => {
      const each = (batch: Counts) => {
        handed(batch)
        return new Promise<void>((resolve) => {
          release = resolve
        })
      }
      void log.consume({ group: 'store', topics: ['counts'], maxRecords: 7, each })
    })
    const before = await hung
    // Nothing is closed: the first log stands as a killed process leaves it.
    const after = await reopen()
    await after.append(counts(10, 15))
    const [again, ...rest] = await consumed(after)
    expect(again).toEqual({ ...before, replayed: true, fresh: true })
    expect(rest.every(({ fresh }) => !fresh)).toBe(true)
    expect(numbers(records([before, ...rest]))).toEqual(range(0, 15))
    expect(rest.every(({ replayed }) => !replayed)).toBe(true)
    release()
  })

  test('a scan hands out every record once, between the bounds and no further than the end at the call', async () => {
    const { log } = await bench()
    await log.append(counts(0, 20))
    const { upTo } = await log.readToEnd('counts')
    await log.append(counts(20, 30))
    const scanned: number[] = []
    await log.scan('counts', async ({ first, last, records }) => {
      expect(records).toHaveLength(last - first + 1)
      scanned.push(...numbers(records))
      if (scanned.length < 30) await log.append(counts(100, 101))
    })
    expect(scanned.sort((a, b) => a - b)).toEqual(range(0, 30))

    const early: number[] = []
    await log.scan('counts', async ({ records }) => void early.push(...numbers(records)), { until: upTo })
    expect(early.sort((a, b) => a - b)).toEqual(range(0, 20))
    const late: number[] = []
    await log.scan('counts', async ({ records }) => void late.push(...numbers(records)), { from: upTo })
    expect(late.filter((n) => n < 100).sort((a, b) => a - b)).toEqual(range(20, 30))
  })

  test('after a retryable fault the same batch comes again', async () => {
    const { log } = await bench()
    await log.append(counts(0, 5))
    const tries: Counts[] = []
    const batches = await consumed(log, {
      async each(batch) {
        tries.push(batch)
        if (tries.length < 3) throw new Fault('store_down', 'the store is down')
      },
    })
    expect(batches).toEqual([])
    expect(tries).toHaveLength(3)
    expect(tries[2]).toEqual(tries[0])
  })

  test('another error stops the consumer, is told to whoever waits, and loses nothing', async () => {
    const { log } = await bench()
    await log.append(counts(0, 5))
    const bug = new Error('a bug')
    const each = () => Promise.reject(bug)
    const consumer = await log.consume({ group: 'store', topics: ['counts'], maxRecords: 10, each })
    await expect(consumer.caughtUp()).rejects.toBe(bug)
    await expect(consumer.stopped).rejects.toBe(bug)
    await expect(log.healthy()).rejects.toMatchObject({ code: 'log_down' })
    const [again] = await consumed(log)
    expect(again).toMatchObject({ replayed: true })
    expect(numbers(again?.records ?? [])).toEqual(range(0, 5))
    await log.healthy()
  })

  test('batches of all topics come one after the other', async () => {
    const { log } = await bench()
    const stop = { site: 'demo', p: '0'.repeat(32), kind: 'stop', day: '2026-11-02' }
    const stops = [0, 1].map((partition) => ({
      topic: 'stops' as const,
      partition,
      record: topics.stops.schema.parse(stop),
    }))
    await log.append([...counts(0, 5, 0), ...counts(5, 9, 1), ...stops])
    const seen = new Set<Topic>()
    let inside = 0
    const consumer = await log.consume({
      group: 'store',
      topics: ['counts', 'stops'],
      maxRecords: 2,
      async each({ topic }) {
        inside += 1
        expect(inside).toBe(1)
        await new Promise(setImmediate)
        inside -= 1
        seen.add(topic)
      },
    })
    await consumer.caughtUp()
    expect(seen).toEqual(new Set<Topic>(['counts', 'stops']))
  })

  test.runIf(expires)('what is older than its topic keeps is gone, unless a group has yet to read it', async () => {
    const { log } = await bench()
    await log.append(counts(0, 5))
    const late = { group: 'late', topics: ['counts'] as const, maxRecords: 10 }
    const fault = () => Promise.reject(new Fault('store_down', 'the store is down'))
    const stuck = await log.consume({ ...late, each: fault })
    await log.expire(Date.now() + 50 * HOUR_MS)
    expect((await log.readToEnd('counts')).records).toHaveLength(5)
    await stuck.close()
    expect(records(await consumed(log, { group: 'late' }))).toHaveLength(5)
    await log.expire(Date.now() + 46 * HOUR_MS)
    expect((await log.readToEnd('counts')).records).toHaveLength(5)
    await log.expire(Date.now() + 50 * HOUR_MS)
    expect((await log.readToEnd('counts')).records).toEqual([])
    await log.append(counts(5, 7))
    expect(numbers(records(await consumed(log, { group: 'late' })))).toEqual([5, 6])
  })

  test('a closed log acknowledges nothing', async () => {
    const { log } = await bench()
    await log.close()
    await expect(log.append(counts(0, 1))).rejects.toMatchObject({ code: 'log_down', retryable: true })
  })
})
