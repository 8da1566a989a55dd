/** ISO weeks as whole numbers, and UTC days as YYYY-MM-DD. */

import * as z from 'zod'

export const DAY_MS = 86_400_000
export const WEEK_MS = 7 * DAY_MS
/** 1970-01-01 was a Thursday; ISO weeks begin on Monday. */
const MONDAY_OFFSET_DAYS = 3

/** Weeks since the one of 1970-01-01, which is 0. */
export const Week = z.int().min(0).max(65_535)
export const Day = z.iso.date()

export function weekOf(time: number): number {
  return Math.floor((time / DAY_MS + MONDAY_OFFSET_DAYS) / 7)
}

/** The first millisecond of a week, UTC. */
export function weekStart(week: number): number {
  return (week * 7 - MONDAY_OFFSET_DAYS) * DAY_MS
}

/** Remembered, because most that is asked about is of the same day, and writing a date takes longer than all else that is done with it. */
let latest = { number: Number.NaN, day: '' }

export function dayOf(time: number): string {
  const number = Math.floor(time / DAY_MS)
  if (number !== latest.number) latest = { number, day: new Date(time).toISOString().slice(0, 10) }
  return latest.day
}

/** Signals older than this are folded into quarters of 13 weeks. */
export const FOLD_AFTER_WEEKS = 13
/** Signals older than this are deleted. */
export const KEEP_WEEKS = 52

/** The week a folded signal stands for: the first of its quarter, so that folding only ever ages it. */
export function quarterOf(week: number): number {
  return week - (week % FOLD_AFTER_WEEKS)
}
