/**
 * Rows of who ended are marked, and no question sees them from then on: that reads P and writes a mark a row, where deleting them would
 * write all columns of all parts anew while the loader waits. They leave the disk with the night's merge, see `mergeChanged`.
 *
 * It is what the engine makes of `DELETE FROM`, which cannot be said with parameters in the request's body.
 */

import * as z from 'zod'
import { defineCommand } from '../../../infra/ports/store.ts'
import { WebPseudonym } from '../../../schemas/ids.ts'

const params = z.object({ ps: z.array(WebPseudonym).max(10_000) })
const marked = 'UPDATE _row_exists = 0 WHERE p IN {ps: Array(String)}'

export const deleteSignals = defineCommand({
  name: 'delete_signals',
  params,
  sql: `ALTER TABLE signals ${marked}`,
})
export const deleteProfiles = defineCommand({
  name: 'delete_profiles',
  params,
  sql: `ALTER TABLE profiles ${marked}`,
})
