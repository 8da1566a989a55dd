/** The cache in this process: the least recently used goes first, and all of it with the process. */

import type { Cache } from '../ports/cache.ts'

export interface MemoryCacheConfig {
  /** Most values, and as many rates. */
  readonly entries?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

export function openMemoryCache({ entries = 100_000, now = Date.now }: MemoryCacheConfig = {}): Cache {
  const values = recent<string>(entries, now)
  // Apart, so that whoever makes up keys to be counted under drives no value out.
  const uses = recent<{ count: number }>(entries, now)
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

/** A map of so many entries, in the order of their last use. */
function recent<V>(most: number, now: () => number) {
  const entries = new Map<string, { readonly value: V; readonly until: number }>()
  return {
    get(key: string): V | undefined {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      entries.delete(key)
      if (entry.until <= now()) return undefined
      entries.set(key, entry)
      return entry.value
    },
    set(key: string, value: V, seconds: number): void {
      entries.delete(key)
      entries.set(key, { value, until: now() + seconds * 1000 })
      const [oldest] = entries.keys()
      if (entries.size > most && oldest !== undefined) entries.delete(oldest)
    },
    delete(key: string): void {
      entries.delete(key)
    },
    clear: () => entries.clear(),
  }
}
