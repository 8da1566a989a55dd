/** Runs as they are kept: their states, who works on them, and what each destination may hold. */

import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { type Audit, auditOf } from '../../../infra/control/audit.ts'
import type { Sql, SqlSession } from '../../../infra/ports/sql.ts'
import type { RunState, Waterfall } from '../../../schemas/audience.ts'
import { Fault } from '../../../schemas/fault.ts'
import type { ExportId } from '../../../schemas/ids.ts'
import { DAY_MS, weekOf } from '../../../schemas/week.ts'
import { pages } from '../pages.ts'
import { acceptedCount, acknowledgedPage, acknowledgeReleased, beginWatch } from '../queries/acknowledged.ts'
import { addBatches, columnsOf, deleteBatches, expireBatches, expirePeople, receiptCounts } from '../queries/batches.ts'
import { owingRuns } from '../queries/recalls.ts'
import {
  addRun,
  changeState,
  dropLease,
  keptRuns,
  lastFinished,
  type RunRow,
  renewLease,
  runByName,
  runPage,
  runsInStates,
  setPlan,
  takeLease,
} from '../queries/runs.ts'
import type { PlannedBatch } from './diff.ts'
import { mayBecome, openStates, resumable } from './run-states.ts'

export interface RunsDeps {
  readonly runs: Sql
  readonly clock: () => number
}

/** Who has it is alone with the run until it lets go, or is silent for this long. */
export interface Lease {
  readonly run: RunRow
  readonly holder: string
}
export const LEASE_MS = 30_000

export interface Change {
  /** A token's name, `schedule` or `system`. */
  readonly actor: string
  /** For whoever looks at the run. */
  readonly reason?: string
  readonly approved?: boolean
  /** Complete with this change, and not before. */
  readonly plan?: { readonly sequence: number; readonly waterfall: Waterfall }
}

const KEEP_MS = 30 * DAY_MS
const PAGE = 10_000
/** Written at once. */
const BATCHES = 20
const audit: Audit = auditOf('runs')

export type Runs = ReturnType<typeof openRuns>

/** Throws `conflict`, and nothing is written, once another process has taken the run over. */
export async function underLease<T>(
  sql: Sql,
  { run: { run }, holder }: Lease,
  work: (session: SqlSession) => Promise<T>,
): Promise<T> {
  return sql.transaction(async (session) => {
    const mine = await session.run(renewLease, { run, holder, ms: LEASE_MS })
    if (mine.length === 0) throw new Fault('conflict', `another process has taken over the run ${run}`)
    return work(session)
  })
}

export function openRuns(deps: RunsDeps) {
  const { runs: sql, clock } = deps
  const at = (time = clock()) => new Date(time).toISOString()
  const get = async (run: string): Promise<RunRow> => {
    const [found] = await sql.run(runByName, { run })
    if (!found) throw new Fault('not_found', `there is no run ${run}`)
    return found
  }

  return {
    get,
    list: (audience: string | undefined, limit: number) => sql.run(runPage, { audience: audience ?? '', limit }),
    receipts: (run: string) => sql.run(receiptCounts, { run }),
    lastFinished: async (audience: string, destination: string): Promise<RunRow | undefined> =>
      (await sql.run(lastFinished, { audience, destination }))[0],

    /** Throws `conflict` while another run of the audience is open. */
    async start(audience: string, destination: string, startedBy: string): Promise<RunRow> {
      const run = randomUUID()
      const created = clock()
      const row = { run, audience, destination, week: weekOf(created), started_by: startedBy, created_at: at(created) }
      const begin = async (session: SqlSession) => {
        await session.run(addRun, row)
        await audit.note(
          session,
          { actor: startedBy, act: 'runs.start', detail: { run, audience, destination } },
          created,
        )
      }
      await sql.transaction(begin).catch(async (error) => {
        if (!(error instanceof Fault) || error.code !== 'conflict') throw error
        const open = (await sql.run(runPage, { audience, limit: 20 })).find(({ state }) => openStates.includes(state))
        throw new Fault(
          'conflict',
          `a run of ${audience} is ${open?.state ?? 'open'}: ${open?.run ?? ''}; it comes first`,
          {
            cause: error,
          },
        )
      })
      return get(run)
    },

    /** `undefined` while another process works on it, or, unless it is to be `atOnce`, while it rests after a failure. */
    async lease(run: string, atOnce = false): Promise<Lease | undefined> {
      const holder = randomUUID()
      const [row] = await sql.run(takeLease, { run, holder, ms: LEASE_MS, at_once: atOnce })
      return row && { run: row, holder }
    },
    async renew({ run, holder }: Lease): Promise<boolean> {
      return (await sql.run(renewLease, { run: run.run, holder, ms: LEASE_MS })).length > 0
    },
    /** Others may have it, from `after` milliseconds on. */
    async release({ run, holder }: Lease, after = 0): Promise<void> {
      await sql.run(dropLease, { run: run.run, holder, ms: after })
    },

    /** Throws `conflict` when the run is in another state by now, or another run of the audience has become open. */
    async become(run: string, to: RunState, change: Change): Promise<void> {
      const { state: from, audience, destination } = await get(run)
      if (!mayBecome(from, to)) throw new Fault('conflict', `a run that is ${from} cannot become ${to}`)
      const { actor, reason = null, approved, plan } = change
      await sql.transaction(async (session) => {
        const over = !openStates.includes(to)
        const approved_by = approved ? actor : null
        const changed = await session.run(changeState, { run, from, to, reason, over, approved_by, now: at() })
        if (changed.length === 0) throw new Fault('conflict', `the run ${run} has changed meanwhile`)
        if (plan) {
          await session.run(setPlan, { run, sequence: plan.sequence, waterfall: JSON.stringify(plan.waterfall) })
          await session.run(beginWatch, { audience, destination, sequence: plan.sequence })
        }
        if (over) await session.run(acknowledgeReleased, { audience, destination, run })
        const detail = { run, audience, destination, from, to, ...(reason === null ? {} : { reason }) }
        await audit.note(session, { actor, act: `runs.${to}`, detail }, clock())
      })
    },

    /** Written anew as a whole: until the state says otherwise, it is no plan. */
    async writePlan(lease: Lease, batches: readonly PlannedBatch[]): Promise<void> {
      const { run } = lease.run
      await underLease(sql, lease, (session) => session.run(deleteBatches, { run }))
      for (let first = 0; first < batches.length; first += BATCHES) {
        const some = columnsOf(batches.slice(first, first + BATCHES))
        await underLease(sql, lease, (session) => session.run(addBatches, { run, ...some }))
      }
    },
    async setWaterfall({ run, sequence }: RunRow, waterfall: Waterfall): Promise<void> {
      await sql.run(setPlan, { run, sequence, waterfall: JSON.stringify(waterfall) })
    },

    async acknowledged(audience: string, destination: string): Promise<ReadonlyMap<ExportId, string>> {
      const held = new Map<ExportId, string>()
      const next = (after: string) => sql.run(acknowledgedPage, { audience, destination, after, limit: PAGE })
      for await (const page of pages(next, '', ({ x }) => x))
        for (const { x, fingerprint } of page) held.set(x, fingerprint)
      return held
    },
    acceptedCount: async (audience: string, destination: string): Promise<number> =>
      (await sql.run(acceptedCount, { audience, destination }))[0]?.n ?? 0,

    /** Runs left behind by a process that is gone, or interrupted and due again. */
    abandoned: () => sql.run(runsInStates, { states: [...resumable] }),
    owing: async (): Promise<string[]> => (await sql.run(owingRuns, {})).map(({ run }) => run),
    /** It may not know any more whom it brought out, so it must not go on. */
    isExpired: ({ created_at }: RunRow): boolean => Date.parse(created_at) < clock() - KEEP_MS,
    /** Forgets whom older runs brought out. Answers from when on runs are kept. */
    async expire(): Promise<number> {
      const from = clock() - KEEP_MS
      const before = at(from)
      await sql.run(expireBatches, { before })
      await sql.run(expirePeople, { before })
      return from
    },
    async keptRuns(runs: readonly string[], from: number): Promise<ReadonlyMap<string, boolean>> {
      const ours = runs.filter((run) => z.uuid().safeParse(run).success)
      const rows = ours.length === 0 ? [] : await sql.run(keptRuns, { runs: ours, before: at(from) })
      return new Map(rows.map(({ run, kept }) => [run, kept]))
    },
  }
}
