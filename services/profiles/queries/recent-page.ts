import * as z from 'zod'
import { defineQuery } from '../../../infra/ports/store.ts'
import { WebPseudonym } from '../../../schemas/ids.ts'

/** Live pseudonyms of a site that were there since a week. */
export const recentPage = defineQuery({
  name: 'recent_page',
  params: z.object({
    site: z.string(),
    since: z.int(),
    now: z.int(),
    after: z.union([WebPseudonym, z.literal('')]),
    limit: z.int(),
  }),
  row: z.object({ p: WebPseudonym }),
  sql: `
    SELECT DISTINCT p FROM profiles
    WHERE site = {site: String} AND p > {after: String} AND week >= {since: UInt16} AND until >= {now: UInt16}
    ORDER BY p LIMIT {limit: UInt32}`,
})
