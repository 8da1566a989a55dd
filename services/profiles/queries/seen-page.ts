import * as z from 'zod'
import { defineQuery } from '../../../infra/ports/store.ts'
import { DedupId } from '../../../schemas/ids.ts'
import { everyPartition } from '../../../schemas/topics.ts'
import { Day } from '../../../schemas/week.ts'

/** Ids that batches before `before` brought, and those that came from an earlier log, in the order they lie in. The first page begins after (0, ''). */
export const seenPage = defineQuery({
  name: 'seen_page',
  params: z.object({
    topic: z.string(),
    partition: z.int(),
    before: z.int(),
    since: Day,
    after: z.int(),
    afterId: z.union([DedupId, z.literal('')]),
    limit: z.int().max(1_000_000),
  }),
  row: z.object({ id: DedupId, first: z.coerce.number(), day: Day }),
  sql: `
    SELECT leftPad(lower(hex(id)), 16, '0') AS id, first, day FROM seen
    WHERE topic = {topic: String} AND day >= {since: Date}
      AND ((partition = {partition: UInt16} AND first < {before: UInt64}) OR partition = ${everyPartition})
      AND (first > {after: UInt64} OR (first = {after: UInt64} AND id > {afterId: String}))
    ORDER BY first, id LIMIT {limit: UInt32}`,
})
