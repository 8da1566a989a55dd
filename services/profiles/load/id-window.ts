/** Which event ids came lately: sets of 64-bit ids by day, so compact that two days of a busy partition fit in memory. */

import type { DedupId } from '../../../schemas/ids.ts'

export interface IdSet {
  readonly size: number
  has(id: DedupId): boolean
  add(id: DedupId): void
}

/** Open addressing over the two halves of each id: 8 bytes a slot, at most three quarters of them taken. */
export function idSet(capacity = 1_024): IdSet {
  let high = new Uint32Array(capacity)
  let low = new Uint32Array(capacity)
  let size = 0
  // An empty slot is two zeros, so the id of two zeros cannot stand in one.
  let zero = false

  const slotOf = (h: number, l: number): number => {
    const mask = low.length - 1
    // Ids are MACs, so their own bits spread them.
    let slot = l & mask
    while ((high[slot] !== 0 || low[slot] !== 0) && (high[slot] !== h || low[slot] !== l)) slot = (slot + 1) & mask
    return slot
  }
  const put = (h: number, l: number): boolean => {
    const slot = slotOf(h, l)
    if (high[slot] === h && low[slot] === l) return false
    high[slot] = h
    low[slot] = l
    return true
  }
  const grow = () => {
    const [oldHigh, oldLow] = [high, low]
    high = new Uint32Array(oldHigh.length * 2)
    low = new Uint32Array(oldLow.length * 2)
    for (const [slot, h] of oldHigh.entries()) {
      const l = oldLow[slot] ?? 0
      if (h !== 0 || l !== 0) put(h, l)
    }
  }

  return {
    get size() {
      return size
    },
    has(id) {
      const [h, l] = halves(id)
      if (h === 0 && l === 0) return zero
      const slot = slotOf(h, l)
      return high[slot] === h && low[slot] === l
    },
    add(id) {
      const [h, l] = halves(id)
      if (h === 0 && l === 0) {
        if (!zero) size++
        zero = true
        return
      }
      if ((size + 1) * 4 > low.length * 3) grow()
      if (put(h, l)) size++
    },
  }
}

function halves(id: DedupId): readonly [number, number] {
  return [Number.parseInt(id.slice(0, 8), 16), Number.parseInt(id.slice(8), 16)]
}

/** Today's ids and those of the two days before: never less than 48 hours. */
export const WINDOW_DAYS = 3

export interface IdWindow {
  has(id: DedupId): boolean
  /** `day` is that of its receipt. Days that fall out of the window are forgotten whole. */
  add(id: DedupId, day: string): void
}

export function idWindow(): IdWindow {
  const days = new Map<string, IdSet>()
  return {
    has: (id) => [...days.values()].some((ids) => ids.has(id)),
    add(id, day) {
      const ids = days.get(day) ?? idSet()
      ids.add(id)
      if (days.has(day)) return
      days.set(day, ids)
      for (const old of [...days.keys()].sort().slice(0, -WINDOW_DAYS)) days.delete(old)
    },
  }
}
