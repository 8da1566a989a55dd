/** Deals at random, so that places tell nothing. */

import { randomInt } from 'node:crypto'

export function shuffle<T>(items: T[]): void {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1)
    const item = items[last] as T
    items[last] = items[other] as T
    items[other] = item
  }
}
