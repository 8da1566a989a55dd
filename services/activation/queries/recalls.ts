/** Which runs brought people out who have ended since, and which of them owe a removal, in statements. */

import * as z from 'zod'
import { defineStatement } from '../../../infra/ports/sql.ts'
import { ExportId } from '../../../schemas/ids.ts'
import { mayHold, over } from './batches.ts'

/** Runs that owe a removal, whatever their state: who withdraws after a run is over is taken out all the same. */
export const owingRuns = defineStatement({
  name: 'runs_owing',
  sql: `
    SELECT DISTINCT b.run FROM runs.batches b JOIN runs.runs u ON u.run = b.run
    WHERE b.op = 'remove' AND ${over} AND (u.lease_until IS NULL OR u.lease_until <= now())
      AND (b.state <> 'answered'
        OR EXISTS (SELECT FROM runs.exceptions e WHERE e.run = b.run AND e.batch = b.number AND e.receipt = 'later'))
    ORDER BY 1`,
  params: z.object({}),
  row: z.object({ run: z.uuid() }),
})

const place = z.object({ audience: z.string(), destination: z.string(), xs: z.array(ExportId) })
const held = z.object({ run: z.uuid(), x: ExportId })
/** Removals `o` of a run, person by person as `gone`: joined at once, they are gone through once, however many people are asked for. */
const removals = (run: string, x: string) =>
  `runs.batches o CROSS JOIN unnest(o.xs) gone LEFT JOIN runs.exceptions e ON e.run = o.run AND e.batch = o.number AND e.x = gone
   WHERE o.op = 'remove' AND o.run = ${run} AND gone = ${x}`

/** The run that brought each of them to a destination that shows its rows at once, if that run is over and owes no removal of them yet. */
export const broughtBy = defineStatement({
  name: 'runs_brought_by',
  sql: `
    SELECT a.run, a.x FROM runs.acknowledged a JOIN runs.runs u ON u.run = a.run
    WHERE a.audience = $audience AND a.destination = $destination AND a.x = ANY($xs::text[]) AND ${over}
      AND NOT EXISTS (SELECT FROM ${removals('a.run', 'a.x')} AND COALESCE(e.receipt <> 'moved', o.state <> 'answered'))
    ORDER BY a.run, a.x`,
  params: place,
  row: held,
})

/** Whether a run that is not over brings one of them there, or did: it takes them out itself, unless it fails before it can. */
export const broughtByOpen = defineStatement({
  name: 'runs_brought_by_open',
  sql: `
    SELECT b.run, each AS x FROM runs.runs u JOIN runs.batches b ON b.run = u.run CROSS JOIN unnest(b.xs) each
    WHERE u.audience = $audience AND u.destination = $destination AND u.state IN ('running', 'interrupted')
      AND b.op = 'upsert' AND ${mayHold} AND each IN (SELECT unnest($xs::text[]))
    LIMIT 1`,
  params: place,
  row: held,
})

/** All runs that are over and whose file holds one of them. */
export const filesHolding = defineStatement({
  name: 'runs_files_holding',
  sql: `
    SELECT b.run, each AS x FROM runs.runs u JOIN runs.batches b ON b.run = u.run CROSS JOIN unnest(b.xs) each
    WHERE u.audience = $audience AND u.destination = $destination AND ${over}
      AND b.op = 'upsert' AND b.state <> 'planned' AND ${mayHold} AND each IN (SELECT unnest($xs::text[]))
      AND NOT EXISTS (SELECT FROM runs.exceptions e
        WHERE e.run = b.run AND e.batch = b.number AND e.x = each AND e.receipt <> 'later')
      AND NOT EXISTS (SELECT FROM ${removals('b.run', 'each')})
    ORDER BY b.run, each`,
  params: place,
  row: held,
})
