import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { defineQuery, type Store } from '../../infra/ports/store.ts'
import { WebPseudonym } from '../../schemas/ids.ts'
import { DECAY_ONE, InterestName, Interests, pointsOf, Signal, SignalKind, scoreOf } from '../../schemas/interest.ts'
import { inSegment, type Profile, type ResolvedSegment } from '../../schemas/segment.ts'
import { openTestStore } from '../../test/engines/test-engines.ts'
import { membersSql, type SegmentQuestion } from './segment-sql.ts'

const now = 2_960
const site = 'segments'
/** Each is within another, or looks as if it were. */
const names = ['energy', 'energy.solar', 'energy.solar.roof', 'energy-saving', 'garden', 'constructor'].map((name) =>
  InterestName.parse(name),
)
const kinds = SignalKind.options

const signals = fc.array(
  fc.record({
    interest: fc.constantFrom(...names),
    week: fc.integer({ min: now - 52, max: now + 1 }),
    kind: fc.constantFrom(...kinds),
    n: fc.integer({ min: 1, max: 6 }),
  }),
  { maxLength: 12 },
)
const visitors = fc.array(
  fc.record({
    signals,
    seenWeek: fc.integer({ min: now - 52, max: now }),
    live: fc.boolean(),
    traits: fc.record({
      country: fc.constantFrom('DE', 'AT', ''),
      device: fc.constantFrom('desktop' as const, 'mobile' as const, '' as const),
      language: fc.constantFrom('de', 'en', ''),
    }),
  }),
  { minLength: 200, maxLength: 200 },
)
const [population = []] = fc.sample(visitors, { numRuns: 1, seed: 7 })
const pseudonym = (n: number) => WebPseudonym.parse(n.toString(16).padStart(32, '0'))
const profiles = population.map(({ signals, ...rest }, n) => ({
  ...rest,
  p: pseudonym(n),
  signals: z.array(Signal).parse(signals),
}))

/** One profile stands on an edge: exactly at medium, and one unit under high. */
const weights = Object.fromEntries(kinds.map((kind, index) => [kind, index * 2 + 1]))
const HALF_LIFE = 3.7
const edge = profiles.find((each) => each.live && scoreAt(each) > 3)
function scoreAt({ signals }: Pick<Profile, 'signals'>): number {
  return scoreOf(HALF_LIFE, pointsOf(weights, signals, 'energy'), now)
}
const medium = edge ? scoreAt(edge) : 0
const interestsWith = (bands: { low: number; medium: number; high: number }) =>
  Interests.parse({
    halfLifeWeeks: HALF_LIFE,
    bands,
    weights,
    interests: Object.fromEntries(names.map((name) => [name, { name: { de: name } }])),
    rules: [],
  })
const interests = interestsWith({ low: 1, medium, high: medium + 1 / DECAY_ONE })
const question: SegmentQuestion = { site, interests, notices: ['new', 'newer'], now }

const leaf: fc.Arbitrary<ResolvedSegment> = fc.oneof(
  fc.record({
    interest: fc.constantFrom(...names),
    band: fc.constantFrom('low' as const, 'medium' as const, 'high' as const),
  }),
  fc
    .record(
      {
        weeks: fc.integer({ min: 1, max: 52 }),
        min: fc.integer({ min: 1, max: 12 }),
        kind: fc.constantFrom(...kinds),
        interest: fc.constantFrom(...names),
      },
      { requiredKeys: ['weeks', 'min'] },
    )
    .map((count) => ({ count })),
  fc.record({ weeks: fc.integer({ min: 1, max: 52 }) }).map((seen) => ({ seen })),
  fc
    .record(
      {
        country: fc.subarray(['DE', 'AT', 'CH'], { minLength: 1 }),
        device: fc.subarray(['desktop' as const, 'mobile' as const], { minLength: 1 }),
        language: fc.subarray(['de', "o'"], { minLength: 1 }),
      },
      { requiredKeys: [] },
    )
    .filter((trait) => Object.keys(trait).length > 0)
    .map((trait) => ({ trait })),
)
const { tree } = fc.letrec<{ tree: ResolvedSegment }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { minLength: 1, maxLength: 4 }).map((all) => ({ all })),
    fc.array(tie('tree'), { minLength: 1, maxLength: 4 }).map((any) => ({ any })),
    tie('tree').map((not) => ({ not })),
  ),
}))

let store: Store
beforeAll(async () => {
  store = await openTestStore()
  const rows = profiles.flatMap(({ p, signals }) => signals.map((signal) => ({ site, p, rule: 'r', ...signal })))
  await store.append('signals', [...rows, ...rows.map((row) => ({ ...row, site: 'another' }))], 'segments:signals')
  const standing = profiles.map(({ p, seenWeek, live, traits }, n) => ({
    ...{ site, p, week: seenWeek, ...traits },
    // Live until this very week; not live because the cookie ran out, or because the notice did.
    until: live || n % 2 === 0 ? now : now - 1,
    notice: live || n % 2 === 1 ? 'newer' : 'retired',
  }))
  await store.append('profiles', standing, 'segments:profiles')
  // Of an earlier week, so they do not stand, whichever comes first.
  const before = standing.map((row) => ({ ...row, week: now - 53, country: 'CH', until: now, notice: 'new' }))
  await store.append('profiles', before, 'segments:before')
})
afterAll(() => store.close())

async function members(segment: ResolvedSegment, asked = question): Promise<Set<string>> {
  const { sql, params } = membersSql(segment, asked)
  const query = defineQuery({ name: 'members', sql, params: z.looseObject({}), row: z.object({ p: WebPseudonym }) })
  const rows = await store.ask(query, params)
  expect(new Set(rows.map(({ p }) => p)).size).toBe(rows.length)
  return new Set(rows.map(({ p }) => p))
}

test('the statement and the evaluator agree about every profile, whatever the tree', async () => {
  const sizes = new Set<number>()
  await fc.assert(
    fc.asyncProperty(tree, async (segment) => {
      const inside = profiles.filter((each) => each.live && inSegment(segment, each, interests, { from: 0, now }))
      sizes.add(inside.length)
      expect(await members(segment)).toEqual(new Set(inside.map(({ p }) => p)))
    }),
    {
      numRuns: 120,
      examples: names.flatMap((interest) =>
        (['low', 'medium', 'high'] as const).map((band): [ResolvedSegment] => [{ interest, band }]),
      ),
    },
  )
  expect(sizes.size).toBeGreaterThan(20)
})

test('a score exactly at a threshold is in the band, one unit under it is not', async () => {
  expect(await members({ interest: InterestName.parse('energy'), band: 'medium' })).toContain(edge?.p)
  expect(await members({ interest: InterestName.parse('energy'), band: 'high' })).not.toContain(edge?.p)
  const raised = { ...question, interests: interestsWith({ low: 1, medium: medium + 1 / DECAY_ONE, high: 1e9 }) }
  expect(await members({ interest: InterestName.parse('energy'), band: 'medium' }, raised)).not.toContain(edge?.p)
})

test('nothing of a segment stands in its SQL', () => {
  const { sql, params } = membersSql(
    { all: [{ interest: InterestName.parse('garden'), band: 'low' }, { trait: { language: ["o'"] } }] },
    question,
  )
  expect(sql).not.toMatch(/garden|o'/)
  expect(Object.values(params)).toEqual(expect.arrayContaining(['garden', ["o'"], site]))
})
