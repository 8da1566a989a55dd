/** Chance that can be had again: the same seed, the same rounds. */

export interface Chance {
  /** In [0, 1). */
  next(): number
  /** From `least` up to and with `most`. */
  between(least: number, most: number): number
  /** True in so many of a hundred cases. */
  percent(share: number): boolean
  pick<T>(from: readonly T[]): T
  shuffled<T>(all: readonly T[]): T[]
}

/** mulberry32: enough to choose faults by, and nothing else. */
export function chanceOf(...seeds: readonly number[]): Chance {
  let state = seeds.reduce((mixed, seed) => Math.imul(mixed ^ seed, 0x9e3779b1) ^ (mixed >>> 15), 0x2545f491)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  return {
    next,
    between,
    percent: (share) => next() * 100 < share,
    pick(from) {
      const picked = from[between(0, from.length - 1)]
      if (picked === undefined) throw new Error('there is nothing to pick from')
      return picked
    },
    shuffled(all) {
      const left = [...all]
      for (let last = left.length - 1; last > 0; last -= 1) {
        const other = between(0, last)
        ;[left[last], left[other]] = [left[other] as (typeof left)[number], left[last] as (typeof left)[number]]
      }
      return left
    },
  }
}
