/** Work that is tried again without an end: which of its failures are worth a line in the log. */

export interface RepeatedFailures {
  /** How often it has failed by now, at the first failure and each time there are twice as many; else undefined. */
  another(): number | undefined
  /** How often it had failed, now that it went well; else undefined. */
  over(): number | undefined
}

export function repeatedFailures(): RepeatedFailures {
  let count = 0
  return {
    another() {
      count += 1
      return (count & (count - 1)) === 0 ? count : undefined
    },
    over() {
      const before = count
      count = 0
      return before > 0 ? before : undefined
    },
  }
}
