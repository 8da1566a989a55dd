/** Makes what is kept coarser with age, and deletes it in time. Each step may be killed anywhere and done again. */

import type { Store } from '../../infra/ports/store.ts'
import { DAY_MS, dayOf, FOLD_AFTER_WEEKS, KEEP_WEEKS, weekOf } from '../../schemas/week.ts'
import { WINDOW_DAYS } from './id-window.ts'
import {
  deleteExpiredProfiles,
  dropQuarter,
  dropSeen,
  expiredQuarters,
  expiredSeen,
  mergeProfiles,
  mergeQuarter,
  openQuarters,
} from './queries/expire.ts'
import { createFolded, dropFolded, fillFolded, putFolded, unfolded } from './queries/fold.ts'

/**
 * Quarters all of whose weeks are older than 13 are put in place as one week each, in one step: who reads sees the weeks or the quarter,
 * never both. No batch may be stored meanwhile, and no stop deleted, or the copy would bring back what they changed.
 */
export async function foldWeeks(store: Store, now: number): Promise<number[]> {
  const quarters = await store.ask(unfolded, { before: weekOf(now) - FOLD_AFTER_WEEKS })
  for (const { quarter } of quarters) {
    await store.command(dropFolded, {})
    await store.command(createFolded, {})
    await store.command(fillFolded, { quarter })
    await store.command(putFolded, { quarter })
  }
  await store.command(dropFolded, {})
  return quarters.map(({ quarter }) => quarter)
}

/** Nothing is kept longer than 52 weeks. Of a quarter only its first week is known, so all of it goes when that one does. */
export async function expire(store: Store, now: number): Promise<void> {
  const week = weekOf(now)
  for (const { quarter } of await store.ask(expiredQuarters, { before: Math.max(0, week - KEEP_WEEKS) }))
    await store.command(dropQuarter, { quarter })
  for (const { day } of await store.ask(expiredSeen, { before: dayOf(now - WINDOW_DAYS * DAY_MS) }))
    await store.command(dropSeen, { day })
  await store.command(deleteExpiredProfiles, { now: week })
}

/** By night: until then, who watches the store can tell from the parts when today's rows came. */
export async function mergeOpen(store: Store, now: number): Promise<void> {
  for (const { quarter } of await store.ask(openQuarters, { from: Math.max(0, weekOf(now) - FOLD_AFTER_WEEKS) }))
    await store.command(mergeQuarter, { quarter })
  await store.command(mergeProfiles, {})
}
