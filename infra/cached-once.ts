/** An answer from the cache, or asked for by one process while the others that want it wait. Without the cache everyone asks. */

import { setTimeout as pause } from 'node:timers/promises'
import type { Cache } from './ports/cache.ts'

export interface CachedOnceOptions {
  readonly ttlSeconds: number
  /** How long the others wait for whoever asks; it may have died. */
  readonly patienceSeconds?: number
  readonly everyMs?: number
}

export async function cachedOnce(
  cache: Pick<Cache, 'get' | 'set' | 'take'>,
  key: string,
  work: () => Promise<string>,
  { ttlSeconds, patienceSeconds = 10, everyMs = 25 }: CachedOnceOptions,
): Promise<string> {
  const known = () => cache.get(key).catch(() => undefined)
  const before = await known()
  if (before !== undefined) return before
  const mine = await cache.take(`${key}:asked`, 1, patienceSeconds).catch(() => true)
  if (!mine) {
    for (const until = performance.now() + patienceSeconds * 1_000; performance.now() < until; ) {
      await pause(everyMs)
      const meanwhile = await known()
      if (meanwhile !== undefined) return meanwhile
    }
  }
  const answer = await work()
  await cache.set(key, answer, ttlSeconds).catch(() => {})
  return answer
}
