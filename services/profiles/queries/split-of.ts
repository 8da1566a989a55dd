import * as z from 'zod'
import { defineQuery } from '../../../infra/ports/store.ts'

/** Was this range once cut in halves? Then it always is. */
export const splitOf = defineQuery({
  name: 'split_of',
  params: z.object({ topic: z.string(), partition: z.int(), first: z.int(), last: z.int() }),
  row: z.object({ first: z.coerce.number() }),
  sql: `
    SELECT first FROM seen
    WHERE topic = {topic: String} AND partition = {partition: UInt16} AND first = {first: UInt64} AND id = {last: UInt64}
    LIMIT 1`,
})
