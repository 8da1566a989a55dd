/** A memory with an end: what was not asked for since it last filled up is forgotten. */

export interface BoundedMap<V> {
  get(key: string): V | undefined
  set(key: string, value: V): void
  delete(key: string): void
  clear(): void
}

/** Holds between `limit` and twice as many. Two generations cost less per lookup than an exact order of use. */
export function boundedMap<V>(limit: number): BoundedMap<V> {
  let young = new Map<string, V>()
  let old = new Map<string, V>()
  function set(key: string, value: V) {
    if (young.size >= limit) {
      old = young
      young = new Map()
    }
    young.set(key, value)
  }
  return {
    set,
    get(key) {
      const recent = young.get(key)
      if (recent !== undefined) return recent
      const older = old.get(key)
      if (older !== undefined) set(key, older)
      return older
    },
    delete(key) {
      young.delete(key)
      old.delete(key)
    },
    clear() {
      young.clear()
      old.clear()
    },
  }
}
