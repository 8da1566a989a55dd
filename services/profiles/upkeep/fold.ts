/** Makes what is kept coarser with age, and deletes it in time. Each step may be killed anywhere and done again. */

import { randomUUID } from 'node:crypto'
import type { Held } from '../../../infra/control/lease.ts'
import type { Store } from '../../../infra/ports/store.ts'
import { DAY_MS, dayOf, FOLD_AFTER_WEEKS, KEEP_WEEKS, weekOf } from '../../../schemas/week.ts'
import { WINDOW_DAYS } from '../load/id-window.ts'
import { type EndDeps, endProfiles } from '../load/stop.ts'
import { endedThere } from '../queries/ended-there.ts'
import {
  changedProfiles,
  changedQuarters,
  deleteExpiredProfiles,
  dropQuarter,
  dropSeen,
  expiredQuarters,
  expiredSeen,
  mergeProfiles,
  mergeQuarter,
} from '../queries/expire.ts'
import { abandoned, foldedTable, unfolded } from '../queries/fold.ts'

export interface FoldDeps {
  readonly store: Store
  readonly held: Held
}

/**
 * Quarters all of whose weeks are older than 13 are put in place as one week each, in one step: who reads sees the weeks or the quarter,
 * never both. Nobody stores signals of such weeks any more, as the log keeps hours; but a stop that another process carries out between the
 * copy and its putting in place is undone by it, which `sweepEnded` mends.
 */
export async function foldWeeks({ store, held }: FoldDeps, now: number): Promise<number[]> {
  const quarters = await store.ask(unfolded, { before: weekOf(now) - FOLD_AFTER_WEEKS })
  for (const { table } of await store.ask(abandoned, {})) await store.command(foldedTable(table).drop, {})
  const folded = foldedTable(`folded_${randomUUID().replaceAll('-', '')}`)
  for (const { quarter } of quarters) {
    held()
    await store.command(folded.create, {})
    await store.command(folded.fill, { quarter })
    held()
    await store.command(folded.put, { quarter })
    await store.command(folded.drop, {})
  }
  return quarters.map(({ quarter }) => quarter)
}

const SWEEP = 10_000

/**
 * Deletes what is there of pseudonyms that ended: a fold brought it back, or whoever stored it too late died before it could see that. A stop
 * is written down before its deletion, so whichever comes later, this or that, finds the rows. They are named one by one, because replicas
 * refuse a deletion that asks a question of its own.
 */
export async function sweepEnded(deps: EndDeps): Promise<number> {
  for (let swept = 0; ; ) {
    const ended = await deps.store.ask(endedThere, { limit: SWEEP })
    if (ended.length > 0) await endProfiles(deps, ended)
    swept += ended.length
    if (ended.length < SWEEP) return swept
  }
}

/** Nothing is kept longer than 52 weeks. Of a quarter only its first week is known, so all of it goes when that one does. */
export async function expire({ store, held }: FoldDeps, now: number): Promise<void> {
  held()
  const week = weekOf(now)
  for (const { quarter } of await store.ask(expiredQuarters, { before: Math.max(0, week - KEEP_WEEKS) }))
    await store.command(dropQuarter, { quarter })
  for (const { day } of await store.ask(expiredSeen, { before: dayOf(now - WINDOW_DAYS * DAY_MS) }))
    await store.command(dropSeen, { day })
  await store.command(deleteExpiredProfiles, { now: week })
}

/**
 * By night: until then, who watches the store can tell from the parts when today's rows came, and rows of who ended lie there, unseen. Nothing
 * but a merge takes these from the disk, so every quarter with such rows is merged, however old.
 */
export async function mergeChanged({ store, held }: FoldDeps): Promise<void> {
  for (const { partition: quarter } of await store.ask(changedQuarters, {})) {
    held()
    await store.command(mergeQuarter, { quarter })
  }
  for (const _ of await store.ask(changedProfiles, {})) {
    held()
    await store.command(mergeProfiles, {})
  }
}
