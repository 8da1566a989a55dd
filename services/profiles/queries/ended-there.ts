import * as z from 'zod'
import { defineQuery } from '../../../infra/ports/store.ts'
import { WebPseudonym } from '../../../schemas/ids.ts'

/** Who ended and has rows all the same. */
export const endedThere = defineQuery({
  name: 'ended_there',
  params: z.object({ limit: z.int() }),
  row: z.object({ site: z.string(), p: WebPseudonym }),
  sql: `
    SELECT DISTINCT site, p FROM (
      SELECT site, p FROM signals WHERE p IN (SELECT p FROM tombstones)
      UNION ALL SELECT site, p FROM profiles WHERE p IN (SELECT p FROM tombstones))
    LIMIT {limit: UInt32}`,
})
