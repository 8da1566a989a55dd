import pino from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Log } from '../../infra/ports/log.ts'
import { BANDS_SECONDS } from '../../schemas/bands-cache.ts'
import { WebPseudonym } from '../../schemas/ids.ts'
import { type RecordOf, StopRecord, type Topic } from '../../schemas/topics.ts'
import { memoryCache, now } from '../../test/fakes/web.ts'
import { openRefused, type Refused } from './refused.ts'

const pseudonym = (n: number) => WebPseudonym.parse(String(n).padStart(32, '0'))
const stop = (n: number) => StopRecord.parse({ site: 'demo', p: pseudonym(n), kind: 'stop', day: '2026-11-20' })

function stopsOf(stops: RecordOf<'stops'>[]): Pick<Log, 'readToEnd'> {
  const readToEnd = async <T extends Topic>(_: T, from: Readonly<Record<number, number>> = {}) => {
    const records = stops.slice(from[0] ?? 0) as RecordOf<T>[]
    return { upTo: { 0: stops.length }, records }
  }
  return { readToEnd }
}
const logger = pino({ level: 'silent' })
const clock = () => now
/** What goes on in the background waits for nothing but the turns of the loop, and has had enough of them. */
async function moment() {
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate)
}
/** After it a read is no longer fresh. */
const later = () => vi.advanceTimersByTime(210)

const held = ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance'] as const
beforeEach(() => void vi.useFakeTimers({ toFake: [...held] }))
afterEach(() => void vi.useRealTimers())

test('after a restart the ended are still refused, and others are not', async () => {
  const refused = await openRefused({ log: stopsOf([stop(1)]), cache: memoryCache(), clock, logger })
  expect([await refused.has(pseudonym(1)), await refused.has(pseudonym(2))]).toEqual([true, false])
  await refused.close()
})

test('what another process ends is refused when the log is read on, and at once where the cache is shared', async () => {
  const stops = [stop(1)]
  const cache = memoryCache()
  const [here, there] = [
    await openRefused({ log: stopsOf(stops), cache, clock, logger }),
    await openRefused({ log: stopsOf([]), cache, clock, logger }),
  ]
  await there.add(pseudonym(3))
  expect(await here.has(pseudonym(3))).toBe(true)
  stops.push(stop(2))
  expect(await here.has(pseudonym(2))).toBe(false)
  await here.refresh()
  expect(await here.has(pseudonym(2))).toBe(true)
  await Promise.all([here.close(), there.close()])
})

/** A log and a cache that can each be away. */
function world(stops: RecordOf<'stops'>[]) {
  const away = { log: false, cache: false, reads: 0 }
  const { readToEnd } = stopsOf(stops)
  const log: Pick<Log, 'readToEnd'> = {
    async readToEnd(topic, from) {
      away.reads += 1
      await new Promise(setImmediate)
      if (away.log) throw new Error('the log is down')
      return readToEnd(topic, from)
    },
  }
  let real = memoryCache()
  const said: string[] = []
  const cache = {
    async get(key: string) {
      if (away.cache) throw new Error('the cache is down')
      return real.get(key)
    },
    async set(key: string, value: string, seconds: number) {
      if (away.cache) throw new Error('the cache is down')
      said.push(key)
      return real.set(key, value, seconds)
    },
  }
  const open = async () => {
    const refused = await openRefused({ log, cache, clock, logger })
    // What is told to the cache is told in the background.
    await moment()
    return refused
  }
  /** As after a restart: it keeps nothing on disk. */
  const emptyCache = () => {
    real = memoryCache()
  }
  const turn = async () => {
    vi.advanceTimersByTime(5_000)
    await moment()
  }
  const has = async (refused: Refused, n: number) => refused.has(pseudonym(n)).catch(() => 'unknown')
  return { away, said, open, has, emptyCache, turn }
}

test('without the cache the log is read to its end, once for all who ask at the same time', async () => {
  const stops = [stop(1)]
  const { away, open, has } = world(stops)
  const refused = await open()
  away.cache = true
  stops.push(stop(2))
  later()
  away.reads = 0
  expect(await Promise.all([1, 2, 3].map((n) => has(refused, n)))).toEqual([true, true, false])
  expect(await has(refused, 4)).toBe(false)
  expect(away.reads).toBe(1)
  await refused.close()
})

test('without the log the cache serves, and without either nobody is known to consent', async () => {
  const { away, open, has } = world([stop(1)])
  const [here, there] = [await open(), await open()]
  away.log = true
  await there.add(pseudonym(2))
  expect(await Promise.all([1, 2, 3].map((n) => has(here, n)))).toEqual([true, true, false])
  away.cache = true
  later()
  expect(await Promise.all([1, 2, 3].map((n) => has(here, n)))).toEqual([true, 'unknown', 'unknown'])
  await Promise.all([here.close(), there.close()])
})

test('it starts while the ended cannot be read, and until they can nobody is known to consent', async () => {
  const { away, open, has } = world([stop(1)])
  away.log = true
  const refused = await open()
  expect(await Promise.all([1, 3].map((n) => has(refused, n)))).toEqual(['unknown', 'unknown'])
  await expect(refused.healthy()).rejects.toThrow('the log is down')
  away.log = false
  later()
  expect(await Promise.all([1, 3].map((n) => has(refused, n)))).toEqual([true, false])
  await refused.healthy()
  await refused.close()
})

test('who starts without the log takes the word of a collector that has read it', async () => {
  const { away, open, has } = world([stop(1)])
  const first = await open()
  await first.close()
  away.log = true
  const second = await open()
  expect(await Promise.all([1, 3].map((n) => has(second, n)))).toEqual([true, false])
  await second.healthy()
  await second.close()
})

test('a cache that lost all it was told is told again before anybody vouches for it', async () => {
  const { away, said, open, has, emptyCache, turn } = world([stop(1), stop(2)])
  const first = await open()
  await first.add(pseudonym(4))
  for (let restarts = 0; restarts < 2; restarts += 1) {
    emptyCache()
    said.length = 0
    await turn()
    expect(said).toEqual([...[1, 2, 4].map((n) => `refused:${pseudonym(n)}`), 'refused:all'])
  }
  said.length = 0
  await turn()
  expect(said).toEqual(['refused:all'])
  away.log = true
  const second = await open()
  expect(await Promise.all([1, 2, 3, 4].map((n) => has(second, n)))).toEqual([true, true, false, true])
  await Promise.all([first.close(), second.close()])
})

test('nobody vouches anew who cannot read what ended meanwhile', async () => {
  const { away, open, has, emptyCache, turn } = world([stop(1)])
  const first = await open()
  away.log = true
  emptyCache()
  await turn()
  const second = await open()
  expect(await Promise.all([1, 3].map((n) => has(second, n)))).toEqual(['unknown', 'unknown'])
  expect(await Promise.all([1, 3].map((n) => has(first, n)))).toEqual([true, false])
  away.log = false
  await turn()
  away.log = true
  const third = await open()
  expect(await Promise.all([1, 3].map((n) => has(third, n)))).toEqual([true, false])
  await Promise.all([first.close(), second.close(), third.close()])
})

test('what only one collector knows it says again to a cache that another has vouched for anew', async () => {
  const { away, open, has, emptyCache, turn } = world([stop(1)])
  const here = await open()
  const there = await open()
  await there.add(pseudonym(2))
  emptyCache()
  await turn()
  await turn()
  away.log = true
  await there.close()
  expect(await Promise.all([1, 2, 3].map((n) => has(here, n)))).toEqual([true, true, false])
  await here.close()
})

test('who withdrew expires in the cache after all bands, and the voucher before, so that a full one keeps the former and loses the latter', async () => {
  const seconds = new Map<string, number>()
  const cache = memoryCache()
  const set = async (key: string, value: string, ttl: number) => {
    seconds.set(key, ttl)
    await cache.set(key, value, ttl)
  }
  const refused = await openRefused({ log: stopsOf([stop(1)]), cache: { ...cache, set }, clock, logger })
  await moment()
  await refused.add(pseudonym(2))
  for (const n of [1, 2])
    expect(seconds.get(`refused:${pseudonym(n)}`)).toBeGreaterThanOrEqual(BANDS_SECONDS + 2 * 86_400)
  expect(seconds.get('refused:all')).toBeLessThan(BANDS_SECONDS)
  await refused.close()
})
