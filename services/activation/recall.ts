/**
 * A continuing duty: who withdraws after a run is over is taken out again. It looks at what was said since it last looked, notes the
 * removals in the runs that brought these people out, and sees to it that they are delivered, however often that takes.
 */

import type { Logger } from 'pino'
import type { Position } from '../../infra/ports/log.ts'
import { Fault } from '../../schemas/fault.ts'
import type { ContactRef, ExportId, WebPseudonym } from '../../schemas/ids.ts'
import { endsExport } from './fence/fence.ts'
import { negativesAfter } from './fence/read-news.ts'
import { readLinks } from './links/open-links.ts'
import type { OpenedLink } from './packed/links.ts'
import { exportIdOf, type PrepareDeps } from './plan/prepare.ts'
import { moveWatch, watchedPlaces, watchedSince } from './queries/acknowledged.ts'
import { deleteLinks } from './queries/links.ts'
import { broughtBy, broughtByOpen, filesHolding } from './queries/recalls.ts'
import { openRuns, type RunRow } from './queries/runs.ts'
import { addressesOf } from './runs/addresses-of.ts'
import type { Claims } from './runs/claims.ts'
import { deliverRemovals, shipmentOf } from './runs/deliver-run.ts'
import { openRunBook } from './runs/run-book.ts'
import { refuseUnless } from './runs/run-states.ts'
import type { Runs } from './runs/runs.ts'

export interface RecallDeps extends PrepareDeps {
  readonly runs: PrepareDeps['vault']
  readonly book: Runs
  readonly claims: Claims
  readonly logger: Logger
}

interface Place {
  readonly audience: string
  readonly destination: string
}

const RETRY_MS = 30_000
export type Recall = ReturnType<typeof openRecall>

export function openRecall(deps: RecallDeps) {
  const { runs: sql, book, claims, links, log, destinations, logger } = deps
  let position: Position | undefined

  /** Links of devices that have stopped since the last pass. */
  async function stoppedLinks(): Promise<{ readonly upTo: Position; readonly stopped: OpenedLink[] }> {
    const { upTo, records } = await log.readToEnd('stops', position)
    const ended = new Set<WebPseudonym>(records.map(({ p }) => p))
    const stopped = ended.size === 0 ? [] : await readLinks(deps, ({ pseudonym }) => ended.has(pseudonym))
    return { upTo, stopped }
  }

  /** Who is to be taken out of one place, and up to where the ledger was read for it. */
  async function endedAt(place: Place, contacts: Iterable<ContactRef>) {
    const [watched] = await sql.run(watchedSince, { ...place })
    const { upTo, negatives } = await negativesAfter(deps, watched?.sequence ?? 0)
    const ended = negatives.filter(({ fact }) => endsExport(fact)).map(({ contact }) => contact)
    const exportId = exportIdOf(deps, place.destination)
    const left = (await isStillDefined(place))
      ? []
      : [...(await book.acknowledged(place.audience, place.destination)).keys()]
    return { upTo, people: [...new Set([...[...ended, ...contacts].map(exportId), ...left])] }
  }

  /** An audience that is gone, or goes elsewhere by now, leaves nobody behind. */
  async function isStillDefined({ audience, destination }: Place): Promise<boolean> {
    const all = await deps.audiences.list()
    return all.some((each) => each.audience.name === audience && each.audience.destination === destination)
  }

  async function noteRemovals(place: Place, people: readonly ExportId[]): Promise<number> {
    const whole = destinations.get(place.destination)?.finish !== undefined
    const held =
      people.length === 0 ? [] : await sql.run(whole ? filesHolding : broughtBy, { ...place, xs: [...people] })
    const byRun = new Map<string, ExportId[]>()
    for (const { run, x } of held) byRun.set(run, [...(byRun.get(run) ?? []), x])
    for (const [run, xs] of byRun) await addRemovals(run, xs)
    return held.length
  }

  async function addRemovals(run: string, xs: readonly ExportId[]) {
    const claim = await claims.take(run, true)
    if (!claim) throw new Fault('conflict', `the run ${run} is being worked on`)
    try {
      await openRunBook(deps, claim).addRemovals(xs, destinations.get(claim.run.destination)?.batchSize ?? 1_000)
    } finally {
      await claim.release()
    }
  }

  async function deliverOwed(run: string): Promise<void> {
    const claim = await claims.take(run)
    if (!claim) return
    const { audience, destination: name, sequence } = claim.run
    let after = 0
    try {
      const destination = destinations.get(name)
      if (!destination)
        throw new Fault('config_invalid', `the destination ${name} is gone; people are to be taken out of it`)
      const { unknown, later, rejected } = await deliverRemovals(
        {
          book: openRunBook(deps, claim),
          destination,
          shipment: shipmentOf(claim),
          addressesOf: (people) => addressesOf(deps, name, people),
        },
        sequence,
      )
      if (unknown + later > 0) after = RETRY_MS
      if (rejected > 0) logger.error({ run, audience, destination: name, rejected }, 'people could not be taken out')
    } catch (error) {
      after = RETRY_MS
      logger.error({ err: error, run, audience, destination: name }, 'recall failed')
    } finally {
      await claim.release(after)
    }
  }

  async function deliverAllOwed(): Promise<void> {
    for (const run of await book.owing()) await deliverOwed(run)
  }

  return {
    /** Answers with how many people it found to be taken out. */
    async pass(): Promise<number> {
      const { upTo, stopped } = await stoppedLinks()
      const contacts = new Set(stopped.map(({ contact }) => contact))
      const anyOut = async () => stopped.length > 0 && (await sql.run(openRuns, {})).length > 0
      const out = await anyOut()
      let recalled = 0
      for (const place of await sql.run(watchedPlaces, {})) {
        const ended = await endedAt(place, contacts)
        const open = async () => (await sql.run(broughtByOpen, { ...place, xs: ended.people })).length > 0
        // Looked at again when that run is over. Asked before and after: what it brought is not noted if it ended in between.
        const before = await open()
        recalled += await noteRemovals(place, ended.people)
        if (!before && !(await open())) await sql.run(moveWatch, { ...place, sequence: ended.upTo })
      }
      // Only now, because the links lead to whom a stop concerns; and not while a run is out that may have to ask for the same.
      if (!out && !(await anyOut())) {
        if (stopped.length > 0) await links.run(deleteLinks, { ids: stopped.map(({ id }) => id) })
        position = upTo
      }
      if (recalled > 0) logger.info({ recalled }, 'people are taken out')
      await deliverAllOwed()
      return recalled
    },

    /** All whom this run has brought out. */
    async recallRun(run: string, actor: string): Promise<RunRow> {
      const { state } = await book.get(run)
      refuseUnless(state, ['held', 'interrupted', 'done', 'partly_done', 'failed'], 'recalled')
      const claim = await claims.take(run, true)
      if (!claim) throw new Fault('conflict', `the run ${run} is being worked on`)
      try {
        const own = openRunBook(deps, claim)
        const out = await own.out()
        const batchSize = destinations.get(claim.run.destination)?.batchSize ?? 1_000
        if (out.length > 0) await own.addRemovals(out, batchSize)
        await book.become(run, 'recalled', { actor })
      } finally {
        await claim.release()
      }
      await deliverOwed(run)
      return book.get(run)
    },
  }
}
