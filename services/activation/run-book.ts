/** The book of one run, under its lease: what is about to leave is written down first, and what came of it after. */

import { type Audit, auditOf } from '../../infra/audit.ts'
import type { Sql, SqlSession } from '../../infra/ports/sql.ts'
import type { Batch } from '../../schemas/audience.ts'
import { Fault } from '../../schemas/fault.ts'
import type { ExportId } from '../../schemas/ids.ts'
import { acknowledgeRows, adoptRows, expectRows, forgetRows } from './acknowledged-statements.ts'
import {
  addRows,
  type BookedRow,
  lastOfRun,
  laterRows,
  moveRows,
  outRows,
  owedBatches,
  owedRemovals,
  owedRows,
  type RowReceipt,
  receiptCounts,
  removedRows,
  setReceipts,
  withholdRows,
} from './row-statements.ts'
import { renewLease } from './run-statements.ts'
import { LEASE_MS, type Lease } from './runs.ts'

export interface Release {
  readonly number: number
  readonly op: Batch['op']
  /** With the fingerprint of what leaves now. */
  readonly leaving: readonly (Pick<BookedRow, 'position' | 'x'> & { readonly fingerprint: string })[]
  readonly withheld: readonly Pick<BookedRow, 'position'>[]
  /** Up to where the ledger was read before it leaves. */
  readonly sequence: number
}

export interface Settlement {
  readonly number: number
  readonly op: Batch['op']
  readonly answered: readonly (Release['leaving'][number] & { readonly receipt: RowReceipt })[]
}

/** Rows that are still to be settled with the destination; none when all is well. */
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
  owedRows(batch: number): Promise<readonly BookedRow[]>
  owedRemovals(): Promise<readonly BookedRow[]>
  /** Whom the run has brought out, or may have, and has not taken back. */
  out(): Promise<readonly ExportId[]>
  removed(): Promise<readonly ExportId[]>
  outcome(): Promise<Outcome>
  /** Written first: a crash in between leaves a disclosure that did not happen, never one that stands nowhere. */
  release(release: Release): Promise<void>
  settle(settlement: Settlement): Promise<void>
  /** People whom a last look kept out of what had been handed over. */
  withhold(people: readonly ExportId[]): Promise<void>
  /** New rows at the end, in batches of their own. */
  addRemovals(people: readonly ExportId[], batchSize: number): Promise<readonly BookedRow[]>
  /** Rows that were answered and not taken: they go out again, in batches of their own. */
  moveLater(batchSize: number): Promise<void>
}

const audit: Audit = auditOf('runs')

export interface RunBookDeps {
  readonly runs: Sql
  readonly clock: () => number
}

/** Every write throws `conflict` once another process has taken the run over. */
export function openRunBook({ runs: sql, clock }: RunBookDeps, { run, holder }: Lease): RunBook {
  const { audience, destination } = run
  const place = { audience, destination, run: run.run }

  async function written<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return sql.transaction(async (session) => {
      const until = new Date(clock() + LEASE_MS).toISOString()
      const mine = await session.run(renewLease, { run: run.run, holder, until })
      if (mine.length === 0) throw new Fault('conflict', `another process has taken over the run ${run.run}`)
      return work(session)
    })
  }

  const own = { run: run.run }
  const last = async () => (await sql.run(lastOfRun, own))[0] ?? { position: 0, batch: 0 }
  const people = (rows: readonly { readonly x: ExportId }[]) => rows.map(({ x }) => x)

  return {
    owedBatches: () => sql.run(owedBatches, own),
    owedRows: (batch) => sql.run(owedRows, { ...own, batch }),
    owedRemovals: () => sql.run(owedRemovals, own),
    out: async () => people(await sql.run(outRows, own)),
    removed: async () => people(await sql.run(removedRows, own)),

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

    async release({ number, op, leaving, withheld, sequence }) {
      const xs = leaving.map(({ x }) => x)
      await written(async (session) => {
        await session.run(setReceipts, {
          run: run.run,
          positions: [...leaving, ...withheld].map(({ position }) => position),
          receipts: [...leaving.map(() => 'released' as const), ...withheld.map(() => 'withheld' as const)],
          fingerprints: [...leaving.map(({ fingerprint }) => fingerprint), ...withheld.map(() => '')],
        })
        if (xs.length === 0) return
        await session.run(op === 'upsert' ? expectRows : adoptRows, { ...place, xs })
        const detail = { run: run.run, audience, destination, batch: number, op, sequence, x: xs }
        await audit.note(session, { actor: 'activation', act: 'disclosed', detail }, clock())
      })
    },

    async settle({ number, op, answered }) {
      const accepted = answered.filter(({ receipt }) => receipt === 'accepted')
      const xs = people(accepted)
      await written(async (session) => {
        await session.run(setReceipts, {
          run: run.run,
          positions: answered.map(({ position }) => position),
          receipts: answered.map(({ receipt }) => receipt),
          fingerprints: answered.map(() => ''),
        })
        if (op === 'remove') await session.run(forgetRows, { ...place, xs })
        else await session.run(acknowledgeRows, { ...place, xs, fingerprints: accepted.map((row) => row.fingerprint) })
        const counts: Partial<Record<RowReceipt, number>> = {}
        for (const { receipt } of answered) counts[receipt] = (counts[receipt] ?? 0) + 1
        const detail = { run: run.run, batch: number, op, ...counts }
        await audit.note(session, { actor: 'activation', act: 'answered', detail }, clock())
      })
    },

    async withhold(kept) {
      await written((session) => session.run(withholdRows, { ...own, xs: [...kept] }))
    },

    async addRemovals(gone, batchSize) {
      const { position, batch } = await last()
      const added = gone.map((x, n): BookedRow => {
        const number = batch + 1 + Math.floor(n / batchSize)
        return { position: position + n + 1, x, batch: number, fingerprint: '', op: 'remove', receipt: null }
      })
      await written((session) =>
        session.run(addRows, {
          run: run.run,
          positions: added.map(({ position }) => position),
          xs: added.map(({ x }) => x),
          batches: added.map((row) => row.batch),
          fingerprints: added.map(() => ''),
          ops: added.map(() => 'remove' as const),
        }),
      )
      return added
    },

    async moveLater(batchSize) {
      const moved = await sql.run(laterRows, own)
      if (moved.length === 0) return
      const { batch } = await last()
      await written((session) =>
        session.run(moveRows, {
          run: run.run,
          positions: moved.map(({ position }) => position),
          batches: moved.map((_, n) => batch + 1 + Math.floor(n / batchSize)),
        }),
      )
    },
  }
}
