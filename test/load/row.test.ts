import { expect, test } from 'vitest'
import { tableOf } from './keep.ts'
import { describeMachine } from './machine.ts'
import { median, quantile } from './row.ts'

test('a quantile is the least value that the share does not exceed, whatever the order', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n)
  expect([0.5, 0.99, 1].map((share) => quantile(hundred, share))).toEqual([50, 99, 100])
  expect(quantile([7], 0.99)).toBe(7)
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
})

test('the table says which bar was missed, which was only reported, and which row could not be measured', () => {
  const machine = describeMachine('.')
  const finding = { what: 'rate', value: '9/s', bar: '>= 10/s', numbers: {} }
  const table = tableOf({
    1: { name: 'first', at: '', machine, findings: [{ ...finding, met: false }, finding] },
    2: { name: 'second', at: '', machine, findings: [], failed: 'no disk' },
  })
  const lines = table.split('\n').map((line) => line.replaceAll(/ +/g, ' '))
  expect(lines.slice(2)).toEqual([
    '| 1 | **first** | | | |',
    '| | rate | 9/s | >= 10/s MISSED | |',
    '| | rate | 9/s | >= 10/s | |',
    '| 2 | **second** | | | not measured: no disk |',
  ])
})
