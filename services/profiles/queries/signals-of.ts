import * as z from 'zod'
import { defineQuery } from '../../../infra/ports/store.ts'
import { WebPseudonym } from '../../../schemas/ids.ts'
import { Signal } from '../../../schemas/interest.ts'

/** What is kept of some pseudonyms. On the web side any list of them may be asked for; activation must not, as its lists are of linked ones. */
export const signalsOf = defineQuery({
  name: 'signals_of',
  params: z.object({ site: z.string(), ps: z.array(WebPseudonym).max(1_000), from: z.int() }),
  row: Signal.extend({ p: WebPseudonym }),
  sql: `
    SELECT p, interest, week, kind, sum(n) AS n FROM signals
    WHERE site = {site: String} AND p IN {ps: Array(String)} AND week >= {from: UInt16}
    GROUP BY p, interest, week, kind`,
})
