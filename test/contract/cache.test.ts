/** What a cache promises, over each engine there is. */

import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'
import { openRedisCache } from '../../infra/distributed/redis-cache.ts'
import { openMemoryCache } from '../../infra/embedded/memory-cache.ts'
import type { Cache } from '../../infra/ports/cache.ts'
import { absent, foundEngines } from '../engines/found-engines.ts'

/** A cache whose time passes when told; what passes by itself meanwhile is little of the times here. */
interface Bench {
  readonly cache: Cache
  pass(seconds: number): Promise<void>
}

const { redis } = foundEngines()
const engines: Record<string, () => Promise<Bench>> = {
  memory: async () => {
    let time = Date.UTC(2026, 10, 2)
    const pass = async (seconds: number) => {
      time += seconds * 1000
    }
    return { cache: openMemoryCache({ now: () => time }), pass }
  },
  ...(redis && { [redis.name]: () => openRedis(redis.url) }),
}
if (!redis) test.skip(absent('redis'), () => {})

/** Its clock is not ours, so what passes is taken off the time that each key has left. */
async function openRedis(url: string): Promise<Bench> {
  const prefix = `test:${randomUUID()}:`
  const cache = await openRedisCache({ url, password: undefined }, prefix)
  const hand = new Redis(url)
  const pass = async (seconds: number) => {
    for (const key of await hand.keys(`${prefix}*`)) await hand.pexpire(key, (await hand.pttl(key)) - seconds * 1_000)
  }
  const close = async () => {
    const left = await hand.keys(`${prefix}*`)
    expect(await Promise.all(left.map((key) => hand.pttl(key)))).not.toContain(-1)
    if (left.length > 0) await hand.del(left)
    hand.disconnect()
    await cache.close()
  }
  return { cache: { ...cache, close }, pass }
}

describe.each(Object.entries(engines))('the cache on %s', (_name, open) => {
  test('a value is there until its time is over, or it is replaced or deleted', async () => {
    const { cache, pass } = await open()
    expect(await cache.get('a')).toBeUndefined()
    await cache.set('a', 'one', 1_000)
    await cache.set('b', 'other', 1_000)
    await pass(900)
    expect(await cache.get('a')).toBe('one')
    await cache.set('a', 'two', 1_000)
    await cache.delete('b')
    expect(await cache.get('b')).toBeUndefined()
    await pass(900)
    expect(await cache.get('a')).toBe('two')
    await pass(100)
    expect(await cache.get('a')).toBeUndefined()
    await cache.close()
  })

  test('as many uses as the limit pass within a window, each key for itself, and again after it', async () => {
    const { cache, pass } = await open()
    const take = (key: string) => cache.take(key, 3, 6_000)
    expect([await take('a'), await take('a'), await take('a'), await take('a')]).toEqual([true, true, true, false])
    expect(await take('b')).toBe(true)
    await pass(5_900)
    expect(await take('a')).toBe(false)
    await pass(100)
    expect(await take('a')).toBe(true)
    await cache.close()
  })

  test('a rate and a value of the same name are two things', async () => {
    const { cache } = await open()
    await cache.set('a', 'value', 1_000)
    expect(await cache.take('a', 1, 1_000)).toBe(true)
    expect(await cache.get('a')).toBe('value')
    await cache.close()
  })
})
