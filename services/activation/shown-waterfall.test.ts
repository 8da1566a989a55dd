import { expect, test } from 'vitest'
import type { Waterfall } from '../../schemas/audience.ts'
import { Role } from '../../schemas/role.ts'
import { shownTo } from './shown-waterfall.ts'

const of = (...people: number[]): Waterfall => {
  const [selected = 0, notLocked = 0, notSuppressed = 0, mayMail = 0, mayMerge = 0, linked = 0, inSegment = 0] = people
  return { selected, notLocked, notSuppressed, mayMail, mayMerge, linked, inSegment }
}

test('what reaches the minimum everywhere is shown as it is', () => {
  const waterfall = { ...of(90, 80, 70, 60, 50, 40, 30), accepted: 20 }
  for (const role of Role.options) expect(shownTo(role, waterfall, 20)).toEqual({ waterfall, hidden: null })
})

test('a step that was not reached yet is not there, and one of fewer people than the minimum hides itself and the rest', () => {
  const { waterfall, hidden } = shownTo('marketer', of(90, 80, 70, 60, 50, 19, 0), 20)
  expect(waterfall).toEqual({ ...of(90, 80, 70, 60, 50), linked: null, inSegment: null })
  expect(hidden).toBe('linked and what comes after it: fewer than 20 people')
  expect(shownTo('marketer', { ...of(90, 80, 70, 60, 50, 40, 30), accepted: 3 }, 20).waterfall.accepted).toBeNull()
})

test('of a small selection nobody learns more but who may read consents', () => {
  for (const role of ['marketer', 'analyst', 'integration'] as const)
    expect(Object.values(shownTo(role, of(19, 19, 19, 19, 19, 19, 19), 20).waterfall)).toEqual([
      19,
      ...Array(6).fill(null),
    ])
  for (const role of ['admin', 'privacy'] as const)
    expect(shownTo(role, of(1, 1, 1, 1, 0, 0, 0), 20)).toEqual({ waterfall: of(1, 1, 1, 1, 0, 0, 0), hidden: null })
})
