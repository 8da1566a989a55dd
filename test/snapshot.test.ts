import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import type { House } from '../infra/config/house.ts'
import { underLease } from '../infra/control/lease.ts'
import { defineCommand, defineQuery, type Store } from '../infra/ports/store.ts'
import { BautaConfig } from '../schemas/config.ts'
import { WebPseudonym } from '../schemas/ids.ts'
import { DECAY_ONE, InterestName, Interests, pointsOf, Signal, SignalKind, scoreOf } from '../schemas/interest.ts'
import { inSegment, type Profile, type ResolvedSegment } from '../schemas/segment.ts'
import { DAY_MS, weekStart } from '../schemas/week.ts'
import { deleteProfiles, deleteSignals } from '../services/profiles/queries/delete-profiles.ts'
import { openSnapshots } from '../services/profiles/upkeep/snapshots.ts'
import { takeSnapshot } from '../services/profiles/upkeep/take-snapshot.ts'
import { countSql } from '../services/segments/count-sql.ts'
import { openTestSql, openTestStore, type TestSql } from './engines/test-engines.ts'
import { membersSql, type SegmentQuestion } from './load/members-sql.ts'

const now = 2_960
const site = 'segments'
/** Each is within another, or looks as if it were. */
const profiled = ['energy', 'energy.solar', 'energy.solar.roof', 'energy-saving', 'garden', 'constructor']
/** Signals of them stand from before they were special; the last is so by what it lies under. */
const special = ['energy.debts', 'garden.remedies', 'garden.remedies.teas']
const names = [...profiled, ...special].map((name) => InterestName.parse(name))
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
/** Spread like the MACs they stand for. */
const pseudonym = (n: number) => WebPseudonym.parse(createHash('md5').update(String(n)).digest('hex'))
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
  const counting = signals.filter(({ interest }) => !special.includes(interest))
  return scoreOf(HALF_LIFE, pointsOf({ weights, interests: {} }, counting, 'energy'), now)
}
const medium = edge ? scoreAt(edge) : 0
const interestsWith = (bands: { low: number; medium: number; high: number }) =>
  Interests.parse({
    halfLifeWeeks: HALF_LIFE,
    bands,
    weights,
    interests: Object.fromEntries(
      names.map((name) => [name, { name: { de: name }, special: ['energy.debts', 'garden.remedies'].includes(name) }]),
    ),
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
let sql: TestSql
beforeAll(async () => {
  ;[store, sql] = await Promise.all([openTestStore(), openTestSql()])
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
afterAll(() => Promise.all([store.close(), sql.close()]))

const houseOf = (interests: Interests): House => ({
  config: BautaConfig.parse({
    sites: {
      [site]: {
        origins: ['https://site.example'],
        languages: ['de'],
        interests: 'interests.yaml',
        notices: ['new', 'newer', 'retired'].map((version) => ({
          version,
          purposes: ['P1', 'P2', 'P3'],
          retired: version === 'retired',
          text: { de: 'Ein Text, der lang genug ist.' },
        })),
      },
    },
    person: { url: 'https://person.example' },
    mail: { from: 'news@person.example', name: 'News' },
  }),
  interests: new Map([[site, interests]]),
})
const NOW = weekStart(now) + DAY_MS
/** In parts of twenty, so that a set is put together from several, and their signals are read in more than one. */
const take = (with_: Interests) => takeSnapshot({ house: houseOf(with_), store }, site, NOW, { profilesAPart: 20 })

async function rowsOf<R extends z.ZodType>(row: R, sql: string, params: Readonly<Record<string, unknown>> = {}) {
  return store.ask(defineQuery({ name: 'rows', sql, params: z.looseObject({}), row }), params)
}
async function counted(segment: ResolvedSegment): Promise<number> {
  const { sql, params } = countSql(segment, { site, week: now })
  const [row] = await rowsOf(z.object({ n: z.coerce.number() }), sql, params)
  return row?.n ?? Number.NaN
}
async function members(segment: ResolvedSegment): Promise<string[]> {
  const { sql, params } = membersSql(segment, question)
  return (await rowsOf(z.object({ p: WebPseudonym }), sql, params)).map(({ p }) => p).sort()
}
const inside = (segment: ResolvedSegment) =>
  profiles.filter((each) => each.live && inSegment(segment, each, interests, { from: 0, now })).map(({ p }) => p)
const energy = (band: 'low' | 'medium' | 'high') => ({ interest: InterestName.parse('energy'), band })

test('the snapshot, the tables and the evaluator agree about every segment', async () => {
  await take(interests)
  const sizes = new Set<number>()
  await fc.assert(
    fc.asyncProperty(tree, async (segment) => {
      const expected = inside(segment).sort()
      sizes.add(expected.length)
      expect(await members(segment)).toEqual(expected)
      expect(await counted(segment)).toBe(expected.length)
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
  const before = await counted(energy('medium'))
  await take(interestsWith({ low: 1, medium: medium + 1 / DECAY_ONE, high: 1e9 }))
  expect(await counted(energy('medium'))).toBe(before - 1)
  expect(await counted(energy('high'))).toBe(0)
})

test('no pseudonym is in it, and numbers are dealt anew each time, not in the order of anything', async () => {
  const dealt = async (by: Store) => {
    await takeSnapshot({ house: houseOf(interests), store: by }, site, NOW)
    const [row] = await rowsOf(
      z.object({ ids: z.array(z.number()) }),
      "SELECT bitmapToArray(groupBitmapMergeState(ids)) AS ids FROM snapshot WHERE dimension = 'country:DE'",
    )
    return row?.ids ?? []
  }
  const [first, second] = [await dealt(store), await dealt(store)]
  expect(second).toHaveLength(first.length)
  expect(second).not.toEqual(first)
  const live = profiles.filter((each) => each.live)
  expect(Math.max(...first, ...second)).toBeLessThan(live.length)
  const ranksIn = (order: typeof live) => order.flatMap(({ traits }, rank) => (traits.country === 'DE' ? [rank] : []))
  const byPseudonym = ranksIn(live.toSorted((a, b) => (a.p < b.p ? -1 : 1)))
  for (const ids of [first, second]) for (const ranks of [ranksIn(live), byPseudonym]) expect(ids).not.toEqual(ranks)
  // Control: without the keyed hash the numbers would tell the order of the pseudonyms.
  const inOrder: Store = {
    ...store,
    command: (each, params) =>
      store.command({ ...each, sql: each.sql.replace(/sipHash64Keyed\(.+\), p/, 'p') }, params),
  }
  expect(await dealt(inOrder)).toEqual(byPseudonym)
  const all = await rowsOf(z.record(z.string(), z.unknown()), 'SELECT site, dimension, level, n FROM snapshot')
  expect(JSON.stringify(all)).not.toMatch(/[0-9a-f]{32}/)
  expect(
    await rowsOf(z.object({ name: z.string() }), "SELECT name FROM system.tables WHERE name LIKE 'snapshot_%'"),
  ).toEqual([])
})

test('an interest that has become special counts for nothing, not even for what it belongs to', async () => {
  const changed = { ...interests, interests: { ...interests.interests } }
  const solar = InterestName.parse('energy.solar')
  changed.interests[solar] = { name: { de: 'solar' }, special: true }
  const acts = (interest: string) => counted({ count: { interest: InterestName.parse(interest), weeks: 52, min: 1 } })
  const before = await acts('energy')
  await take(changed)
  expect(await acts('energy')).toBeLessThan(before)
  expect([await acts('energy.solar'), await acts('energy.solar.roof')]).toEqual([0, 0])
  const named = await rowsOf(z.object({ dimension: z.string() }), 'SELECT DISTINCT dimension FROM snapshot')
  expect(named.filter(({ dimension }) => dimension.includes('solar'))).toEqual([])
})

test('who was erased is counted until the next snapshot, and never after it', async () => {
  await take(interests)
  const every: ResolvedSegment = { seen: { weeks: 52 } }
  const before = await counted(every)
  const gone = inside(every).slice(0, 3)
  await store.command(deleteSignals, { ps: gone })
  await store.command(deleteProfiles, { ps: gone })
  expect(await counted(every)).toBe(before)
  await take(interests)
  expect(await counted(every)).toBe(before - 3)
})

test('is taken when there is none, when its week is over, when rules change and when a site has doubled', async () => {
  const at = (house: House, time: number) =>
    openSnapshots({ house, store, control: sql.control, now: () => time }).takeDue(time)
  const house = houseOf(interests)
  await store.command(defineCommand({ name: 'clear', sql: 'TRUNCATE TABLE snapshot', params: z.object({}) }), {})
  expect(await at(house, NOW)).toEqual([site])
  expect(await at(house, NOW)).toEqual([])
  expect(await at(houseOf(interestsWith({ low: 1, medium: 2, high: 3 })), NOW)).toEqual([site])
  const row = { site, until: now + 1, notice: 'new', week: now, country: 'DE', device: 'mobile', language: 'de' }
  const more = Array.from({ length: 400 }, (_, n) => ({ ...row, p: pseudonym(10_000 + n) }))
  await store.append('profiles', more.slice(0, 20), 'segments:few')
  expect(await at(houseOf(interestsWith({ low: 1, medium: 2, high: 3 })), NOW)).toEqual([])
  await store.append('profiles', more, 'segments:many')
  expect(await at(houseOf(interestsWith({ low: 1, medium: 2, high: 3 })), NOW)).toEqual([site])
  expect(await at(houseOf(interestsWith({ low: 1, medium: 2, high: 3 })), NOW + 7 * DAY_MS)).toEqual([site])
})

test('while another process takes it, nobody else does', async () => {
  const { takeAll, takeDue } = openSnapshots({ house: houseOf(interests), store, control: sql.control, now: () => NOW })
  const other = await underLease({ control: sql.control }, 'profiles.snapshot', async () => {
    expect(await takeDue(NOW + 21 * DAY_MS)).toEqual([])
    await expect(takeAll()).rejects.toMatchObject({ code: 'conflict' })
  })
  expect([other, await takeAll()]).toEqual([true, [site]])
})

test('nothing of a segment stands in its SQL', () => {
  const { sql, params } = countSql(
    { all: [{ interest: InterestName.parse('garden'), band: 'low' }, { trait: { language: ["o'"] } }] },
    { site, week: now },
  )
  expect(sql).not.toMatch(/garden|o'/)
  expect(Object.values(params)).toEqual(expect.arrayContaining(['interest:garden', ["language:o'"], site]))
})
