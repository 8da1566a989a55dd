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

/**
 * What the night has to merge: rows that share a part share the second in which it was written, and rows that were deleted lie in it until it
 * is merged. A part that is alone, merged already, and whole is left as it is. `optimize_skip_merged_partitions` would also leave one with
 * deleted rows, so the parts themselves are asked. The fourth word of a part's name is its level: up to 1 as inserted, 2 once it was merged.
 */
const changed = (table: string) => `
  SELECT partition FROM (
    SELECT _partition_id AS partition, _part AS part, min(_row_exists) AS whole FROM ${table} GROUP BY partition, part)
  GROUP BY partition
  HAVING count() > 1 OR min(toUInt32(splitByChar('_', part)[4])) < 2 OR min(whole) = 0
  ORDER BY partition
  SETTINGS apply_deleted_mask = 0`

export const changedQuarters = defineQuery({
  name: 'changed_quarters',
  params: nothing,
  row: z.object({ partition: z.coerce.number().pipe(z.int()) }),
  sql: changed('signals'),
})
export const mergeQuarter = defineCommand({
  name: 'merge_quarter',
  sql: 'OPTIMIZE TABLE signals PARTITION {quarter: UInt16} FINAL',
  params: quarter,
})
export const changedProfiles = defineQuery({
  name: 'changed_profiles',
  params: nothing,
  row: z.object({ partition: z.string() }),
  sql: changed('profiles'),
})
export const mergeProfiles = defineCommand({
  name: 'merge_profiles',
  sql: 'OPTIMIZE TABLE profiles FINAL',
  params: nothing,
})
