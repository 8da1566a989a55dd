import * as z from 'zod'
import { defineCommand } from '../../../infra/ports/store.ts'
import { WebPseudonym } from '../../../schemas/ids.ts'

const params = z.object({ ps: z.array(WebPseudonym).max(10_000) })
const where = 'WHERE p IN {ps: Array(String)}'

export const deleteSignals = defineCommand({
  name: 'delete_signals',
  params,
  sql: `ALTER TABLE signals DELETE ${where}`,
})
export const deleteProfiles = defineCommand({
  name: 'delete_profiles',
  params,
  sql: `ALTER TABLE profiles DELETE ${where}`,
})
