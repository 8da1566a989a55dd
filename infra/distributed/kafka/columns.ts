/** Who in a group gets which partition: one number in all topics goes to one member, who keeps it while others come and go. */

export interface Member {
  readonly id: string
  /** The numbers it had before. */
  readonly had: readonly number[]
}

/** The numbers from 0 below `partitions` by member, as evenly as they go and with as few moves as that takes. */
export function dealColumns(members: readonly Member[], partitions: number): Map<string, number[]> {
  const sorted = [...members].sort((a, b) => (a.id < b.id ? -1 : 1))
  const dealt = new Map(sorted.map(({ id }) => [id, [] as number[]]))
  const least = Math.floor(partitions / sorted.length)
  let larger = partitions % sorted.length
  const left = new Set(Array.from({ length: partitions }, (_, number) => number))
  // Who had most is first asked whether it may keep one more than the others.
  for (const { id, had } of [...sorted].sort((a, b) => b.had.length - a.had.length)) {
    const kept = had.filter((number) => left.has(number)).slice(0, least + (larger > 0 ? 1 : 0))
    if (kept.length > least) larger -= 1
    for (const number of kept) left.delete(number)
    dealt.set(id, kept)
  }
  for (const number of left) {
    const [poorest] = [...dealt.values()].sort((a, b) => a.length - b.length)
    poorest?.push(number)
  }
  for (const numbers of dealt.values()) numbers.sort((a, b) => a - b)
  return dealt
}
