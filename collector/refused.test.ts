import pino from 'pino'
import { expect, test } from 'vitest'
import type { Log } from '../infra/ports/log.ts'
import { WebPseudonym } from '../schemas/ids.ts'
import { type RecordOf, StopRecord, type Topic } from '../schemas/topics.ts'
import { memoryCache, now } from '../test/fakes/web.ts'
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
  const real = memoryCache()
  const cache = {
    async get(key: string) {
      if (away.cache) throw new Error('the cache is down')
      return real.get(key)
    },
    async set(key: string, value: string, seconds: number) {
      if (away.cache) throw new Error('the cache is down')
      return real.set(key, value, seconds)
    },
  }
  const open = async () => {
    const refused = await openRefused({ log, cache, clock, logger })
    // What is told to the cache is told in the background.
    await new Promise((resolve) => setTimeout(resolve, 5))
    return refused
  }
  const has = async (refused: Refused, n: number) => refused.has(pseudonym(n)).catch(() => 'unknown')
  return { away, open, has }
}

test('without the cache the log is read to its end, once for all who ask at the same time', async () => {
  const stops = [stop(1)]
  const { away, open, has } = world(stops)
  const refused = await open()
  away.cache = true
  stops.push(stop(2))
  await new Promise((resolve) => setTimeout(resolve, 210))
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
  await new Promise((resolve) => setTimeout(resolve, 210))
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
  await new Promise((resolve) => setTimeout(resolve, 210))
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
