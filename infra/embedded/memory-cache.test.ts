import { afterEach, expect, test, vi } from 'vitest'
import { openMemoryCache } from './memory-cache.ts'

afterEach(() => vi.useRealTimers())

test('a full cache forgets what was not asked for lately, and counted keys drive no value out', async () => {
  const cache = openMemoryCache({ entries: 2, now: () => 0 })
  await cache.set('a', '1', 10)
  await cache.set('b', '2', 10)
  await cache.set('c', '3', 10)
  await cache.get('a')
  await cache.set('d', '4', 10)
  for (const key of ['x', 'y', 'z']) await cache.take(key, 1, 10)
  const found = await Promise.all(['a', 'b', 'c', 'd'].map((key) => cache.get(key)))
  expect(found).toEqual(['1', undefined, '3', '4'])
})

test.each(['forward', 'back'])('a clock that is set %s ends no value and no rate, and prolongs none', async (way) => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  const cache = openMemoryCache()
  await cache.set('a', '1', 10)
  await cache.take('b', 1, 10)
  vi.setSystemTime(Date.now() + (way === 'back' ? -1 : 1) * 3_600_000)
  expect([await cache.get('a'), await cache.take('b', 1, 10)]).toEqual(['1', false])
  vi.advanceTimersByTime(10_000)
  expect([await cache.get('a'), await cache.take('b', 1, 10)]).toEqual([undefined, true])
})
