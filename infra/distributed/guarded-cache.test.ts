import pino from 'pino'
import { expect, test, vi } from 'vitest'
import { memoryCache } from '../../test/fakes/web.ts'
import type { Cache } from '../ports/cache.ts'
import { type GuardedCacheConfig, openGuardedCache } from './guarded-cache.ts'

const logger = pino({ level: 'silent' })

async function world() {
  const at = { time: 0, calls: 0, silent: false, away: false }
  const real = memoryCache()
  const cache: Cache = {
    ...real,
    async get(key) {
      at.calls += 1
      return at.silent ? new Promise(() => {}) : real.get(key)
    },
  }
  const openCache = async () => {
    if (at.away) throw new Error('away')
    return cache
  }
  const open = (breaker: GuardedCacheConfig['breaker'] = { now: () => at.time }) =>
    openGuardedCache({ openCache, logger, breaker, deadlineMs: 5, patienceMs: 5, retryMs: 1 })
  return { at, open }
}

test('a cache that does not answer is asked a few times, then left alone, then asked again', async () => {
  const { at, open } = await world()
  const guarded = await open()
  await guarded.set('key', 'value', 60)
  expect([await guarded.get('key'), guarded.degraded()]).toEqual(['value', []])
  at.silent = true
  for (let n = 0; n < 20; n += 1) await expect(guarded.get('key')).rejects.toMatchObject({ code: 'cache_down' })
  expect([at.calls, guarded.degraded()]).toEqual([1 + 5, ['cache']])
  at.silent = false
  at.time += 5_000
  for (let n = 0; n < 3; n += 1) expect(await guarded.get('key')).toBe('value')
  expect(guarded.degraded()).toEqual([])
  await guarded.close()
})

test('it opens while the cache is away, and asks it when it is there', async () => {
  const { at, open } = await world()
  at.away = true
  const guarded = await open()
  await expect(guarded.get('key')).rejects.toMatchObject({ code: 'cache_down', status: 503 })
  at.away = false
  while (guarded.degraded().length > 0) await new Promise((resolve) => setTimeout(resolve, 1))
  await guarded.set('key', 'value', 60)
  expect(await guarded.get('key')).toBe('value')
  await guarded.close()
})

test('a clock that is set back keeps nobody from the cache for longer', async () => {
  const { at, open } = await world()
  const clock = vi.spyOn(Date, 'now')
  const guarded = await open({ openMs: 20 })
  at.silent = true
  for (let n = 0; n < 5; n += 1) await guarded.get('key').catch(() => {})
  expect(guarded.degraded()).toEqual(['cache'])
  at.silent = false
  clock.mockReturnValue(Date.now() - 3_600_000)
  for (let n = 0; n < 300 && guarded.degraded().length > 0; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    await guarded.get('key').catch(() => {})
  }
  clock.mockRestore()
  expect(guarded.degraded()).toEqual([])
  await guarded.close()
})
