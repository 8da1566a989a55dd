import { expect, test } from 'vitest'
import { parseSelection } from './selection-parse.ts'

const problemsOf = (input: unknown) => {
  const parsed = parseSelection(input)
  return parsed.ok ? [] : parsed.problems
}

test('every form of the design is taken as it is', () => {
  const tree = {
    all: [
      { attribute: 'country', equals: 'DE' },
      {
        any: [
          { attribute: 'tier', in: ['gold', 3, true] },
          { attribute: 'score', range: { from: 2 } },
        ],
      },
      { not: { attribute: 'phone', exists: true } },
      { orders: { days: 90, count: { min: 2 }, revenue: { max: 100 } } },
      { birthday: { within: 14 } },
      { member: 'vip' },
      { source: 'crm' },
    ],
  }
  expect(parseSelection(tree)).toEqual({ ok: true, selection: tree })
})

test('a mistake is named by its path and by the form that is allowed there', () => {
  expect(problemsOf({ all: [{ source: 'crm' }, { orders: { days: 'x' } }] })).toEqual([
    { path: 'all[1].orders.days', message: expect.stringContaining('{ orders: { days, category') },
  ])
  expect(problemsOf({ any: [{ colour: 'red' }] })).toEqual([
    { path: 'any[0]', message: expect.stringMatching(/no condition of colour; expected one of .*\{ member \}/) },
  ])
  expect(problemsOf({ all: [], any: [] })).toMatchObject([{ path: '(root)', message: expect.stringContaining('any') }])
  expect(problemsOf({ attribute: 'born', range: { from: 1, to: '2026-01-01' } })).toMatchObject([
    { path: 'range', message: expect.stringContaining('two numbers or two dates') },
  ])
})

test('all mistakes are told together', () => {
  expect(problemsOf({ all: [{ member: 1 }, null, { not: 'x' }] }).map(({ path }) => path)).toEqual([
    'all[0].member',
    'all[1]',
    'all[2].not',
  ])
})

test('five levels and fifty conditions pass, one more does not', () => {
  const nested = (levels: number): unknown => (levels === 1 ? { member: 'a' } : { not: nested(levels - 1) })
  expect(problemsOf(nested(5))).toEqual([])
  expect(problemsOf(nested(6))).toMatchObject([{ path: 'not.not.not.not.not' }])
  const wide = (leaves: number) => ({ any: Array.from({ length: leaves }, () => ({ member: 'a' })) })
  expect(problemsOf(wide(50))).toEqual([])
  expect(problemsOf(wide(51))).toMatchObject([{ path: '(root)' }])
})
