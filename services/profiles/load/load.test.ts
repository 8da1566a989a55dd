import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { openFileLog } from '../../../infra/embedded/file-log/file-log.ts'
import { openMemoryCache } from '../../../infra/embedded/memory-cache.ts'
import type { Cache } from '../../../infra/ports/cache.ts'
import type { Log, LogBatch } from '../../../infra/ports/log.ts'
import { defineQuery, type Store } from '../../../infra/ports/store.ts'
import { bandsKey, CachedBands } from '../../../schemas/bands-cache.ts'
import { Fault } from '../../../schemas/fault.ts'
import type { RecordOf } from '../../../schemas/topics.ts'
import { openTestStore } from '../../../test/engines/test-engines.ts'
import {
  consentRecord,
  dedupId,
  eventRecord,
  fakeDeadLetters,
  fingerprint,
  house,
  NOW,
  receiptId,
  signalRecord,
  stopRecord,
  webPseudonym,
} from '../../../test/fakes/web-records.ts'
import { openBands } from '../bands.ts'
import { batchAppender } from '../batch-appender.ts'
import { idWindow } from './id-window.ts'
import { type IdWindows, idWindows } from './id-windows.ts'
import { type LoadedTopic, loader } from './load.ts'
import { readTombstones, type Tombstones } from './tombstones.ts'

let store: Store
let stream: Log
let path: string
beforeAll(async () => {
  store = await openTestStore()
  path = await mkdtemp(join(tmpdir(), 'bauta-load-'))
  stream = await openFileLog({ path, partitions: 1 })
})
afterAll(async () => {
  await stream.close()
  await rm(path, { recursive: true })
  await store.close()
})

/** Each test has a partition, ids and pseudonyms of its own, as all share one store. */
let partition = 0
let base = 0
beforeEach(() => {
  partition += 1
  base = partition * 1_000
})

interface Broken {
  readonly store?: Store
  readonly windows?: IdWindows
  readonly tombstones?: Tombstones
  readonly stream?: Pick<Log, 'readToEnd' | 'scan'>
  readonly trusted?: number
  readonly cache?: Cache
}
const cache = openMemoryCache({ now: () => NOW })
/** A process: what it has in memory is gone with it. */
async function start(broken: Broken = {}) {
  const deadLetters = fakeDeadLetters()
  const now = () => NOW
  const deps = { store, stream, cache, house, fingerprint, now, log: pino({ level: 'silent' }), deadLetters, ...broken }
  const tombstones = broken.tombstones ?? (await readTombstones(deps))
  const windows = broken.windows ?? idWindows(deps)
  const append = batchAppender(deps)
  const load = loader({ ...deps, tombstones, windows, append, bands: openBands({ ...deps, tombstones }) })
  return { load, deadLetters }
}

function batch<T extends LoadedTopic>(
  topic: T,
  first: number,
  records: readonly RecordOf<T>[],
  { replayed = false, fresh = false, hours = 0 } = {},
): LogBatch<T> {
  return { topic, partition, first, last: first + records.length - 1, records, replayed, hours, fresh }
}

const n = z.coerce.number()
const params = z.object({ from: z.string(), to: z.string() })
const acts = defineQuery({
  name: 'acts',
  sql: 'SELECT sum(n) AS n FROM signals WHERE p >= {from: String} AND p < {to: String}',
  params,
  row: z.object({ n }),
})
const lives = defineQuery({
  name: 'lives',
  sql: 'SELECT count() AS n FROM profiles FINAL WHERE p >= {from: String} AND p < {to: String}',
  params,
  row: z.object({ n }),
})
const views = defineQuery({
  name: 'views',
  sql: 'SELECT (SELECT count() FROM events WHERE e >= {from: String} AND e < {to: String}) AS events, sum(n) AS traffic FROM traffic WHERE path LIKE {paths: String}',
  params: params.extend({ paths: z.string() }),
  row: z.object({ events: n, traffic: n }),
})
const range = () => ({ from: webPseudonym(base), to: webPseudonym(base + 1_000) })
const countActs = async () => (await store.ask(acts, range()))[0]?.n
const countLives = async () => (await store.ask(lives, range()))[0]?.n

const killed = new Fault('store_down', 'killed')
/** Dies at an insert into a table, before or after it: the process that sees this is not used again. */
function dying(table: string, when: 'before' | 'after', at = 1): Store {
  let call = 0
  return {
    ...store,
    async append(into, rows, token) {
      const dies = into === table && ++call === at
      if (dies && when === 'before') throw killed
      await store.append(into, rows, token)
      if (dies) throw killed
    },
  }
}
/** Says every token once only, as if there were none. */
const tokenless = (inner: Store): Store => ({
  ...inner,
  append: (table, rows, token) => inner.append(table, rows, `${token}.${randomUUID()}`),
})
/** Knows no id. */
const forgetful: IdWindows = { before: async () => ({ ...idWindow(), has: () => false }) }

describe('a process that dies', () => {
  const records = () => [1, 2, 3, 2].map((each) => signalRecord(base + each))
  /** The acts stored when it dies at the insert, and after another has done the batch again. */
  const die = async (when: 'before' | 'after', broken = (inner: Store) => inner) => {
    const first = await start({ store: broken(dying('signals_in', when)) })
    await expect(first.load(batch('signals', 0, records()))).rejects.toBe(killed)
    const half = await countActs()
    await (await start({ store: broken(store) })).load(batch('signals', 0, records(), { replayed: true }))
    return [half, await countActs()]
  }

  test('before its insert has lost nothing', async () => {
    expect(await die('before')).toEqual([0, 3])
  })

  test('after its insert has stored nothing twice', async () => {
    expect(await die('after')).toEqual([3, 3])
    expect(await countLives()).toBe(3)
  })

  test('would have stored all twice without tokens', async () => {
    expect(await die('after', tokenless)).toEqual([3, 6])
  })

  test('comes back to the same rows under the same token, though their ids stand in the store', async () => {
    const said: unknown[] = []
    const listening = (inner: Store): Store => ({
      ...inner,
      append: async (table, rows, token) => {
        said.push([table, rows, token])
        await inner.append(table, rows, token)
      },
    })
    const first = await start({ store: listening(dying('events_in', 'after', 2)) })
    await first.load(batch('events', 0, [eventRecord(base + 1)]))
    const pending = [2, 1, 3].map((each) => eventRecord(base + each))
    await expect(first.load(batch('events', 1, pending))).rejects.toBe(killed)
    await (await start({ store: listening(store) })).load(batch('events', 1, pending, { replayed: true }))
    expect(said).toHaveLength(3)
    expect(said[2]).toEqual(said[1])
  })
})

describe('a batch that others went by for so long that its token may be forgotten', () => {
  const records = () => [signalRecord(base + 1), signalRecord(base + 2)]
  /** Done once, before or after which the process dies, and again an hour later without the token of before. */
  const comesBack = async (when: 'before' | 'after', trusted: number) => {
    await (await start()).load(batch('signals', 0, [signalRecord(base + 9)]))
    const first = await start({ store: dying('signals_in', when) })
    await expect(first.load(batch('signals', 1, records()))).rejects.toBe(killed)
    const later = await start({ store: tokenless(store), trusted })
    await later.load(batch('signals', 1, records(), { replayed: true, hours: 1 }))
    return countActs()
  }

  test('is looked up instead of said blind: it counts once, whether it had gone in or not', async () => {
    expect(await comesBack('after', 1)).toBe(3)
    base += 500
    partition += 1_000
    expect(await comesBack('before', 1)).toBe(3)
  })

  test('would count twice if its token were trusted', async () => {
    expect(await comesBack('after', 1_000_000)).toBe(5)
  })
})

describe("a client's retry", () => {
  const send = async (between: () => Promise<Awaited<ReturnType<typeof start>>>, broken: Broken = {}) => {
    const one = eventRecord(base + 1, { path: `/retry-${partition}` })
    await (await start(broken)).load(batch('events', 0, [one, eventRecord(base + 2)]))
    await (await between()).load(batch('events', 2, [{ ...one, step: 1 }]))
    const [counted] = await store.ask(views, { from: `e${range().from}`, to: `e${range().to}`, paths: one.path })
    return counted
  }

  test('in a later batch is dropped, also by a process that has only read of the first one', async () => {
    expect(await send(() => start())).toEqual({ events: 2, traffic: 1 })
  })

  test('would count twice if nobody remembered ids', async () => {
    expect(await send(() => start({ windows: forgetful }))).toEqual({ events: 3, traffic: 2 })
  })

  test('of an act that another topic has too counts in both: ids are of their topic', async () => {
    const { load } = await start()
    await load(batch('events', 0, [eventRecord(base + 1)]))
    await load(batch('signals', 0, [signalRecord(base + 1)]))
    expect(await countActs()).toBe(1)
  })
})

describe('a record that the store cannot take', () => {
  /** A lone half of a surrogate pair. */
  const poison = () => eventRecord(base + 3, { path: '/\ud83d' })
  const records = () => [1, 2, 3, 4, 5].map((each) => (each === 3 ? poison() : eventRecord(base + each)))
  const count = async () => {
    const [counted] = await store.ask(views, { from: `e${range().from}`, to: `e${range().to}`, paths: '' })
    return counted?.events
  }

  test('is put aside by its place, and the others of its batch are stored once, however often it comes', async () => {
    const { load, deadLetters } = await start()
    await load(batch('events', 10, records()))
    const again = await start()
    await again.load(batch('events', 10, records(), { replayed: true }))
    expect(await count()).toBe(4)
    for (const letters of [deadLetters, again.deadLetters])
      expect([...letters.all.values()]).toMatchObject([
        { topic: 'events', partition, position: 12, reason: expect.stringMatching(/^append to events_in: [A-Z_]+$/) },
      ])
  })

  test('leaves the cut where it was, though the store would take it by now', async () => {
    const first = await start({ store: dying('events_in', 'after', 2) })
    await expect(first.load(batch('events', 10, records()))).rejects.toBe(killed)
    expect(await count()).toBeGreaterThan(0)
    const healed = records().map((record) => ({ ...record, path: '/healed' }))
    await (await start()).load(batch('events', 10, healed, { replayed: true }))
    expect(await count()).toBe(5)
  })

  test('is put aside where others like it are all that its batch brings', async () => {
    const { load, deadLetters } = await start()
    const known = eventRecord(base + 1)
    await load(batch('events', 0, [known]))
    const bad = [6, 7].map((each) => eventRecord(base + each, { path: '/\ud83d' }))
    await load(batch('events', 1, [known, ...bad]))
    expect(await count()).toBe(1)
    expect([...deadLetters.all.values()].map(({ position }) => position)).toEqual([2, 3])
  })

  test('is not looked for where the store takes nothing at all: the batch waits', async () => {
    const ill: Store = {
      ...store,
      append: async (table) => Promise.reject(new Error(`append to ${table}: UNKNOWN_TABLE`)),
    }
    const seen: Store = { ...ill, append: (table, ...rest) => (table === 'seen' ? store : ill).append(table, ...rest) }
    const { load, deadLetters } = await start({ store: seen })
    await expect(load(batch('events', 0, records()))).rejects.toMatchObject({ code: 'store_down', retryable: true })
    expect(deadLetters.all.size).toBe(0)
  })
})

describe('a pseudonym that ended', () => {
  const end = async (broken: Broken = {}) => {
    const { load } = await start(broken)
    await load(batch('signals', 0, [signalRecord(base + 1), signalRecord(base + 2)]))
    expect(
      CachedBands.parse(JSON.parse((await cache.get(bandsKey('demo', webPseudonym(base + 1)))) ?? '')),
    ).toHaveLength(2)
    await load(batch('stops', 0, [stopRecord(base + 1, receiptId(base))]))
    const left = [await countActs(), await countLives(), await cache.get(bandsKey('demo', webPseudonym(base + 1)))]
    const late = signalRecord(base + 3, { p: webPseudonym(base + 1) })
    await load(batch('signals', 2, [late]))
    return { left, after: await countLives(), late }
  }

  test('is deleted from the store and the cache, and what was still on its way does not bring it back', async () => {
    const { left, after, late } = await end()
    expect(left).toEqual([1, 1, undefined])
    expect(after).toBe(1)
    const restarted = await start()
    await restarted.load(batch('signals', 3, [{ ...late, id: dedupId(base + 4) }]))
    expect([await countActs(), await countLives()]).toEqual([1, 1])
    expect(await cache.get(bandsKey('demo', webPseudonym(base + 1)))).toBeUndefined()
  })

  test('ends also while the cache is away, and is out of it when it is back', async () => {
    const away = { down: false }
    const delete_: Cache['delete'] = async (key) => {
      if (away.down) throw new Fault('cache_down', 'the cache is away')
      return cache.delete(key)
    }
    const { load } = await start({ cache: { ...cache, delete: delete_ } })
    const key = bandsKey('demo', webPseudonym(base + 1))
    await load(batch('signals', 0, [signalRecord(base + 1)]))
    away.down = true
    await load(batch('stops', 0, [stopRecord(base + 1)]))
    expect([await countActs(), await countLives(), await cache.get(key)]).toEqual([0, 0, expect.any(String)])
    away.down = false
    await load(batch('signals', 1, [signalRecord(base + 2)]))
    expect(await cache.get(key)).toBeUndefined()
  })

  test('would come back if nobody remembered it', async () => {
    const { after } = await end({ tombstones: { has: () => false, add: () => {}, readOn: async () => {} } })
    expect(after).toBe(2)
  })
})

describe('a pseudonym that ends while another process stores its signals', () => {
  const p = () => webPseudonym(base + 1)
  const signals = () => [signalRecord(base + 1), signalRecord(base + 2)]
  const stopIt = async () => {
    const record = stopRecord(base + 1)
    await stream.append([{ topic: 'stops', partition: 0, record }])
    await (await start()).load(batch('stops', base, [record]))
  }
  /** The stop is carried out, by another process, just before or after the rows go in. */
  const interrupted = (when: 'before' | 'after', dies = false): Store => ({
    ...store,
    async append(table, rows, token) {
      if (table !== 'signals_in') return store.append(table, rows, token)
      if (when === 'before') await stopIt()
      await store.append(table, rows, token)
      if (dies) throw killed
      if (when === 'after') await stopIt()
    },
  })
  const stored = async () => [await countActs(), await countLives(), await cache.get(bandsKey('demo', p()))]
  /** Reads the stops before the insert only. */
  const careless = async (): Promise<Tombstones> => {
    const honest = await readTombstones({ store, stream })
    let reads = 0
    return { ...honest, readOn: async () => (++reads === 1 ? honest.readOn() : undefined) }
  }

  test.each(['before', 'after'] as const)('%s the insert has nothing left', async (when) => {
    const { load } = await start({ store: interrupted(when) })
    await load(batch('signals', 0, signals()))
    expect(await stored()).toEqual([1, 1, undefined])
  })

  test('would have come back if the stops were not read again', async () => {
    const { load } = await start({ store: interrupted('before'), tombstones: await careless() })
    await load(batch('signals', 0, signals()))
    expect((await stored()).slice(0, 2)).toEqual([2, 2])
  })

  test('is deleted by whoever does the batch again, if the one that stored it died right then', async () => {
    const first = await start({ store: interrupted('before', true) })
    await expect(first.load(batch('signals', 0, signals()))).rejects.toBe(killed)
    expect((await stored()).slice(0, 2)).toEqual([2, 2])
    await (await start()).load(batch('signals', 0, signals(), { replayed: true }))
    expect(await stored()).toEqual([1, 1, undefined])
  })

  test('would stay if a batch that comes again were taken for a new one', async () => {
    const first = await start({ store: interrupted('before', true) })
    await expect(first.load(batch('signals', 0, signals()))).rejects.toBe(killed)
    await (await start()).load(batch('signals', 0, signals(), { replayed: false }))
    expect((await stored()).slice(0, 2)).toEqual([2, 2])
  })

  test('holds the batch back while the stops cannot be read to their end, and then nothing counts twice', async () => {
    let reads = 0
    const deaf: Broken['stream'] = {
      ...stream,
      readToEnd: (...asked) => (++reads === 2 ? Promise.reject(new Error('away')) : stream.readToEnd(...asked)),
    }
    const { load } = await start({ stream: deaf })
    const held = load(batch('signals', 0, signals()))
    await expect(held).rejects.toMatchObject({ code: 'log_down', retryable: true })
    await load(batch('signals', 0, signals()))
    await load(batch('signals', 2, signals()))
    expect(await countActs()).toBe(2)
  })
})

describe('a partition that was another process’s in between', () => {
  const travel = async (fresh: boolean) => {
    const [one, other] = [await start(), await start()]
    await one.load(batch('signals', 0, [signalRecord(base + 1)], { fresh: true }))
    await other.load(batch('signals', 1, [signalRecord(base + 2)], { fresh: true }))
    await one.load(batch('signals', 2, [signalRecord(base + 2), signalRecord(base + 3)], { fresh }))
    return countActs()
  }

  test('has a new window: what the other took is known', async () => {
    expect(await travel(true)).toBe(3)
  })

  test('would count a retry twice with the window of before', async () => {
    expect(await travel(false)).toBe(4)
  })
})

test('a proof of consent that its producer wrote twice stands once', async () => {
  const proofs = defineQuery({
    name: 'proofs',
    sql: 'SELECT count() AS n FROM device_consents WHERE receipt = {receipt: String}',
    params: z.object({ receipt: z.string() }),
    row: z.object({ n }),
  })
  const [one, other] = [consentRecord(base + 1, ['P1']), consentRecord(base + 2, ['P1', 'P3'])]
  await (await start()).load(batch('device_consents', 0, [one, other]))
  await (await start()).load(batch('device_consents', 2, [one, other]))
  expect(await store.ask(proofs, { receipt: one.receipt })).toEqual([{ n: 1 }])
})
