import * as z from 'zod'
import { defineQuery } from '../../../infra/ports/store.ts'
import { WebPseudonym } from '../../../schemas/ids.ts'

export const tombstonePage = defineQuery({
  name: 'tombstone_page',
  params: z.object({ after: z.union([WebPseudonym, z.literal('')]), limit: z.int() }),
  row: z.object({ p: WebPseudonym }),
  sql: 'SELECT DISTINCT p FROM tombstones WHERE p > {after: String} ORDER BY p LIMIT {limit: UInt32}',
})
