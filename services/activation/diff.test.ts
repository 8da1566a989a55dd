import { expect, test } from 'vitest'
import { RunState } from '../../schemas/audience.ts'
import { idOf } from '../../test/fakes/activation.ts'
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
    rows: [
      { x: d, batch: 1, fingerprint: '', op: 'remove' },
      { x: b, batch: 2, fingerprint: 'f2', op: 'upsert' },
      { x: c, batch: 3, fingerprint: 'f3', op: 'upsert' },
    ],
    unchanged: 1,
  })
})

test('a row of which it is not known whether it arrived leaves again', () => {
  const { rows } = difference({ planned, acknowledged: new Map([[a, '']]), whole: false, batchSize: 10 })
  expect(rows.map(({ x }) => x)).toEqual([a, b, c])
})

test('a destination that replaces all gets all, and nobody is taken out', () => {
  const acknowledged = new Map([
    [a, 'f1'],
    [d, 'f4'],
  ])
  const { rows } = difference({ planned, acknowledged, whole: true, batchSize: 2 })
  expect(rows.map(({ x, batch, op }) => [x, batch, op])).toEqual([
    [a, 1, 'upsert'],
    [b, 1, 'upsert'],
    [c, 2, 'upsert'],
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
