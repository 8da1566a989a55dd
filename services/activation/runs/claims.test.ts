import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RunRow } from '../queries/runs.ts'
import { openClaims } from './claims.ts'
import type { Lease, Runs } from './runs.ts'

type Book = Pick<Runs, 'lease' | 'renew' | 'release'>
const runOf = (run: string): RunRow => ({
  ...{ run, audience: 'readers', destination: 'letter', state: 'running', reason: null, week: 1, sequence: 0 },
  ...{ waterfall: null, approved_by: null, started_by: 'mia', created_at: '', finished_at: null, lease_until: null },
})

/** A book whose renewals the test answers. */
function bookOf(renew: Book['renew']) {
  const released: number[] = []
  const book: Book = {
    lease: async (run): Promise<Lease> => ({ run: runOf(run), holder: randomUUID() }),
    renew,
    release: async (_lease, after = 0) => void released.push(after),
  }
  return { book, released }
}
async function take(renew: Book['renew']) {
  const { book, released } = bookOf(renew)
  const claims = openClaims(book)
  const claim = await claims.take('one')
  if (!claim) throw new Error('nobody else has it')
  return { claims, claim, released }
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
afterEach(() => vi.useRealTimers())

test('a run that is renewed is kept for as long as the work goes on', async () => {
  const { claim } = await take(async () => true)
  await vi.advanceTimersByTimeAsync(600_000)
  expect(claim.signal.aborted).toBe(false)
})

test('a renewal that is refused stops the work at once', async () => {
  const { claim } = await take(async () => false)
  const { signal } = claim
  await vi.advanceTimersByTimeAsync(5_000)
  expect(signal).toMatchObject({ aborted: true, reason: { code: 'conflict' } })
})

for (const [what, renew] of [
  ['fail', () => Promise.reject(new Error('away'))],
  ['are never answered', () => new Promise<boolean>(() => {})],
] as const)
  test(`while renewals ${what}, the work stops well before others may begin`, async () => {
    const { claim } = await take(renew)
    const { signal } = claim
    await vi.advanceTimersByTimeAsync(15_000)
    expect(signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(signal).toMatchObject({ aborted: true, reason: { code: 'sql_down' } })
  })

test('who stood still is told when it asks, before any timer', async () => {
  const { claim } = await take(async () => true)
  const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000)
  expect(claim.signal.aborted).toBe(true)
  now.mockRestore()
})

test('a run is nobody else’s in this process either, until it is given back', async () => {
  const { claims, claim } = await take(async () => true)
  expect(await claims.take('one', true)).toBeUndefined()
  expect(await claims.take('two')).toBeDefined()
  await claim.release()
  expect(await claims.take('one')).toBeDefined()
})

test('as the process closes, all work stops, and others need not wait for it', async () => {
  const { claims, claim, released } = await take(async () => true)
  claims.close()
  expect(claim.signal.aborted).toBe(true)
  await claim.release(30_000)
  expect(released).toEqual([0])
})
