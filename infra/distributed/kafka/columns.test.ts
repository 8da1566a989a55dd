import { expect, test } from 'vitest'
import { dealColumns } from './columns.ts'

const deal = (had: Record<string, number[]>, partitions: number) =>
  Object.fromEntries(
    dealColumns(
      Object.entries(had).map(([id, had]) => ({ id, had })),
      partitions,
    ),
  )

test('one member has all, and several have them evenly', () => {
  expect(deal({ a: [] }, 3)).toEqual({ a: [0, 1, 2] })
  expect(deal({ a: [], b: [] }, 5)).toEqual({ a: [0, 2, 4], b: [1, 3] })
})

test('who comes takes as few as are fair, and nothing else moves', () => {
  expect(deal({ a: [0, 1, 2, 3], b: [] }, 4)).toEqual({ a: [0, 1], b: [2, 3] })
  expect(deal({ a: [0, 1, 2], b: [3, 4], c: [] }, 5)).toEqual({ a: [0, 1], b: [3, 4], c: [2] })
})

test('what a member left goes to the others, who keep theirs', () => {
  expect(deal({ a: [0, 1], c: [4] }, 5)).toEqual({ a: [0, 1, 3], c: [2, 4] })
})

test('two that say they had the same do not both get it, and more members than partitions leave some with none', () => {
  expect(deal({ a: [0], b: [0] }, 1)).toEqual({ a: [0], b: [] })
})
