import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ExportId } from '../../../schemas/ids.ts'
import { openTestSql, type TestSql } from '../../../test/engines/test-engines.ts'
import { idOf, NOW, range, seeds } from '../../../test/fakes/activation.ts'
import { batchesOf } from './diff.ts'
import { openRunBook } from './run-book.ts'
import { type Lease, openRuns, type Runs } from './runs.ts'

const DAY_MS = 86_400_000
const xs = range(1, 6)
  .map((n) => idOf(n))
  .sort()
const [a, b, c, d, e, f] = xs as [ExportId, ExportId, ExportId, ExportId, ExportId, ExportId]
const prints = xs.map((x) => `f${x}`)

let sql: TestSql
let now = NOW
let runs: Runs
beforeAll(async () => {
  sql = await openTestSql()
  runs = openRuns({ runs: sql.runs, clock: () => now })
})
afterAll(() => sql.close())
beforeEach(async () => {
  now = NOW
  await seeds(sql).clear()
})

const book = (lease: Lease) => openRunBook({ runs: sql.runs, clock: () => now }, lease)
const system = { actor: 'system' }

/** A run that is on its way, with a plan of one batch of six. */
async function running(op: 'upsert' | 'remove' = 'upsert') {
  const { run } = await runs.start('readers', 'letter', 'mia')
  const lease = await runs.lease(run)
  if (!lease) throw new Error('nobody else has it')
  await runs.writePlan(lease, batchesOf(op, xs, 6))
  await runs.become(run, 'running', system)
  return { run, lease, own: book(lease) }
}

const release = (leaving = xs, withheld: typeof xs = [], op: 'upsert' | 'remove' = 'upsert') =>
  ({ number: 1, op, leaving, withheld, sequence: 0 }) as const
const accepted = xs.map(() => 'accepted' as const)
const answer = { number: 1, op: 'upsert', xs, fingerprints: prints, delivery: accepted } as const
const held = async () => Object.fromEntries(await runs.acknowledged('readers', 'letter'))
const all = (print: (x: string) => string) => Object.fromEntries(xs.map((x) => [x, print(x)]))

test('a batch says for all of its people what became of them', async () => {
  const { run, own } = await running()
  expect(await runs.receipts(run)).toEqual([{ op: 'upsert', receipt: 'planned', n: 6 }])
  await own.release(release())
  expect(await own.out()).toEqual(xs)
  expect(await own.owed(1)).toEqual({ xs, said: true })
  expect(await own.outcome()).toEqual({ unknown: 6, later: 0, rejected: 0, accepted: 0 })
  await own.settle(answer)
  expect(await own.owedBatches()).toEqual([])
  expect(await runs.receipts(run)).toEqual([{ op: 'upsert', receipt: 'accepted', n: 6 }])
  expect(await held()).toEqual(all((x) => `f${x}`))
})

test('who fares otherwise has a row of their own, and is put off into a batch of their own', async () => {
  const { run, own } = await running()
  await own.release(release(xs.slice(1), xs.slice(0, 1)))
  expect(await own.owed(1)).toEqual({ xs: xs.slice(1), said: true })
  const delivery = ['later', 'rejected', 'suppressed', 'accepted', 'accepted'] as const
  await own.settle({ ...answer, xs: xs.slice(1), fingerprints: prints.slice(1), delivery })
  const counts = [
    ['accepted', 2],
    ['later', 1],
    ['rejected', 1],
    ['suppressed', 1],
    ['withheld', 1],
  ]
  expect((await runs.receipts(run)).map(({ receipt, n }) => [receipt, n])).toEqual(counts)
  expect(await own.out()).toEqual([b, e, f])
  // What it is not known to have taken is to be said again.
  expect(await held()).toEqual({ [b]: '', [c]: '', [d]: '', [e]: `f${e}`, [f]: `f${f}` })
  await own.moveLater('upsert', 6)
  expect(await own.owedBatches()).toEqual([{ number: 2, op: 'upsert' }])
  expect(await own.owed(2)).toEqual({ xs: [b], said: false })
  expect((await runs.receipts(run)).map(({ receipt, n }) => [receipt, n])).toEqual(
    counts.map(([receipt, n]) => [receipt === 'later' ? 'planned' : receipt, n]).toSorted(),
  )
})

test('an answer that did not come leaves its people owed, under the same number, and fewer of them each time', async () => {
  const { own } = await running()
  await own.release(release())
  await own.settle({ ...answer, delivery: 'unknown' })
  expect(await held()).toEqual(all(() => ''))
  expect(await own.owedBatches()).toEqual([{ number: 1, op: 'upsert' }])
  await own.release(release(xs.slice(2), xs.slice(0, 2)))
  await own.settle({ ...answer, xs: xs.slice(2), fingerprints: prints.slice(2), delivery: accepted.slice(2) })
  expect(await own.owedBatches()).toEqual([])
  expect(await own.out()).toEqual(xs.slice(2))
})

test('who was released and never answered for may be there, so it is written down when the run ends', async () => {
  const { run, own } = await running()
  await own.release(release(xs.slice(1), xs.slice(0, 1)))
  expect(await held()).toEqual({})
  await runs.become(run, 'failed', system)
  expect(await held()).toEqual(Object.fromEntries(xs.slice(1).map((x) => [x, ''])))
})

test('who was released by an attempt that died may be there, also if they are not said again', async () => {
  const { run, own } = await running()
  await own.release(release())
  await own.expectReleased()
  await own.release(release(xs.slice(2), xs.slice(0, 2)))
  await own.settle({ ...answer, xs: xs.slice(2), fingerprints: prints.slice(2), delivery: accepted.slice(2) })
  await runs.become(run, 'done', system)
  expect(await held()).toEqual({ ...all((x) => `f${x}`), [a]: '', [b]: '' })
})

/** A run that is over takes somebody out while the next one brings them in; neither has its answer yet. */
async function crossing() {
  const first = await running()
  await first.own.release(release())
  await first.own.settle(answer)
  await runs.become(first.run, 'done', system)
  await first.own.addRemovals([a], 6)
  const second = await running()
  await second.own.release(release())
  await first.own.release({ ...release([a], [], 'remove'), number: 2 })
  return { first, second }
}
const takenOut = { number: 2, op: 'remove', xs: [a], fingerprints: [], delivery: ['accepted'] } as const

test('what a run says of somebody whom another takes out meanwhile is not believed', async () => {
  const { first, second } = await crossing()
  await second.own.settle(answer)
  await first.own.settle(takenOut)
  expect(await held()).toEqual(all((x) => (x === a ? '' : `f${x}`)))
  expect(await runs.acceptedCount('readers', 'letter')).toBe(5)
})

test('nor if the removal was answered first', async () => {
  const { first, second } = await crossing()
  await first.own.settle(takenOut)
  await second.own.settle(answer)
  expect(await held()).toEqual(all((x) => (x === a ? '' : `f${x}`)))
})

test('after 30 days nobody is kept whose removal was put off into another batch, nor who is out by now', async () => {
  const { run, lease, own } = await running('remove')
  await own.release(release(xs, [], 'remove'))
  const delivery = ['later', 'rejected', 'accepted', 'accepted', 'accepted', 'accepted'] as const
  await own.settle({ number: 1, op: 'remove', xs, fingerprints: [], delivery })
  await own.moveLater('remove', 6)
  await own.release({ ...release([a], [], 'remove'), number: 2 })
  await own.settle({ number: 2, op: 'remove', xs: [a], fingerprints: [], delivery: ['accepted'] })
  await runs.become(run, 'done', system)
  await runs.release(lease)
  now += 31 * DAY_MS
  await runs.expire()
  expect(await runs.receipts(run)).toEqual([{ op: 'remove', receipt: 'rejected', n: 1 }])
  const left = JSON.stringify([await seeds(sql).all('runs.batches'), await seeds(sql).all('runs.exceptions')])
  expect(xs.filter((x) => left.includes(x))).toEqual([b])
})

test('after 30 days the people of a run are gone, except those whose removal is owed or was refused', async () => {
  const { run, lease, own } = await running('remove')
  await own.release(release(xs, [], 'remove'))
  const refusing = xs.map((_, n) => (n === 2 ? ('rejected' as const) : ('accepted' as const)))
  await own.settle({ number: 1, op: 'remove', xs, fingerprints: [], delivery: refusing })
  await own.addRemovals([a, b], 6)
  await runs.become(run, 'done', system)
  await runs.release(lease)
  expect(await runs.owing()).toEqual([run])
  const people = async () => JSON.stringify(await seeds(sql).all('runs.batches'))
  const counts = await runs.receipts(run)
  now += 29 * DAY_MS
  await runs.expire()
  expect(await runs.receipts(run)).toEqual(counts)
  now += 2 * DAY_MS
  await runs.expire()
  expect(await runs.receipts(run)).toEqual([
    { op: 'remove', receipt: 'planned', n: 2 },
    { op: 'remove', receipt: 'rejected', n: 1 },
  ])
  const left = await people()
  expect(xs.filter((x) => left.includes(x))).toEqual([a, b, c])
})

test('the upserts of a run that is over go after 30 days, with all that was written beside them', async () => {
  const { run, own } = await running()
  await own.release(release(xs.slice(1), xs.slice(0, 1)))
  await own.settle({ ...answer, xs: xs.slice(1), fingerprints: prints.slice(1), delivery: accepted.slice(1) })
  await runs.become(run, 'done', system)
  now += 31 * DAY_MS
  await runs.expire()
  for (const table of ['runs.batches', 'runs.exceptions']) expect(await seeds(sql).all(table)).toEqual([])
  expect(Object.keys(await held())).toEqual(xs.slice(1))
})

test('a run is kept while it is not over, however old, or has rows; of another nothing is known', async () => {
  const { run, own } = await running()
  await own.release(release())
  now += 31 * DAY_MS
  const kept = async () => [...(await runs.keptRuns([run, randomUUID(), 'notes'], await runs.expire()))]
  expect(await kept()).toEqual([[run, true]])
  await runs.become(run, 'failed', system)
  await own.addRemovals([a], 6)
  expect(await kept()).toEqual([[run, true]])
  await own.release({ ...release([a], [], 'remove'), number: 2 })
  await own.settle({ number: 2, op: 'remove', xs: [a], fingerprints: [], delivery: ['accepted'] })
  expect(await kept()).toEqual([[run, false]])
})

test('nobody takes a run over by a clock that is ahead', async () => {
  const { run, lease } = await running()
  const ahead = openRuns({ runs: sql.runs, clock: () => now + 3_600_000 })
  expect(await ahead.lease(run)).toBeUndefined()
  expect(await ahead.abandoned()).toEqual([])
  await runs.release(lease)
  expect(await ahead.abandoned()).toHaveLength(1)
})

test('whom a process that has lost the run may have brought back is taken out again, also while they are being taken out', async () => {
  const { run, own } = await running()
  await own.release(release())
  await seeds(sql).leasesRunOut()
  const taken = await runs.lease(run)
  if (!taken) throw new Error('nobody else has it')
  const other = book(taken)
  await other.addRemovals([a, b], 6)
  const removing = {
    number: 2,
    op: 'remove',
    xs: [a, b],
    fingerprints: [],
    delivery: ['accepted', 'accepted'],
  } as const
  await other.release({ ...release([a, b], [], 'remove'), number: 2 })
  await expect(own.settle(answer)).rejects.toMatchObject({ code: 'conflict' })
  await other.settle(removing)
  expect(await other.owedBatches()).toEqual([
    { number: 1, op: 'upsert' },
    { number: 3, op: 'remove' },
  ])
  expect(await other.owed(3)).toEqual({ xs: [a, b], said: false })
})

test('whoever has lost the run writes nothing any more', async () => {
  const { run, lease, own } = await running()
  await seeds(sql).leasesRunOut()
  expect(await runs.lease(run)).toBeDefined()
  const plan = runs.writePlan(lease, batchesOf('upsert', [a], 6))
  const changes = [own.expectReleased(), own.release(release()), own.settle(answer), own.withhold(xs)]
  const writes = [...changes, own.addRemovals(xs, 6), plan]
  for (const write of await Promise.allSettled(writes))
    expect(write).toMatchObject({ status: 'rejected', reason: { code: 'conflict' } })
  expect(await runs.receipts(run)).toEqual([{ op: 'upsert', receipt: 'planned', n: 6 }])
})
