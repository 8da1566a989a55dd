import * as z from 'zod'
import { defineQuery } from '../../../infra/ports/store.ts'
import { WebPseudonym } from '../../../schemas/ids.ts'
import { Signal } from '../../../schemas/interest.ts'

export const profileRow = defineQuery({
  name: 'profile_row',
  params: z.object({ site: z.string(), p: WebPseudonym }),
  row: z.object({
    until: z.int(),
    notice: z.string(),
    week: z.int(),
    country: z.string(),
    device: z.string(),
    language: z.string(),
  }),
  sql: `
    SELECT until, notice, week, country, device, language FROM profiles FINAL
    WHERE site = {site: String} AND p = {p: String}`,
})

const StoredSignal = Signal.extend({ rule: z.string() })
export type StoredSignal = z.infer<typeof StoredSignal>

/** With the rule behind each, which scores do without. */
export const storedSignals = defineQuery({
  name: 'stored_signals',
  params: z.object({ site: z.string(), p: WebPseudonym, from: z.int() }),
  row: StoredSignal,
  sql: `
    SELECT interest, week, kind, rule, sum(n) AS n FROM signals
    WHERE site = {site: String} AND p = {p: String} AND week >= {from: UInt16}
    GROUP BY interest, week, kind, rule ORDER BY week DESC, interest, kind, rule`,
})
