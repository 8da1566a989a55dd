/** A segment: a question about the web side, as a tree. The same tree is compiled to SQL for counts and evaluated here for exports. */

import * as z from 'zod'
import { Name } from './ids.ts'
import {
  Band,
  bandOf,
  countsTowards,
  InterestName,
  type Interests,
  PositiveBand,
  pointsOf,
  type Signal,
  SignalKind,
  scoreOf,
} from './interest.ts'
import type { Traits } from './topics.ts'

const Weeks = z.int().min(1).max(52)
/** Interested in it at least this much. */
const InterestLeaf = z.strictObject({ interest: InterestName, band: PositiveBand })
/** At least `min` acts within the last `weeks`, this one included. */
const CountLeaf = z.strictObject({
  count: z.strictObject({
    kind: SignalKind.optional(),
    interest: InterestName.optional(),
    weeks: Weeks,
    min: z.int().min(1).max(10_000),
  }),
})
/** On the site within the last `weeks`, this one included. */
const SeenLeaf = z.strictObject({ seen: z.strictObject({ weeks: Weeks }) })
/** Each trait named must be one of its values. */
const TraitLeaf = z.strictObject({
  trait: z
    .strictObject({
      country: z
        .array(z.string().regex(/^[A-Z]{2}$/))
        .min(1)
        .max(50)
        .optional(),
      device: z
        .array(z.enum(['desktop', 'mobile', 'tablet']))
        .min(1)
        .optional(),
      language: z
        .array(z.string().regex(/^[a-z]{2}$/))
        .min(1)
        .max(50)
        .optional(),
    })
    .refine((trait) => Object.keys(trait).length > 0, 'name at least one of country, device, language'),
})
/** Another segment of the same site. */
const ReferenceLeaf = z.strictObject({ segment: Name })

/** Each kind of leaf under the key that names it. */
export const segmentLeaves = {
  interest: InterestLeaf,
  count: CountLeaf,
  seen: SeenLeaf,
  trait: TraitLeaf,
  segment: ReferenceLeaf,
} as const
export const SegmentLeaf = z.union(Object.values(segmentLeaves))
export type SegmentLeaf = z.infer<typeof SegmentLeaf>
export type Segment =
  | { readonly all: readonly Segment[] }
  | { readonly any: readonly Segment[] }
  | { readonly not: Segment }
  | SegmentLeaf

/** A segment without references. */
export type ResolvedSegment =
  | { readonly all: readonly ResolvedSegment[] }
  | { readonly any: readonly ResolvedSegment[] }
  | { readonly not: ResolvedSegment }
  | Exclude<SegmentLeaf, { segment: string }>

export const MAX_DEPTH = 5
export const MAX_LEAVES = 50

/** What the web side knows of one pseudonym. */
export interface Profile {
  readonly seenWeek: number
  readonly traits: Traits
  readonly signals: readonly Signal[]
}

/** Is this profile in the segment? `from` is the first week that may be looked at: a merge may cover only what came after its grant. */
export function inSegment(
  segment: ResolvedSegment,
  profile: Profile,
  interests: Interests,
  weeks: { readonly from: number; readonly now: number },
): boolean {
  const within = (each: ResolvedSegment): boolean => inSegment(each, profile, interests, weeks)
  if ('all' in segment) return segment.all.every(within)
  if ('any' in segment) return segment.any.some(within)
  if ('not' in segment) return !within(segment.not)
  if ('interest' in segment) {
    const points = pointsOf(interests, profile.signals, segment.interest, weeks.from)
    const band = bandOf(interests, scoreOf(interests.halfLifeWeeks, points, weeks.now))
    return Band.options.indexOf(band) >= Band.options.indexOf(segment.band)
  }
  if ('count' in segment) {
    const { kind, interest, weeks: last, min } = segment.count
    const first = Math.max(weeks.from, weeks.now - last + 1)
    const acts = profile.signals.filter(
      (signal) =>
        signal.week >= first &&
        (kind === undefined || signal.kind === kind) &&
        countsTowards(interests, signal.interest, interest),
    )
    return acts.reduce((sum, { n }) => sum + n, 0) >= min
  }
  if ('seen' in segment) return profile.seenWeek >= Math.max(weeks.from, weeks.now - segment.seen.weeks + 1)
  const { country, device, language } = segment.trait
  const { traits } = profile
  return (
    (country === undefined || country.includes(traits.country)) &&
    (device === undefined || device.some((each) => each === traits.device)) &&
    (language === undefined || language.includes(traits.language))
  )
}
