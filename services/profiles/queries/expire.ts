import * as z from 'zod'
import { defineCommand, defineQuery } from '../../../infra/ports/store.ts'
import { Day } from '../../../schemas/week.ts'

const quarter = z.object({ quarter: z.int() })
const day = z.object({ day: Day })
const nothing = z.object({})

/** Quarters whose first week, the one that folded signals stand for, is before `before`. */
export const expiredQuarters = defineQuery({
  name: 'expired_quarters',
  params: z.object({ before: z.int() }),
  row: quarter,
  sql: 'SELECT DISTINCT intDiv(week, 13) AS quarter FROM signals WHERE intDiv(week, 13) * 13 < {before: UInt16} ORDER BY quarter',
})
export const dropQuarter = defineCommand({
  name: 'drop_quarter',
  sql: 'ALTER TABLE signals DROP PARTITION {quarter: UInt16}',
  params: quarter,
})

export const expiredSeen = defineQuery({
  name: 'expired_seen',
  params: z.object({ before: Day }),
  row: day,
  sql: 'SELECT DISTINCT day FROM seen WHERE day < {before: Date} ORDER BY day',
})
export const dropSeen = defineCommand({
  name: 'drop_seen',
  sql: 'ALTER TABLE seen DROP PARTITION {day: String}',
  params: day,
})

/** Rows whose cookie ran out. Signals without a live row are no profile, and go with their quarter. */
export const deleteExpiredProfiles = defineCommand({
  name: 'delete_expired_profiles',
  sql: 'ALTER TABLE profiles DELETE WHERE until < {now: UInt16}',
  params: z.object({ now: z.int() }),
})

/** Rows of one part share the second it was written; merged, they no longer tell it. */
export const openQuarters = defineQuery({
  name: 'open_quarters',
  params: z.object({ from: z.int() }),
  row: quarter,
  sql: 'SELECT DISTINCT intDiv(week, 13) AS quarter FROM signals WHERE week >= {from: UInt16} ORDER BY quarter',
})
export const mergeQuarter = defineCommand({
  name: 'merge_quarter',
  sql: 'OPTIMIZE TABLE signals PARTITION {quarter: UInt16} FINAL',
  params: quarter,
})
export const mergeProfiles = defineCommand({
  name: 'merge_profiles',
  sql: 'OPTIMIZE TABLE profiles FINAL',
  params: nothing,
})
