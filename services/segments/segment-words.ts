/** The conditions of a segment in words, for people who do not read SQL. */

import type { Interests } from '../../schemas/interest.ts'
import type { ResolvedSegment } from '../../schemas/segment.ts'

/** A line for each condition, indented by two blanks a level. */
export function segmentWords(segment: ResolvedSegment, interests: Interests): string[] {
  const list = (head: string, parts: readonly ResolvedSegment[]) => [
    head,
    ...parts.flatMap((part) => segmentWords(part, interests).map((line) => `  ${line}`)),
  ]
  if ('all' in segment) return list('all of', segment.all)
  if ('any' in segment) return list('at least one of', segment.any)
  if ('not' in segment) return list('not', [segment.not])
  if ('interest' in segment) {
    const points = interests.bands[segment.band]
    return [`interest in ${segment.interest} is ${segment.band} or more: a score of at least ${points}`]
  }
  if ('count' in segment) {
    const { kind, interest, weeks, min } = segment.count
    const what = kind ?? 'any act'
    return [`${what}${interest ? ` about ${interest}` : ''} at least ${times(min)} within ${last(weeks)}`]
  }
  if ('seen' in segment) return [`on the site within ${last(segment.seen.weeks)}`]
  const traits = Object.entries(segment.trait).filter(([, values]) => values !== undefined)
  return [traits.map(([trait, values]) => `${trait} is ${values?.join(' or ')}`).join(' and ')]
}

function times(n: number): string {
  return n === 1 ? 'once' : `${n} times`
}

function last(weeks: number): string {
  return weeks === 1 ? 'this ISO week' : `the last ${weeks} ISO weeks, this one included`
}
