/** Statements on suppressed addresses. */

import * as z from 'zod'
import { defineStatement } from '../../../infra/ports/sql.ts'

/** Why an address is not mailed, or not for one purpose. An erased person's data does not come back by an import either. */
export const SuppressionReason = z.enum(['withdrawn', 'objected', 'erased'])
export type SuppressionReason = z.infer<typeof SuppressionReason>

/** `hashes` is a JSON array. */
export const findSuppressions = defineStatement({
  name: 'suppressions_find',
  sql: 'SELECT hash, reason FROM vault.suppressions WHERE hash IN (SELECT jsonb_array_elements_text($hashes::jsonb))',
  params: z.object({ hashes: z.string() }),
  row: z.object({ hash: z.string(), reason: z.string() }),
})

/** Erasure outweighs an objection; nothing weaker replaces what stands. */
export const suppress = defineStatement({
  name: 'suppress',
  sql: `INSERT INTO vault.suppressions (hash, reason, since) VALUES ($hash, $reason, $since)
    ON CONFLICT (hash) DO UPDATE SET reason = EXCLUDED.reason, since = EXCLUDED.since WHERE EXCLUDED.reason = 'erased'`,
  params: z.object({ hash: z.string(), reason: SuppressionReason, since: z.string() }),
  row: z.unknown(),
})

export const liftSuppression = defineStatement({
  name: 'suppression_lift',
  sql: 'DELETE FROM vault.suppressions WHERE hash = $hash',
  params: z.object({ hash: z.string() }),
  row: z.unknown(),
})
