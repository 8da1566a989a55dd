/** A cache that may be away: it opens when it can, nobody waits for it long, and after a while nobody waits at all. */

import type { Logger } from 'pino'
import { Fault } from '../../schemas/fault.ts'
import type { Cache } from '../ports/cache.ts'
import { type BreakerOptions, createBreaker } from './breaker.ts'
import { inTime } from './in-time.ts'
import { keepOpening } from './keep-opening.ts'

export interface GuardedCacheConfig {
  /** Tried again and again until it opens. */
  readonly openCache: () => Promise<Cache>
  readonly logger: Logger
  readonly deadlineMs?: number
  /** How long the start waits for it. */
  readonly patienceMs?: number
  readonly retryMs?: number
  readonly breaker?: Omit<BreakerOptions, 'onOpen'>
}

/** Each call rejects with `cache_down` where the cache does not answer. */
export interface GuardedCache extends Cache {
  /** `['cache']` while it is not asked. */
  degraded(): readonly string[]
}

export async function openGuardedCache(config: GuardedCacheConfig): Promise<GuardedCache> {
  const { openCache, logger, deadlineMs = 250, patienceMs = 3_000, retryMs = 250 } = config
  const breaker = createBreaker({
    ...config.breaker,
    onOpen: () => logger.warn('the cache does not answer and is left alone for a while'),
  })
  const opening = await keepOpening({ open: openCache, name: 'cache', patienceMs, retryMs, logger, onOpen: () => {} })

  async function ask<T>(call: (cache: Cache) => Promise<T>): Promise<T> {
    const cache = opening.current()
    if (!cache || !breaker.allows()) throw down()
    try {
      const answer = await inTime(call(cache), deadlineMs, 'the cache')
      breaker.succeeded()
      return answer
    } catch (cause) {
      breaker.failed()
      throw down(cause)
    }
  }

  return {
    get: (key) => ask((cache) => cache.get(key)),
    set: (key, value, ttlSeconds) => ask((cache) => cache.set(key, value, ttlSeconds)),
    delete: (key) => ask((cache) => cache.delete(key)),
    take: (key, limit, windowSeconds) => ask((cache) => cache.take(key, limit, windowSeconds)),
    healthy: () => ask((cache) => cache.healthy()),
    degraded: () => (opening.current() && breaker.state() === 'closed' ? [] : ['cache']),
    close: opening.close,
  }
}

const down = (cause?: unknown) => new Fault('cache_down', 'the cache does not answer', { cause })
