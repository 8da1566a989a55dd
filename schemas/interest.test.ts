import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bandOf, scoreOf } from './interest.ts'
import { FOLD_AFTER_WEEKS, quarterOf } from './week.ts'

const now = 2_960
const halfLife = fc.double({ min: 0.5, max: 520, noNaN: true })
const points = fc.dictionary(fc.integer({ min: now - 52, max: now }).map(String), fc.nat(100_000), { maxKeys: 53 })

test('a half-life leaves half, and a week to come counts like this one', () => {
  expect(scoreOf(6, { [now]: 8, [now - 6]: 8 }, now)).toBe(12)
  expect(scoreOf(6, { [now + 3]: 8 }, now)).toBe(8)
})

test('a score is the exact sum of its parts, in whatever order they are added', () => {
  fc.assert(
    fc.property(halfLife, points, (half, weeks) => {
      const parts = Object.entries(weeks).map(([week, n]) => scoreOf(half, { [week]: n }, now))
      const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0)
      expect(sum(parts)).toBe(scoreOf(half, weeks, now))
      expect(sum(parts.reverse())).toBe(scoreOf(half, weeks, now))
    }),
  )
})

test('time and folding only ever age a score', () => {
  fc.assert(
    fc.property(halfLife, points, fc.nat(60), (half, weeks, later) => {
      const folded: Record<number, number> = {}
      for (const [week, n] of Object.entries(weeks)) {
        const quarter = quarterOf(Number(week))
        expect(quarter).toBeGreaterThan(Number(week) - FOLD_AFTER_WEEKS)
        folded[quarter] = (folded[quarter] ?? 0) + n
      }
      const score = scoreOf(half, weeks, now)
      expect(scoreOf(half, folded, now)).toBeLessThanOrEqual(score)
      expect(scoreOf(half, weeks, now + later)).toBeLessThanOrEqual(score)
    }),
  )
})

test('a band begins at its own threshold', () => {
  const config = { bands: { low: 1, medium: 4.5, high: 16 } }
  expect([0.99, 1, 4.49, 4.5, 16].map((score) => bandOf(config, score))).toEqual([
    'none',
    'low',
    'low',
    'medium',
    'high',
  ])
})
