import { expect, test } from 'vitest'
import { openMemoryCache } from './memory-cache.ts'

test('a full cache forgets what was used least recently, and counted keys drive no value out', async () => {
  const cache = openMemoryCache({ entries: 2 })
  await cache.set('a', '1', 10)
  await cache.set('b', '2', 10)
  await cache.get('a')
  await cache.set('c', '3', 10)
  for (const key of ['x', 'y', 'z']) await cache.take(key, 1, 10)
  expect([await cache.get('a'), await cache.get('b'), await cache.get('c')]).toEqual(['1', undefined, '3'])
})
