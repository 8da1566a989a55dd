/** The batches of runs in statements: what is to leave, what came of it, and who fared otherwise than their batch. */

import * as z from 'zod'
import { defineStatement } from '../../../infra/ports/sql.ts'
import { Receipt } from '../../../schemas/audience.ts'
import { ExportId } from '../../../schemas/ids.ts'
import type { PlannedBatch } from '../runs/diff.ts'

const count = z.coerce.number().pipe(z.int())
const op = z.enum(['upsert', 'remove'])
const ofRun = z.object({ run: z.uuid() })
const ofBatch = ofRun.extend({ number: z.int() })

/** `answered` stands for `accepted`, for all but the exceptions. */
export const BatchState = z.enum(['planned', 'released', 'unknown', 'answered'])
export type BatchState = z.infer<typeof BatchState>

/** `withheld` is who was planned and must not leave any more, `moved` who is in a later batch now. */
export const Exception = z.enum(['withheld', 'moved', ...Receipt.exclude(['accepted']).options])
export type Exception = z.infer<typeof Exception>

/** X's as one text with spaces between: an array of a thousand is taken apart and put together element by element. */
export const listOf = (values: readonly string[]): string => values.join(' ')
const ExportIds = z
  .string()
  .regex(/^(x[0-9a-f]{32}( (?!$)|$))*$/)
  // Each was looked at.
  .transform((text) => (text === '' ? [] : text.split(' ')) as ExportId[])

const exceptions = '(SELECT e.x FROM runs.exceptions e WHERE e.run = b.run AND e.batch = b.number)'
const owed = "state IN ('planned', 'released', 'unknown')"
/** Of a run `u`. */
export const over = "u.state NOT IN ('planned', 'held', 'running', 'interrupted')"

/** Whether one of `$xs` may be in a batch `b`. For many of them it would take longer to ask than to look. */
export const mayHold = `(cardinality($xs::text[]) > 100
  OR EXISTS (SELECT FROM unnest($xs::text[]) one WHERE one BETWEEN b.lowest AND b.highest))`

export const deleteBatches = defineStatement({
  name: 'run_batches_delete',
  sql: 'DELETE FROM runs.batches WHERE run = $run::uuid',
  params: ofRun,
  row: z.unknown(),
})

export const addBatches = defineStatement({
  name: 'run_batches_add',
  sql: `
    INSERT INTO runs.batches (run, number, op, state, size, lowest, highest, xs)
    SELECT $run::uuid, each.number, each.op, 'planned', cardinality(xs), xs[1], xs[cardinality(xs)], xs
    FROM unnest($numbers::int[], $ops::text[], $lists::text[]) each (number, op, list), string_to_array(each.list, ' ') xs`,
  params: ofRun.extend({ numbers: z.array(z.int()), ops: z.array(op), lists: z.array(z.string()) }),
  row: z.unknown(),
})

export function columnsOf(batches: readonly PlannedBatch[]) {
  return {
    numbers: batches.map(({ number }) => number),
    ops: batches.map(({ op }) => op),
    lists: batches.map(({ xs }) => listOf(xs)),
  }
}

/** Batches that were not released yet, or released and never answered. */
export const owedBatches = defineStatement({
  name: 'run_batches_owed',
  sql: `SELECT number, op FROM runs.batches WHERE run = $run::uuid AND ${owed} ORDER BY number`,
  params: ofRun,
  row: z.object({ number: z.int(), op }),
})

export const owedBatch = defineStatement({
  name: 'run_batch_owed',
  sql: `
    SELECT array_to_string(b.xs, ' ') AS xs, array_to_string(ARRAY${exceptions}, ' ') AS exceptions, state FROM runs.batches b
    WHERE run = $run::uuid AND number = $number::int`,
  params: ofBatch,
  row: z.object({ xs: ExportIds, exceptions: ExportIds, state: BatchState }),
})

export const setBatchState = defineStatement({
  name: 'run_batch_state',
  sql: 'UPDATE runs.batches SET state = $state WHERE run = $run::uuid AND number = $number::int',
  params: ofBatch.extend({ state: BatchState }),
  row: z.unknown(),
})

export const addExceptions = defineStatement({
  name: 'run_exceptions_add',
  sql: `
    INSERT INTO runs.exceptions (run, batch, x, receipt)
    SELECT $run::uuid, $number::int, each.* FROM unnest($xs::text[], $receipts::text[]) each
    ON CONFLICT (run, batch, x) DO UPDATE SET receipt = excluded.receipt`,
  params: ofBatch.extend({ xs: z.array(ExportId), receipts: z.array(Exception) }),
  row: z.unknown(),
})

/** Of upserts alone, wherever they are in the run. */
export const withholdPeople = defineStatement({
  name: 'run_exceptions_withhold',
  sql: `
    INSERT INTO runs.exceptions (run, batch, x, receipt)
    SELECT b.run, b.number, each, 'withheld' FROM runs.batches b CROSS JOIN unnest(b.xs) each
    WHERE b.run = $run::uuid AND b.op = 'upsert' AND ${mayHold} AND each IN (SELECT unnest($xs::text[]))
    ON CONFLICT (run, batch, x) DO UPDATE SET receipt = excluded.receipt WHERE exceptions.receipt <> 'moved'`,
  params: ofRun.extend({ xs: z.array(ExportId) }),
  row: z.unknown(),
})

/** Who is to be told again, of the batches of one kind. */
export const laterPeople = defineStatement({
  name: 'run_exceptions_later',
  sql: `
    SELECT e.x FROM runs.exceptions e JOIN runs.batches b ON b.run = e.run AND b.number = e.batch
    WHERE e.run = $run::uuid AND b.op = $op AND e.receipt = 'later' ORDER BY e.batch, e.x`,
  params: ofRun.extend({ op }),
  row: z.object({ x: ExportId }),
})

export const moveLaterPeople = defineStatement({
  name: 'run_exceptions_move',
  sql: `
    UPDATE runs.exceptions e SET receipt = 'moved' FROM runs.batches b
    WHERE b.run = e.run AND b.number = e.batch AND e.run = $run::uuid AND b.op = $op AND e.receipt = 'later'`,
  params: ofRun.extend({ op }),
  row: z.unknown(),
})

/**
 * People whom a run has brought out, or may have, and has not taken back. NOT IN, because it is one look at the removals: right after a large
 * recall the server still believes that there are none, and would go through all of them for each person.
 */
export const outPeople = defineStatement({
  name: 'run_out',
  sql: `
    SELECT each AS x FROM runs.batches b, unnest(b.xs) each
    WHERE b.run = $run::uuid AND b.op = 'upsert' AND b.state <> 'planned'
      AND NOT EXISTS (SELECT FROM runs.exceptions e
        WHERE e.run = b.run AND e.batch = b.number AND e.x = each AND e.receipt <> 'later')
      AND each NOT IN (SELECT gone FROM runs.batches o CROSS JOIN unnest(o.xs) gone WHERE o.run = $run::uuid AND o.op = 'remove')
    ORDER BY 1`,
  params: ofRun,
  row: z.object({ x: ExportId }),
})

export const removedPeople = defineStatement({
  name: 'run_removed',
  sql: "SELECT unnest(xs) AS x FROM runs.batches WHERE run = $run::uuid AND op = 'remove' ORDER BY 1",
  params: ofRun,
  row: z.object({ x: ExportId }),
})

export const lastBatch = defineStatement({
  name: 'run_batch_last',
  sql: 'SELECT COALESCE(max(number), 0) AS number FROM runs.batches WHERE run = $run::uuid',
  params: ofRun,
  row: z.object({ number: z.int() }),
})

/** What became of the people of a run; `planned` where nothing has yet. */
export const receiptCounts = defineStatement({
  name: 'run_receipt_counts',
  sql: `
    SELECT op, receipt, sum(n) AS n FROM (
      SELECT b.op, CASE b.state WHEN 'answered' THEN 'accepted' ELSE b.state END AS receipt, b.size - count(e.x) AS n
      FROM runs.batches b LEFT JOIN runs.exceptions e ON e.run = b.run AND e.batch = b.number
      WHERE b.run = $run::uuid GROUP BY b.run, b.number
      UNION ALL
      SELECT b.op, e.receipt, 1 FROM runs.exceptions e JOIN runs.batches b ON b.run = e.run AND b.number = e.batch
      WHERE e.run = $run::uuid AND e.receipt <> 'moved'
    ) each GROUP BY 1, 2 HAVING sum(n) > 0 ORDER BY 1, 2`,
  params: ofRun,
  row: z.object({ op, receipt: z.string(), n: count }),
})

const old = `u.run = b.run AND u.created_at < $before::timestamptz AND ${over}`
/** Moved, they are in a later batch; `accepted` beside others is from the time before there were batches. */
const unfinished = "receipt NOT IN ('moved', 'accepted')"
const before = z.object({ before: z.string() })

/** Removals that are owed, or were refused, stay. */
export const expireBatches = defineStatement({
  name: 'run_batches_expire',
  sql: `
    DELETE FROM runs.batches b USING runs.runs u
    WHERE ${old} AND NOT (b.op = 'remove' AND (b.state <> 'answered' OR EXISTS (
      SELECT FROM runs.exceptions e WHERE e.run = b.run AND e.batch = b.number AND e.${unfinished})))`,
  params: before,
  row: z.unknown(),
})

/** Of a batch of removals that stays, those go who are out. */
export const expirePeople = defineStatement({
  name: 'run_people_expire',
  sql: `
    WITH gone AS (
      DELETE FROM runs.exceptions e USING runs.batches b, runs.runs u
      WHERE ${old} AND b.op = 'remove' AND b.state = 'answered' AND e.run = b.run AND e.batch = b.number AND NOT e.${unfinished}
    )
    UPDATE runs.batches b SET size = cardinality(rest.xs), lowest = rest.xs[1], highest = rest.xs[cardinality(rest.xs)], xs = rest.xs
    FROM runs.runs u, (SELECT run, batch, array_agg(x ORDER BY x) AS xs FROM runs.exceptions WHERE ${unfinished} GROUP BY run, batch) rest
    WHERE ${old} AND b.op = 'remove' AND b.state = 'answered'
      AND rest.run = b.run AND rest.batch = b.number AND b.size > cardinality(rest.xs)`,
  params: before,
  row: z.unknown(),
})
