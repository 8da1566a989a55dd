/** Carries runs from one state to the next: plan, hold, deliver, and again after a crash. */

import type { Logger } from 'pino'
import type { RunManifest, Waterfall } from '../../../schemas/audience.ts'
import { Fault } from '../../../schemas/fault.ts'
import { raiseFence } from '../fence/fence.ts'
import { type PrepareDeps, type Prepared, prepare } from '../plan/prepare.ts'
import type { RunRow } from '../queries/runs.ts'
import { addressesOf } from './addresses-of.ts'
import type { Claim, Claims } from './claims.ts'
import { deliverRun, shipmentOf } from './deliver-run.ts'
import { difference } from './diff.ts'
import { type Outcome, openRunBook } from './run-book.ts'
import { refuseUnless } from './run-states.ts'
import type { Lease, Runs } from './runs.ts'

export interface ExportDeps extends PrepareDeps {
  readonly runs: PrepareDeps['vault']
  readonly book: Runs
  readonly claims: Claims
  readonly logger: Logger
}

/** After a failure that may pass, a run is left alone this long. */
const RETRY_MS = 30_000
export type ExportRuns = ReturnType<typeof openExportRuns>

export function openExportRuns(deps: ExportDeps) {
  const { book, claims, logger } = deps
  const atWork = new Set<Promise<void>>()

  /** What not even could be written down, as its database is gone, is taken up again by whoever comes next. */
  const inBackground = (work: Promise<unknown>) => {
    const watched = work
      .then(() => {})
      .catch((error: unknown) => logger.error({ err: error }, 'run stopped without a word'))
      .finally(() => atWork.delete(watched))
    atWork.add(watched)
  }

  /** Holds the run while it lasts; `undefined` when somebody else does. What goes wrong becomes a state. */
  async function leased(run: string, work: (claim: Claim) => Promise<void>, atOnce = false): Promise<boolean> {
    const claim = await claims.take(run, atOnce)
    if (!claim) return false
    let after = 0
    try {
      await work(claim)
    } catch (error) {
      after = RETRY_MS
      await noteFailure(claim, error)
    } finally {
      await claim.release(after)
    }
    return true
  }

  async function noteFailure(claim: Claim, error: unknown) {
    const { run } = claim.run
    if (!(await book.renew(claim))) {
      logger.warn({ err: error, run }, 'another process goes on with the run')
      return
    }
    const { state, audience } = await book.get(run)
    // Whatever else was broken off with it.
    const cause = claim.signal.aborted ? claim.signal.reason : error
    const passing = claims.closing.aborted || (cause instanceof Fault && cause.retryable)
    const known =
      cause instanceof Fault ? `${cause.code}: ${cause.message}` : 'something went wrong here; the log says what'
    const reason = claims.closing.aborted ? 'stopped; it goes on at the next start' : known
    logger[passing ? 'warn' : 'error']({ err: error, run, audience, state }, 'run stopped')
    const to = state === 'planned' ? (passing ? 'planned' : 'failed') : passing ? 'interrupted' : 'failed'
    if (state === 'planned' || state === 'running') await book.become(run, to, { actor: 'system', reason })
  }

  /** The plan, and then either somebody is asked, or it is on its way. Answers with what was prepared if it is. */
  async function plan(lease: Lease): Promise<Prepared | undefined> {
    const { run } = lease
    const prepared = await prepare(deps, run.audience, run.week)
    const { destination, resolved, sequence } = prepared
    if (resolved.audience.destination !== run.destination)
      throw new Fault('conflict', `the audience goes to ${resolved.audience.destination} by now; start a new run`)
    const acknowledged = await book.acknowledged(run.audience, run.destination)
    const planned = prepared.plan.members.fingerprints()
    const whole = destination.finish !== undefined
    const { batches } = difference({ planned, acknowledged, whole, batchSize: destination.batchSize })
    const small = isTooSmall(prepared)
    await book.writePlan(lease, small ? [] : batches)
    const reason = small ? tooSmall(prepared) : await holdReason(run, prepared)
    const change = { actor: 'system', plan: { sequence, waterfall: prepared.plan.waterfall } }
    if (reason !== undefined) {
      await book.become(run.run, 'held', { ...change, reason })
      logger.info({ run: run.run, audience: run.audience, reason }, 'run held')
      return undefined
    }
    await book.become(run.run, 'running', change)
    return prepared
  }

  async function holdReason({ audience, destination }: RunRow, { plan }: Prepared): Promise<string | undefined> {
    const last = await book.lastFinished(audience, destination)
    if (!last) return 'the first run of an audience waits for somebody who has looked at it'
    const { holdAtChange } = deps.config.policies
    const [before, now] = [last.waterfall?.inSegment ?? 0, plan.waterfall.inSegment]
    if (Math.abs(now - before) <= holdAtChange * before) return undefined
    return `${now} people are in it, and ${before} were in the last run: more than ${Math.round(holdAtChange * 100)} % of a change`
  }

  async function deliver(claim: Claim, prepared: Prepared): Promise<void> {
    const { run } = claim
    const { destination, plan, stopped } = prepared
    await destination.check()
    const own = openRunBook(deps, claim)
    const out = await own.out()
    // Once people are out, the run goes on, if only to take back who has ended since.
    if (out.length === 0 && isTooSmall(prepared)) throw new Fault('audience_too_small', tooSmall(prepared))
    const outcome = await deliverRun({
      book: own,
      destination,
      shipment: shipmentOf(claim),
      fence: raiseFence(plan.linked, out),
      readNews: prepared.readNews,
      members: plan.members,
      addressesOf: (people) => addressesOf(deps, run.destination, people),
      gone: out.filter((x) => plan.linked.find(x) === undefined || stopped.has(x)),
      manifest: manifestOf(await book.get(run.run), prepared),
    })
    await closeRun(run.run, prepared, outcome)
  }

  async function closeRun(run: string, { destination, plan }: Prepared, outcome: Outcome) {
    const { unknown, later, rejected } = outcome
    const row = await book.get(run)
    const { audience, destination: name, waterfall } = row
    const accepted = destination.finish ? outcome.accepted : await book.acceptedCount(audience, name)
    const counted: Waterfall = { ...(waterfall ?? plan.waterfall), accepted }
    await book.setWaterfall(row, counted)
    const open = [
      ...(unknown > 0 ? [`${unknown} rows without an answer`] : []),
      ...(later > 0 ? [`${later} rows to be said again`] : []),
      ...(rejected > 0 ? [`${rejected} people could not be taken out`] : []),
    ]
    if (open.length === 0) await book.become(run, 'done', { actor: 'system' })
    else await book.become(run, 'partly_done', { actor: 'system', reason: open.join(', ') })
    logger.info({ run, audience, destination: name, accepted, unknown, later }, 'audience exported')
  }

  async function goOn(run: string, actor: string, approved = false): Promise<void> {
    await leased(run, async (claim) => {
      if (claim.run.state !== 'running') await book.become(run, 'running', { actor, approved })
      const prepared = await prepare(deps, claim.run.audience, claim.run.week)
      await deliver(claim, prepared)
    })
  }

  /** Resolves when it is planned; what is on its way goes on by itself. */
  async function planNow(run: string): Promise<RunRow> {
    await new Promise<void>((resolve, reject) => {
      const work = leased(run, async (claim) => {
        const prepared = await plan(claim)
        // Held, it is told when the lease is given back, so that whoever approves at once finds it free.
        if (!prepared) return
        resolve()
        await deliver(claim, prepared)
      })
      work.then(() => resolve(), reject)
      inBackground(work)
    })
    return book.get(run)
  }

  return {
    async start(audience: string, startedBy: string): Promise<RunRow> {
      const { destination } = (await deps.audiences.get(audience)).audience
      const { run } = await book.start(audience, destination, startedBy)
      return planNow(run)
    },

    /** Somebody has looked at a held run. One that was too small is planned again, and may be held again. */
    async approve(run: string, actor: string): Promise<RunRow> {
      const { state, waterfall, audience } = await book.get(run)
      refuseUnless(state, ['held'], 'approved')
      const { minimum } = await deps.audiences.resolve((await deps.audiences.get(audience)).audience)
      if ((waterfall?.inSegment ?? 0) < minimum) {
        await book.become(run, 'planned', { actor })
        const again = await planNow(run)
        if ((again.waterfall?.inSegment ?? 0) < minimum)
          throw new Fault('audience_too_small', again.reason ?? `fewer than ${minimum} people are in it`)
        return again
      }
      await book.become(run, 'running', { actor, approved: true })
      inBackground(goOn(run, actor))
      return book.get(run)
    },

    /** Rows without an answer are said again with their number, those answered `later` in batches of their own. */
    async retry(run: string, actor: string): Promise<RunRow> {
      const row = await book.get(run)
      const { state, waterfall } = row
      refuseUnless(state, ['partly_done', 'failed', 'interrupted'], 'tried again')
      if (state !== 'interrupted' && book.isExpired(row))
        throw new Fault(
          'conflict',
          `the run ${run} is older than 30 days, and its people are forgotten; start a new run`,
        )
      if (state === 'failed' && !waterfall) {
        await book.become(run, 'planned', { actor })
        return planNow(run)
      }
      const again = async (lease: Lease) => {
        await openRunBook(deps, lease).moveLater('upsert', deps.destinations.get(lease.run.destination)?.batchSize ?? 1)
        await book.become(run, 'running', { actor })
      }
      if (!(await leased(run, again, true))) throw new Fault('conflict', `the run ${run} is being worked on`)
      inBackground(goOn(run, actor))
      return book.get(run)
    },

    /** What a process left behind that is gone, or what was interrupted: each goes on from where it stands. */
    async resume(): Promise<void> {
      for (const { run, state } of await book.abandoned())
        inBackground(state === 'planned' ? planNow(run) : goOn(run, 'system'))
    },

    /** Resolves when nothing is on its way any more. */
    async settled(): Promise<void> {
      while (atWork.size > 0) await Promise.allSettled(atWork)
    },
  }
}

function isTooSmall({ plan, resolved }: Prepared): boolean {
  return plan.members.size < resolved.minimum
}

function tooSmall({ resolved }: Prepared): string {
  const { name } = resolved.audience
  return `fewer than ${resolved.minimum} people are in ${name}: widen its selection or its segment, or lower \`minimum\` (20 is the least)`
}

function manifestOf({ run, audience, waterfall }: RunRow, { plan, resolved }: Prepared): RunManifest {
  const { mayMerge, linked, inSegment } = waterfall ?? plan.waterfall
  return {
    audience,
    run,
    counts: { mayMerge, linked, inSegment },
    notices: [...plan.notices],
    fields: resolved.audience.fields,
  }
}
