import { expect, test } from 'vitest'
import { RunState } from '../../../schemas/audience.ts'
import { idOf } from '../../../test/fakes/activation.ts'
import { difference } from './diff.ts'
import { mayBecome, openStates, refuseUnless } from './run-states.ts'

const [a, b, c, d] = [idOf(1), idOf(2), idOf(3), idOf(4)] as const
const planned = [
  { x: a, fingerprint: 'f1' },
  { x: b, fingerprint: 'f2' },
  { x: c, fingerprint: 'f3' },
]

test('only what changed leaves, and who is not planned any more is taken out first', () => {
  const acknowledged = new Map([
    [a, 'f1'],
    [b, 'old'],
    [d, 'f4'],
  ])
  expect(difference({ planned, acknowledged, whole: false, batchSize: 1 })).toEqual({
    batches: [
      { number: 1, op: 'remove', xs: [d] },
      { number: 2, op: 'upsert', xs: [b] },
      { number: 3, op: 'upsert', xs: [c] },
    ],
    unchanged: 1,
  })
})

test('a row of which it is not known whether it arrived leaves again', () => {
  const { batches } = difference({ planned, acknowledged: new Map([[a, '']]), whole: false, batchSize: 10 })
  expect(batches.flatMap(({ xs }) => xs)).toEqual([a, b, c])
})

test('a destination that replaces all gets all, and nobody is taken out', () => {
  const acknowledged = new Map([
    [a, 'f1'],
    [d, 'f4'],
  ])
  const { batches } = difference({ planned, acknowledged, whole: true, batchSize: 2 })
  expect(batches).toEqual([
    { number: 1, op: 'upsert', xs: [a, b] },
    { number: 2, op: 'upsert', xs: [c] },
  ])
})

test('the ways between the states are these and no others', () => {
  const ways = RunState.options.flatMap((from) =>
    RunState.options.filter((to) => mayBecome(from, to)).map((to) => `${from} > ${to}`),
  )
  expect(ways).toEqual([
    ...['planned > planned', 'planned > held', 'planned > running', 'planned > failed'],
    ...['held > planned', 'held > running', 'held > recalled'],
    ...['running > interrupted', 'running > done', 'running > partly_done', 'running > failed'],
    ...['interrupted > running', 'interrupted > recalled', 'done > recalled'],
    ...['partly_done > running', 'partly_done > recalled'],
    ...['failed > planned', 'failed > running', 'failed > recalled'],
  ])
  expect(openStates).toEqual(['planned', 'held', 'running', 'interrupted'])
  expect(() => refuseUnless('done', ['held'], 'approved')).toThrow(
    'the run is done; only one that is held can be approved',
  )
})
