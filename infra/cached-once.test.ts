import { expect, test } from 'vitest'
import { Fault } from '../schemas/fault.ts'
import { cachedOnce } from './cached-once.ts'
import { openMemoryCache } from './embedded/memory-cache.ts'

test('of many that want an answer at once one asks, and whoever comes later finds it', async () => {
  const cache = openMemoryCache()
  let asked = 0
  const ask = () => cachedOnce(cache, 'key', async () => `answer ${++asked}`, { ttlSeconds: 60, everyMs: 1 })
  expect(new Set(await Promise.all([ask(), ask(), ask()]))).toEqual(new Set(['answer 1']))
  expect(await ask()).toBe('answer 1')
})

test('whoever waited for one that died asks, and without a cache everyone does', async () => {
  const cache = openMemoryCache()
  const options = { ttlSeconds: 60, patienceSeconds: 1, everyMs: 1 }
  const died = cachedOnce(cache, 'key', () => Promise.reject(new Error('died')), options)
  await expect(died).rejects.toThrow('died')
  expect(await cachedOnce(cache, 'key', async () => 'mine', options)).toBe('mine')
  const down = () => Promise.reject(new Fault('cache_down', 'away'))
  expect(await cachedOnce({ get: down, set: down, take: down }, 'key', async () => 'own', options)).toBe('own')
})
