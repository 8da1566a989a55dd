/** The cache in this process: what was not asked for lately goes first, and all of it with the process. */

import { boundedMap } from '../bounded-map.ts'
import type { Cache } from '../ports/cache.ts'

export interface MemoryCacheConfig {
  /** So many values at least are kept, and as many rates; twice as many at most. */
  readonly entries?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

export function openMemoryCache({ entries = 50_000, now = Date.now }: MemoryCacheConfig = {}): Cache {
  const values = expiring<string>(entries, now)
  // Apart, so that whoever makes up keys to be counted under drives no value out.
  const uses = expiring<{ count: number }>(entries, now)
  return {
    get: async (key) => values.get(key),
    set: async (key, value, ttlSeconds) => values.set(key, value, ttlSeconds),
    delete: async (key) => values.delete(key),
    async take(key, limit, windowSeconds) {
      let used = uses.get(key)
      // The window begins with its first use, and more uses do not prolong it.
      if (used === undefined) {
        used = { count: 0 }
        uses.set(key, used, windowSeconds)
      }
      used.count += 1
      return used.count <= limit
    },
    healthy: async () => {},
    async close() {
      values.clear()
      uses.clear()
    },
  }
}

function expiring<V>(entries: number, now: () => number) {
  const known = boundedMap<{ readonly value: V; readonly until: number }>(entries)
  return {
    get(key: string): V | undefined {
      const entry = known.get(key)
      if (entry === undefined || entry.until > now()) return entry?.value
      known.delete(key)
      return undefined
    },
    set: (key: string, value: V, seconds: number): void => known.set(key, { value, until: now() + seconds * 1000 }),
    delete: known.delete,
    clear: known.clear,
  }
}
