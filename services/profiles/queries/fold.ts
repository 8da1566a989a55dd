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

/** What folds that were killed left behind. */
export const abandoned = defineQuery({
  name: 'abandoned',
  params: nothing,
  row: z.object({ table: z.string() }),
  sql: "SELECT name AS table FROM system.tables WHERE database = currentDatabase() AND match(name, '^folded(_[0-9a-f]{32})?$')",
})

const FoldedTable = z.string().regex(/^folded(_[0-9a-f]{32})?$/)

/**
 * Statements over a table of that name, as no parameter may stand in the last of them. Each fold has a table of its own: one that was taken
 * for dead and goes on finds its table gone, instead of the rows of another.
 */
export function foldedTable(name: string) {
  const table = FoldedTable.parse(name)
  return {
    drop: defineCommand({ name: 'drop_folded', sql: `DROP TABLE IF EXISTS ${table}`, params: nothing }),
    /** Of this replica alone: the others get the partition when it is put in place. */
    create: defineCommand({
      name: 'create_folded',
      sql: `CREATE TABLE ${table} AS signals ENGINE = SummingMergeTree(n)
        PARTITION BY intDiv(week, 13) ORDER BY (site, interest, p, week, rule, kind)`,
      params: nothing,
    }),
    fill: defineCommand({
      name: 'fill_folded',
      sql: `
        INSERT INTO ${table} SELECT site, interest, p, intDiv(week, 13) * 13 AS first_week, rule, kind, sum(n) FROM signals
        WHERE intDiv(week, 13) = {quarter: UInt16} GROUP BY site, interest, p, first_week, rule, kind`,
      params: quarter,
    }),
    put: defineCommand({
      name: 'put_folded',
      sql: `ALTER TABLE signals REPLACE PARTITION {quarter: UInt16} FROM ${table}`,
      params: quarter,
    }),
  }
}
