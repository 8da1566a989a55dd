import * as z from 'zod'
import { defineQuery } from '../../../infra/ports/store.ts'
import { dimensions } from '../../../schemas/snapshot.ts'

const count = z.coerce.number().pipe(z.int())
const site = z.object({ site: z.string() })

/** The snapshot that stands: the week it was taken in, and a number that no other has. */
export const standingSnapshot = defineQuery({
  name: 'snapshot_of_site',
  params: site,
  row: z.object({ week: z.int(), snapshot: z.int() }),
  sql: `SELECT level AS week, n AS snapshot FROM snapshot WHERE site = {site: String} AND dimension = '${dimensions.everyone}' LIMIT 1`,
})

/** How many are in each level of each dimension, exactly: what leaves the service is rounded. */
export const levelCounts = defineQuery({
  name: 'level_counts',
  params: site.extend({ dimensions: z.array(z.string()), from: z.int(), to: z.int() }),
  row: z.object({ dimension: z.string(), level: z.int(), profiles: count }),
  sql: `
    SELECT dimension, level, groupBitmapMerge(ids) AS profiles FROM snapshot
    WHERE site = {site: String} AND dimension IN {dimensions: Array(String)} AND level >= {from: UInt16} AND level <= {to: UInt16}
    GROUP BY dimension, level`,
})
