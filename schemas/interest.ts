/** Interests: how acts become points, and points a band. The rules stand in interests.yaml. */

import * as z from 'zod'

/** A dotted path: `energy.solar` is part of `energy`, and all its points count there too. */
export const InterestName = z
  .string()
  .regex(/^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*$/, 'lower-case words joined by dots, as in energy.solar')
  .brand<'InterestName'>()
export type InterestName = z.infer<typeof InterestName>

/** Acts that can speak of an interest. What the vault dates too (purchase, form, login) is not among them. */
export const SignalKind = z.enum(['view', 'engaged', 'search', 'download', 'product_view', 'cart_add'])
export type SignalKind = z.infer<typeof SignalKind>

export const Band = z.enum(['none', 'low', 'medium', 'high'])
export type Band = z.infer<typeof Band>
export const PositiveBand = Band.exclude(['none'])

const Weights = z.strictObject(Object.fromEntries(SignalKind.options.map((kind) => [kind, z.int().min(0).max(100)])))

/** What a rule looks at: one of these. */
export const InterestRule = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/),
    interest: InterestName,
    /** Glob over the path: `*` within a segment, `**` across them. */
    path: z.string().optional(),
    /** A token of the page's data-interests attribute. */
    declared: z.string().optional(),
    /** A token of the page's `<meta name="bauta:interests">`. */
    meta: z.string().optional(),
    /** A keyword, section or category of the page's JSON-LD. */
    jsonld: z.string().optional(),
    /** The declared category of a product event. */
    category: z.string().optional(),
    /** Counts one act as this many. */
    weight: z.int().min(1).max(100).default(1),
  })
  .refine(
    ({ path, declared, meta, jsonld, category }) =>
      [path, declared, meta, jsonld, category].filter((each) => each !== undefined).length === 1,
    'a rule looks at exactly one of path, declared, meta, jsonld, category',
  )
export type InterestRule = z.infer<typeof InterestRule>

export const Interests = z
  .strictObject({
    halfLifeWeeks: z.number().positive().max(520),
    /** The least score of each band. */
    bands: z
      .strictObject({ low: z.number().positive(), medium: z.number(), high: z.number() })
      .refine(({ low, medium, high }) => low < medium && medium < high, 'bands ascend: low < medium < high'),
    /** Points for one act, by its kind. */
    weights: Weights,
    /** `special`: health, religion, politics, union, sexuality and the like. It may be named, and is never profiled. */
    interests: z.record(
      InterestName,
      z.strictObject({ name: z.record(z.string().length(2), z.string().max(80)), special: z.boolean().default(false) }),
    ),
    rules: z.array(InterestRule),
  })
  .superRefine(({ interests, rules }, context) => {
    const seen = new Set<string>()
    for (const [index, { id, interest }] of rules.entries()) {
      const path = ['rules', index]
      if (!Object.hasOwn(interests, interest))
        context.addIssue({ code: 'custom', path: [...path, 'interest'], message: `no interest is named ${interest}` })
      if (seen.has(id))
        context.addIssue({ code: 'custom', path: [...path, 'id'], message: `another rule is named ${id}` })
      seen.add(id)
    }
  })
export type Interests = z.infer<typeof Interests>

/** Points by ISO week: integers, so that the order in which they were added changes nothing. */
export type WeekPoints = Readonly<Record<number, number>>

/** Acts by kind in one week: all that is kept of a visitor's interest in something. */
export const Signal = z.object({
  interest: InterestName,
  week: z.coerce.number().pipe(z.int()),
  kind: SignalKind,
  n: z.coerce.number().pipe(z.int().nonnegative()),
})
export type Signal = z.infer<typeof Signal>

/** `child` is `interest` or part of it. */
export function isWithin(child: string, interest: string): boolean {
  return child === interest || child.startsWith(`${interest}.`)
}

/** Is it, or anything above it, of the kind that is never profiled? */
export function isSpecial(interests: Interests['interests'], name: InterestName): boolean {
  return Object.entries(interests).some(([each, { special }]) => special && isWithin(name, each))
}

/** Asked for each signal of each profile, and always the same for one configuration. */
const profiled = new WeakMap<Interests['interests'], Map<InterestName, boolean>>()

function isProfiled(interests: Interests['interests'], name: InterestName): boolean {
  let known = profiled.get(interests)
  if (!known) {
    known = new Map()
    profiled.set(interests, known)
  }
  const before = known.get(name)
  if (before !== undefined) return before
  const answer = !isSpecial(interests, name)
  known.set(name, answer)
  return answer
}

/**
 * Do signals of `name` count towards `interest`, or towards anything where none is given? Whatever looks at signals asks here: those of what is
 * special by now may stand from before it was, and count for nothing, not even for what it belongs to.
 */
export function countsTowards(
  { interests }: Pick<Interests, 'interests'>,
  name: InterestName,
  interest?: string,
): boolean {
  return (interest === undefined || isWithin(name, interest)) && isProfiled(interests, name)
}

export function pointsOf(
  config: Pick<Interests, 'weights' | 'interests'>,
  signals: Iterable<Signal>,
  interest: string,
  from = 0,
): WeekPoints {
  const { weights } = config
  const points: Record<number, number> = {}
  for (const signal of signals)
    if (signal.week >= from && countsTowards(config, signal.interest, interest))
      points[signal.week] = (points[signal.week] ?? 0) + signal.n * (weights[signal.kind] ?? 0)
  return points
}

/** Scores are whole multiples of 1 / DECAY_ONE, so that sums are exact: any order of weeks, and SQL over integers, gives the same. */
export const DECAY_ONE = 2 ** 24

/** What is left of one point after so many weeks, in units of 1 / DECAY_ONE. */
export function decayOf(halfLifeWeeks: number, age: number): number {
  return Math.round(DECAY_ONE * 2 ** (-Math.max(0, age) / halfLifeWeeks))
}

/** A week's points halve every half-life. Exact up to half a billion points. */
export function scoreOf(halfLifeWeeks: number, points: WeekPoints, now: number): number {
  const units = Object.entries(points).reduce(
    (sum, [week, n]) => sum + n * decayOf(halfLifeWeeks, now - Number(week)),
    0,
  )
  return units / DECAY_ONE
}

export function bandOf({ bands }: Pick<Interests, 'bands'>, score: number): Band {
  return score >= bands.high ? 'high' : score >= bands.medium ? 'medium' : score >= bands.low ? 'low' : 'none'
}

export interface InterestBand {
  readonly interest: InterestName
  readonly band: Band
}

/** Every interest with a band of its own, strongest first, then by name. Special ones never appear. */
export function bandsOf(
  config: Interests,
  signals: readonly Signal[],
  weeks: { from: number; now: number },
): InterestBand[] {
  return (Object.keys(config.interests) as InterestName[])
    .filter((interest) => countsTowards(config, interest))
    .map((interest) => {
      const score = scoreOf(config.halfLifeWeeks, pointsOf(config, signals, interest, weeks.from), weeks.now)
      return { interest, score, band: bandOf(config, score) }
    })
    .filter(({ band }) => band !== 'none')
    .sort((a, b) => b.score - a.score || (a.interest < b.interest ? -1 : 1))
    .map(({ interest, band }) => ({ interest, band }))
}
