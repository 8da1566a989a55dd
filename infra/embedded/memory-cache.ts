/** The cache in this process: what was not asked for lately goes first, and all of it with the process. */

import { boundedMap } from '../bounded-map.ts'
import type { Cache } from '../ports/cache.ts'

export interface MemoryCacheConfig {
  /** So many values at least are kept, and as many rates; twice as many at most. */
  readonly entries?: number
  /** In milliseconds, of a clock that is never set: nothing here outlives the process. */
  readonly now?: () => number
}

export function openMemoryCache({ entries = 50_000, now = () => performance.now() }: MemoryCacheConfig = {}): Cache {
  const values = expiring(entries, now)
  // Apart, so that whoever makes up keys to be counted under drives no value out.
  const uses = boundedMap<{ count: number; until: number }>(entries)
  return {
    get: async (key) => values.get(key),
    set: async (key, value, ttlSeconds) => values.set(key, value, ttlSeconds),
    delete: async (key) => values.delete(key),
    async take(key, limit, windowSeconds) {
      const time = now()
      let used = uses.get(key)
      if (used === undefined) {
        used = { count: 0, until: 0 }
        uses.set(key, used)
      }
      // The window begins with its first use, and more uses do not prolong it. It is the same object again, as new ones would all grow old.
      if (used.until <= time) {
        used.count = 0
        used.until = time + windowSeconds * 1_000
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

function expiring(entries: number, now: () => number) {
  const known = boundedMap<{ readonly value: string; readonly until: number }>(entries)
  return {
    get(key: string): string | undefined {
      const entry = known.get(key)
      if (entry === undefined || entry.until > now()) return entry?.value
      known.delete(key)
      return undefined
    },
    set: (key: string, value: string, seconds: number): void =>
      known.set(key, { value, until: now() + seconds * 1_000 }),
    delete: known.delete,
    clear: known.clear,
  }
}
