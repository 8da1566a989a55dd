import * as z from 'zod'
import { defineQuery } from '../../../infra/ports/store.ts'
import { DedupId } from '../../../schemas/ids.ts'

const batch = { topic: z.string(), partition: z.int(), first: z.int() }

/** Did this very batch bring this id? */
export const landed = defineQuery({
  name: 'landed',
  params: z.object({ ...batch, id: DedupId }),
  row: z.object({ first: z.coerce.number() }),
  sql: `
    SELECT first FROM seen
    WHERE topic = {topic: String} AND partition = {partition: UInt16} AND first = {first: UInt64}
      AND id = reinterpretAsUInt64(reverse(unhex({id: String}))) LIMIT 1`,
})

/** How many batches of all partitions the store took since the day of the last one before this; no more than `limit` are counted. */
export const batchesSince = defineQuery({
  name: 'batches_since',
  params: z.object({ ...batch, limit: z.int() }),
  row: z.object({ n: z.coerce.number() }),
  sql: `
    SELECT count() AS n FROM (
      SELECT DISTINCT topic, partition, first FROM seen
      WHERE day >= (
        SELECT max(day) FROM seen
        WHERE topic = {topic: String} AND partition = {partition: UInt16} AND first <= {first: UInt64})
      LIMIT {limit: UInt32})`,
})
