/** The book of one run, under its lease: what is about to leave is written down first, and what came of it after. */

import { type Audit, auditOf } from '../../../infra/control/audit.ts'
import type { Sql, SqlSession } from '../../../infra/ports/sql.ts'
import type { Batch, Delivery, Receipt } from '../../../schemas/audience.ts'
import { Fault } from '../../../schemas/fault.ts'
import type { ExportId } from '../../../schemas/ids.ts'
import { acknowledgePeople, acknowledgeReleased, adoptPeople, forgetPeople } from '../queries/acknowledged.ts'
import {
  addBatches,
  addExceptions,
  columnsOf,
  type Exception,
  lastBatch,
  laterPeople,
  listOf,
  moveLaterPeople,
  outPeople,
  owedBatch,
  owedBatches,
  receiptCounts,
  removedPeople,
  setBatchState,
  withholdPeople,
} from '../queries/batches.ts'
import { lockRun } from '../queries/runs.ts'
import { batchesOf, type PlannedBatch } from './diff.ts'
import { type Lease, underLease } from './runs.ts'

export interface OwedBatch {
  /** In order, those who are still owed. */
  readonly xs: readonly ExportId[]
  /** Released before, and nobody knows what arrived. */
  readonly said: boolean
}

export interface Release {
  readonly number: number
  readonly op: Batch['op']
  readonly leaving: readonly ExportId[]
  readonly withheld: readonly ExportId[]
  /** Up to where the ledger was read before it leaves. */
  readonly sequence: number
  /** Nothing is said to the destination, because nothing is left of it. */
  readonly unsaid?: boolean
}

export interface Settlement {
  readonly number: number
  readonly op: Batch['op']
  readonly xs: readonly ExportId[]
  /** Of each of them as it left; of removals none. */
  readonly fingerprints: readonly string[]
  readonly delivery: Delivery
}

/** People who are still to be settled with the destination; none when all is well. */
export interface Outcome {
  /** Without an answer. */
  readonly unknown: number
  readonly later: number
  /** Removals that were refused. */
  readonly rejected: number
  /** Upserts that were taken. */
  readonly accepted: number
}

export interface RunBook {
  /** Batches of which something is owed: not released yet, or never answered. */
  owedBatches(): Promise<readonly { readonly number: number; readonly op: Batch['op'] }[]>
  owed(batch: number): Promise<OwedBatch>
  /** Whom the run has brought out, or may have, and has not taken back. */
  out(): Promise<readonly ExportId[]>
  removed(): Promise<readonly ExportId[]>
  outcome(): Promise<Outcome>
  /** Whom an attempt released that died before the answer: they may be there, also those who are not said again. */
  expectReleased(): Promise<void>
  /** Written first: a crash in between leaves a disclosure that did not happen, never one that stands nowhere. */
  release(release: Release): Promise<void>
  /**
   * From here on it is known what the destination holds; until then it may hold all who were released. Once the run is another process's,
   * what this one sent may have arrived after that one's removals: whom of it they took out is owed a removal again, and so `conflict` is
   * thrown. It cannot be said of a call that is taken in after its sender died, or lost the database for good.
   */
  settle(settlement: Settlement): Promise<void>
  /** People whom a last look kept out of what had been handed over. */
  withhold(people: readonly ExportId[]): Promise<void>
  /** At the end, in batches of their own. */
  addRemovals(people: readonly ExportId[], batchSize: number): Promise<readonly PlannedBatch[]>
  /** People who were answered for and not taken: they go out again, in batches of their own. */
  moveLater(op: Batch['op'], batchSize: number): Promise<void>
}

const audit: Audit = auditOf('runs')

export interface RunBookDeps {
  readonly runs: Sql
  readonly clock: () => number
}

/** Every write throws `conflict` once another process has taken the run over. */
export function openRunBook(deps: RunBookDeps, lease: Lease): RunBook {
  const { runs: sql, clock } = deps
  const { run } = lease
  const { audience, destination } = run
  const place = { audience, destination, run: run.run }
  const own = { run: run.run }

  const written = <T>(work: (session: SqlSession) => Promise<T>): Promise<T> => underLease(sql, lease, work)

  async function except(session: SqlSession, number: number, people: ReadonlyMap<ExportId, Exception>): Promise<void> {
    if (people.size === 0) return
    await session.run(addExceptions, { ...own, number, xs: [...people.keys()], receipts: [...people.values()] })
  }

  /** With the next numbers of the run. */
  async function append(session: SqlSession, op: Batch['op'], people: readonly ExportId[], batchSize: number) {
    const [last] = await session.run(lastBatch, own)
    const added = batchesOf(op, people.toSorted(), batchSize, 1 + (last?.number ?? 0))
    await session.run(addBatches, { ...own, ...columnsOf(added) })
    return added
  }

  /** In a batch that nobody has begun to say, also when the other process is just saying the first one. */
  async function oweAgain(sent: readonly ExportId[]): Promise<void> {
    const people = new Set(sent)
    await sql.transaction(async (session) => {
      await session.run(lockRun, own)
      const back = (await session.run(removedPeople, own)).flatMap(({ x }) => (people.delete(x) ? [x] : []))
      if (back.length > 0) await append(session, 'remove', back, back.length)
    })
  }

  return {
    owedBatches: () => sql.run(owedBatches, own),
    async owed(number) {
      const [batch] = await sql.run(owedBatch, { ...own, number })
      if (!batch) throw new Error(`the run has no batch ${number}`)
      const exceptions = new Set(batch.exceptions)
      const xs = exceptions.size === 0 ? batch.xs : batch.xs.filter((x) => !exceptions.has(x))
      return { xs, said: batch.state !== 'planned' }
    },
    out: async () => (await sql.run(outPeople, own)).map(({ x }) => x),
    removed: async () => (await sql.run(removedPeople, own)).map(({ x }) => x),

    async outcome() {
      const counts = await sql.run(receiptCounts, own)
      const count = (op: Batch['op'] | undefined, ...receipts: string[]) =>
        counts
          .filter((each) => (op === undefined || each.op === op) && receipts.includes(each.receipt))
          .reduce((sum, { n }) => sum + n, 0)
      return {
        unknown: count(undefined, 'released', 'unknown'),
        later: count(undefined, 'later'),
        rejected: count('remove', 'rejected'),
        accepted: count('upsert', 'accepted'),
      }
    },

    async expectReleased() {
      await written((session) => session.run(acknowledgeReleased, place))
    },

    async release({ number, op, leaving, withheld, sequence, unsaid = false }) {
      await written(async (session) => {
        await session.run(setBatchState, { ...own, number, state: unsaid ? 'answered' : 'released' })
        await except(session, number, new Map(withheld.map((x) => [x, 'withheld'])))
        if (leaving.length === 0) return
        if (op === 'remove') await session.run(adoptPeople, { ...place, xs: [...leaving] })
        const detail = { run: run.run, audience, destination, batch: number, op, sequence, x: leaving }
        await audit.note(session, { actor: 'activation', act: 'disclosed', detail }, clock())
      })
    },

    async settle({ number, op, xs, fingerprints, delivery }) {
      const { refused, counts } = receiptsOf(xs, delivery)
      await written(async (session) => {
        const taken = (x: ExportId) => delivery !== 'unknown' && !refused.has(x)
        if (op === 'remove') await session.run(forgetPeople, { ...place, xs: xs.filter(taken) })
        else if (xs.length > 0) {
          const all = delivery !== 'unknown' && refused.size === 0
          const known = all ? fingerprints : xs.map((x, n) => (taken(x) ? (fingerprints[n] ?? '') : ''))
          await session.run(acknowledgePeople, { ...place, xs: listOf(xs), fingerprints: listOf(known) })
        }
        await session.run(setBatchState, { ...own, number, state: delivery === 'unknown' ? 'unknown' : 'answered' })
        await except(session, number, refused)
        const detail = { run: run.run, batch: number, op, ...counts }
        await audit.note(session, { actor: 'activation', act: 'answered', detail }, clock())
      }).catch(async (error: unknown) => {
        if (op === 'upsert' && error instanceof Fault && error.code === 'conflict') await oweAgain(xs)
        throw error
      })
    },

    async withhold(kept) {
      await written((session) => session.run(withholdPeople, { ...own, xs: [...kept] }))
    },

    addRemovals: (gone, batchSize) => written((session) => append(session, 'remove', gone, batchSize)),

    async moveLater(op, batchSize) {
      const later = (await sql.run(laterPeople, { ...own, op })).map(({ x }) => x)
      if (later.length === 0) return
      await written(async (session) => {
        await session.run(moveLaterPeople, { ...own, op })
        await append(session, op, later, batchSize)
      })
    },
  }
}

/** Who was not taken, and how many fared how. */
function receiptsOf(xs: readonly ExportId[], delivery: Delivery) {
  const refused = new Map<ExportId, Exclude<Receipt, 'accepted'>>()
  const counts: Partial<Record<Receipt | 'unknown', number>> = {}
  for (const [n, x] of xs.entries()) {
    const receipt = delivery === 'unknown' ? delivery : (delivery[n] ?? 'unknown')
    counts[receipt] = (counts[receipt] ?? 0) + 1
    if (receipt !== 'accepted' && receipt !== 'unknown') refused.set(x, receipt)
  }
  return { refused, counts }
}
