import * as z from 'zod'
import { defineQuery } from '../../../infra/ports/store.ts'
import { DedupId } from '../../../schemas/ids.ts'

/** Did any batch bring this id? */
export const isSeen = defineQuery({
  name: 'is_seen',
  params: z.object({ topic: z.string(), id: DedupId }),
  row: z.object({ first: z.coerce.number() }),
  sql: `
    SELECT first FROM seen
    WHERE topic = {topic: String} AND id = reinterpretAsUInt64(reverse(unhex({id: String}))) LIMIT 1`,
})
