/** The book of one run, under its lease: what is about to leave is written down first, and what came of it after. */

import { type Audit, auditOf } from '../../infra/audit.ts'
import type { Sql, SqlSession } from '../../infra/ports/sql.ts'
import type { Batch } from '../../schemas/audience.ts'
import { Fault } from '../../schemas/fault.ts'
import type { ExportId } from '../../schemas/ids.ts'
import { acknowledgeRows, adoptRows, expectRows, forgetRows } from './acknowledged-statements.ts'
import { pages } from './pages.ts'
import {
  addRows,
  type BookedRow,
  moveRows,
  type RowReceipt,
  renewLease,
  rowPage,
  setReceipts,
} from './run-statements.ts'
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
  readonly receipts: readonly { readonly position: number; readonly receipt: RowReceipt }[]
}

export interface RunBook {
  rows(): Promise<readonly BookedRow[]>
  /** Written first: a crash in between leaves a disclosure that did not happen, never one that stands nowhere. */
  release(release: Release): Promise<void>
  settle(settlement: Settlement): Promise<void>
  /** Rows that a last look kept out of what had been handed over. */
  withhold(rows: readonly Pick<BookedRow, 'position'>[]): Promise<void>
  /** New rows at the end, in batches of their own. */
  addRemovals(people: readonly ExportId[], batchSize: number): Promise<readonly BookedRow[]>
  /** Rows that were answered and not taken: they go out again, in batches of their own. */
  moveToNewBatches(rows: readonly BookedRow[], batchSize: number): Promise<void>
}

const audit: Audit = auditOf('runs')
const PAGE = 10_000

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

  async function rows(): Promise<BookedRow[]> {
    const all: BookedRow[] = []
    const next = (after: number) => sql.run(rowPage, { run: run.run, after, limit: PAGE })
    for await (const page of pages(next, 0, ({ position }) => position)) all.push(...page)
    return all
  }

  return {
    rows,
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

    async settle({ number, op, receipts }) {
      await written(async (session) => {
        await session.run(setReceipts, {
          run: run.run,
          positions: receipts.map(({ position }) => position),
          receipts: receipts.map(({ receipt }) => receipt),
          fingerprints: receipts.map(() => ''),
        })
        await session.run(op === 'upsert' ? acknowledgeRows : forgetRows, { ...place, batch: number })
        const counts: Partial<Record<RowReceipt, number>> = {}
        for (const { receipt } of receipts) counts[receipt] = (counts[receipt] ?? 0) + 1
        const detail = { run: run.run, batch: number, op, ...counts }
        await audit.note(session, { actor: 'activation', act: 'answered', detail }, clock())
      })
    },

    async withhold(kept) {
      await written((session) =>
        session.run(setReceipts, {
          run: run.run,
          positions: kept.map(({ position }) => position),
          receipts: kept.map(() => 'withheld' as const),
          fingerprints: kept.map(() => ''),
        }),
      )
    },

    async addRemovals(people, batchSize) {
      const before = await rows()
      const last = before.at(-1)?.position ?? 0
      const batch = 1 + Math.max(0, ...before.map((row) => row.batch))
      const added = people.map((x, n): BookedRow => {
        const number = batch + Math.floor(n / batchSize)
        return { position: last + n + 1, x, batch: number, fingerprint: '', op: 'remove', receipt: null }
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

    async moveToNewBatches(moved, batchSize) {
      const batch = 1 + Math.max(0, ...(await rows()).map((row) => row.batch))
      await written((session) =>
        session.run(moveRows, {
          run: run.run,
          positions: moved.map(({ position }) => position),
          batches: moved.map((_, n) => batch + Math.floor(n / batchSize)),
        }),
      )
    },
  }
}
