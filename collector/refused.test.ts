import pino from 'pino'
import { expect, test } from 'vitest'
import type { Log } from '../infra/ports/log.ts'
import { WebPseudonym } from '../schemas/ids.ts'
import { type RecordOf, StopRecord, type Topic } from '../schemas/topics.ts'
import { memoryCache, now } from '../test/fakes/web.ts'
import { openRefused } from './refused.ts'

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
  expect([await refused.has(pseudonym(1), 'a'), await refused.has(pseudonym(2), 'b')]).toEqual([true, false])
  await refused.close()
})

test('what another process ends is refused when the log is read on, and at once where the cache is shared', async () => {
  const stops = [stop(1)]
  const cache = memoryCache()
  const [here, there] = [
    await openRefused({ log: stopsOf(stops), cache, clock, logger }),
    await openRefused({ log: stopsOf([]), cache, clock, logger }),
  ]
  await there.add(pseudonym(3), 'c')
  expect(await here.has(pseudonym(3), 'c')).toBe(true)
  stops.push(stop(2))
  expect(await here.has(pseudonym(2), 'b')).toBe(false)
  await here.refresh()
  expect(await here.has(pseudonym(2), 'b')).toBe(true)
  await Promise.all([here.close(), there.close()])
})

test('it does not open while the ended cannot be read', async () => {
  const log = { readToEnd: () => Promise.reject(new Error('down')) }
  await expect(openRefused({ log, cache: memoryCache(), clock, logger })).rejects.toThrow('down')
})
