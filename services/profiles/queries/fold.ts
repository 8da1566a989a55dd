import * as z from 'zod'
import { defineCommand, defineQuery } from '../../../infra/ports/store.ts'

const nothing = z.object({})
const quarter = z.object({ quarter: z.int() })

/** Quarters, by number, that still tell weeks and whose last week is before `before`. */
export const unfolded = defineQuery({
  name: 'unfolded',
  params: z.object({ before: z.int() }),
  row: quarter,
  sql: `
    SELECT DISTINCT intDiv(week, 13) AS quarter FROM signals
    WHERE week < {before: UInt16} AND intDiv(week, 13) * 13 + 12 < {before: UInt16} AND week % 13 != 0
    ORDER BY quarter`,
})

/** What a fold that was killed left behind. */
export const dropFolded = defineCommand({ name: 'drop_folded', sql: 'DROP TABLE IF EXISTS folded', params: nothing })
/** Of this replica alone: the others get the partition when it is put in place. */
export const createFolded = defineCommand({
  name: 'create_folded',
  sql: `CREATE TABLE folded AS signals ENGINE = SummingMergeTree(n)
    PARTITION BY intDiv(week, 13) ORDER BY (site, interest, p, week, rule, kind)`,
  params: nothing,
})
export const fillFolded = defineCommand({
  name: 'fill_folded',
  sql: `
    INSERT INTO folded SELECT site, interest, p, intDiv(week, 13) * 13 AS first_week, rule, kind, sum(n) FROM signals
    WHERE intDiv(week, 13) = {quarter: UInt16} GROUP BY site, interest, p, first_week, rule, kind`,
  params: quarter,
})
export const putFolded = defineCommand({
  name: 'put_folded',
  sql: 'ALTER TABLE signals REPLACE PARTITION {quarter: UInt16} FROM folded',
  params: quarter,
})
