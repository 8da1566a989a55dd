/** Chance that comes out the same every time: one seed, one demonstration. */

export interface Chance {
  /** In [0, 1). */
  next(): number
  /** In [least, most]. */
  whole(least: number, most: number): number
  happens(probability: number): boolean
  pick<T>(from: readonly T[]): T
  /** The first more often than the second, and so on: popularity as it is on the web. */
  zipf<T>(from: readonly T[]): T
  uuid(): string
  /** Another stream, for one visitor: whoever comes earlier changes nothing for them. */
  fork(n: number): Chance
}

export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  /** mulberry32. */
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const whole = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  const at = <T>(from: readonly T[], index: number): T => {
    const found = from[Math.min(index, from.length - 1)]
    if (found === undefined) throw new RangeError('nothing to choose from')
    return found
  }
  return {
    next,
    whole,
    happens: (probability) => next() < probability,
    pick: (from) => at(from, whole(0, from.length - 1)),
    zipf(from) {
      const sum = from.reduce((total, _, index) => total + 1 / (index + 1), 0)
      let left = next() * sum
      for (const [index, each] of from.entries()) {
        left -= 1 / (index + 1)
        if (left <= 0) return each
      }
      return at(from, from.length - 1)
    },
    uuid() {
      const hex = Array.from({ length: 32 }, () => whole(0, 15).toString(16))
      hex[12] = '4'
      hex[16] = '89ab'[whole(0, 3)] ?? '8'
      return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    },
    fork: (n) => chanceOf((seed ^ Math.imul(n + 1, 0x9e3779b1)) >>> 0),
  }
}
