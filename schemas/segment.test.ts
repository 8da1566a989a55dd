import { expect, test } from 'vitest'
import { bandsOf, Interests, Signal, SignalKind } from './interest.ts'
import { inSegment, type ResolvedSegment, SegmentLeaf } from './segment.ts'

const now = 2_960
const weeks = { from: 0, now }
const interestsWith = (special: boolean) =>
  Interests.parse({
    halfLifeWeeks: 6,
    bands: { low: 1, medium: 4, high: 16 },
    weights: Object.fromEntries(SignalKind.options.map((kind) => [kind, 1])),
    interests: {
      body: { name: { en: 'Body' } },
      'body.diabetes': { name: { en: 'Diabetes' }, special },
    },
    rules: [],
  })
const acts = (interest: string, n = 20) => Signal.parse({ interest, week: now, kind: 'view', n })
const matches = (segment: unknown, signals: readonly Signal[], interests = interestsWith(true)) =>
  inSegment(
    SegmentLeaf.parse(segment) as ResolvedSegment,
    { seenWeek: now, traits: { country: '', device: '', language: '' }, signals },
    interests,
    weeks,
  )

test.each([
  ['a band of what it belongs to', { interest: 'body', band: 'low' }],
  ['a band of its own', { interest: 'body.diabetes', band: 'low' }],
  ['acts of what it belongs to', { count: { interest: 'body', weeks: 4, min: 1 } }],
  ['acts of its own', { count: { interest: 'body.diabetes', weeks: 4, min: 1 } }],
  ['acts of any kind', { count: { weeks: 4, min: 1 } }],
])('an interest that has become special, and what lies under it, chooses nobody by %s', (_, leaf) => {
  const before = [acts('body.diabetes.insulin')]
  const insideBefore = matches(leaf, before, interestsWith(false))
  expect(insideBefore).toBe(true)
  expect(matches(leaf, before)).toBe(false)
  expect(matches(leaf, [acts('body.diabetes')])).toBe(false)
})

test('beside it, all else counts as it did', () => {
  const mixed = [acts('body.diabetes'), acts('body.diabetes-free', 4), acts('body', 1)]
  expect(matches({ count: { interest: 'body', weeks: 4, min: 5 } }, mixed)).toBe(true)
  expect(matches({ count: { weeks: 4, min: 6 } }, mixed)).toBe(false)
  expect(bandsOf(interestsWith(true), mixed, weeks)).toEqual([{ interest: 'body', band: 'medium' }])
  expect(bandsOf(interestsWith(false), mixed, weeks)).toEqual([
    { interest: 'body', band: 'high' },
    { interest: 'body.diabetes', band: 'high' },
  ])
})
