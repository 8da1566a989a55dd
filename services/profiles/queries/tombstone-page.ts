import * as z from 'zod'
import { defineQuery } from '../../../infra/ports/store.ts'
import { WebPseudonym } from '../../../schemas/ids.ts'
import { Day } from '../../../schemas/week.ts'

export const tombstonePage = defineQuery({
  name: 'tombstone_page',
  params: z.object({ after: z.union([WebPseudonym, z.literal('')]), limit: z.int() }),
  row: z.object({ p: WebPseudonym, day: Day }),
  sql: `
    SELECT p, max(tombstones.day) AS day FROM tombstones WHERE p > {after: String}
    GROUP BY p ORDER BY p LIMIT {limit: UInt32}`,
})
