/** The rows of runs in statements: what is to leave, in batches, and what came of it. */

import * as z from 'zod'
import { defineStatement } from '../../infra/ports/sql.ts'
import { Receipt } from '../../schemas/audience.ts'
import { ExportId } from '../../schemas/ids.ts'

const count = z.coerce.number().pipe(z.int())
const op = z.enum(['upsert', 'remove'])

/** A receipt as it stands in the book: before one came, `released`; of who must not leave any more, `withheld`. */
export const RowReceipt = z.enum(['released', 'withheld', 'unknown', ...Receipt.options])
export type RowReceipt = z.infer<typeof RowReceipt>

export const deleteRows = defineStatement({
  name: 'run_rows_delete',
  sql: 'DELETE FROM runs.rows WHERE run = $run::uuid',
  params: z.object({ run: z.uuid() }),
  row: z.unknown(),
})

export const addRows = defineStatement({
  name: 'run_rows_add',
  sql: `
    INSERT INTO runs.rows (run, position, x, batch, fingerprint, op)
    SELECT $run::uuid, each.* FROM unnest($positions::int[], $xs::text[], $batches::int[], $fingerprints::text[], $ops::text[]) each`,
  params: z.object({
    run: z.uuid(),
    positions: z.array(z.int()),
    xs: z.array(z.string()),
    batches: z.array(z.int()),
    fingerprints: z.array(z.string()),
    ops: z.array(op),
  }),
  row: z.unknown(),
})

const BookedRow = z.object({
  position: z.int(),
  x: ExportId,
  batch: z.int(),
  fingerprint: z.string(),
  op,
  receipt: RowReceipt.nullable(),
})
export type BookedRow = z.output<typeof BookedRow>
const ofRun = z.object({ run: z.uuid() })
const owed = "(receipt IS NULL OR receipt IN ('released', 'unknown'))"

/** Batches that have rows not released yet, or released and never answered. */
export const owedBatches = defineStatement({
  name: 'run_owed_batches',
  sql: `SELECT batch AS number, min(op) AS op FROM runs.rows WHERE run = $run::uuid AND ${owed} GROUP BY batch ORDER BY batch`,
  params: ofRun,
  row: z.object({ number: z.int(), op }),
})

export const owedRows = defineStatement({
  name: 'run_owed_rows',
  sql: `
    SELECT position, x, batch, fingerprint, op, receipt FROM runs.rows
    WHERE run = $run::uuid AND batch = $batch::int AND ${owed} ORDER BY position`,
  params: ofRun.extend({ batch: z.int() }),
  row: BookedRow,
})

/** Removals that no destination has confirmed or refused. */
export const owedRemovals = defineStatement({
  name: 'run_owed_removals',
  sql: `
    SELECT position, x, batch, fingerprint, op, receipt FROM runs.rows
    WHERE run = $run::uuid AND op = 'remove' AND (${owed} OR receipt = 'later') ORDER BY position`,
  params: ofRun,
  row: BookedRow,
})

/**
 * People whom a run has brought out, or may have, and has not taken back. NOT IN, because it is one look at the removals: right after a large
 * recall the server still believes that there are none, and would go through all of them for each row.
 */
export const outRows = defineStatement({
  name: 'run_out',
  sql: `
    SELECT x FROM runs.rows r WHERE run = $run::uuid AND op = 'upsert' AND receipt IN ('released', 'unknown', 'later', 'accepted')
      AND r.x NOT IN (SELECT o.x FROM runs.rows o WHERE o.run = $run::uuid AND o.op = 'remove')
    ORDER BY position`,
  params: ofRun,
  row: z.object({ x: ExportId }),
})

export const removedRows = defineStatement({
  name: 'run_removed',
  sql: "SELECT x FROM runs.rows WHERE run = $run::uuid AND op = 'remove' ORDER BY position",
  params: ofRun,
  row: z.object({ x: ExportId }),
})

export const laterRows = defineStatement({
  name: 'run_later',
  sql: "SELECT position FROM runs.rows WHERE run = $run::uuid AND op = 'upsert' AND receipt = 'later' ORDER BY position",
  params: ofRun,
  row: z.object({ position: z.int() }),
})

export const withholdRows = defineStatement({
  name: 'run_withhold',
  sql: "UPDATE runs.rows SET receipt = 'withheld' WHERE run = $run::uuid AND op = 'upsert' AND x = ANY($xs::text[])",
  params: ofRun.extend({ xs: z.array(ExportId) }),
  row: z.unknown(),
})

export const lastOfRun = defineStatement({
  name: 'run_last',
  sql: 'SELECT COALESCE(max(position), 0) AS position, COALESCE(max(batch), 0) AS batch FROM runs.rows WHERE run = $run::uuid',
  params: ofRun,
  row: z.object({ position: z.int(), batch: z.int() }),
})

export const setReceipts = defineStatement({
  name: 'run_receipts',
  sql: `
    UPDATE runs.rows r SET receipt = each.receipt, fingerprint = COALESCE(NULLIF(each.fingerprint, ''), r.fingerprint)
    FROM unnest($positions::int[], $receipts::text[], $fingerprints::text[]) each (position, receipt, fingerprint)
    WHERE r.run = $run::uuid AND r.position = each.position`,
  params: z.object({
    run: z.uuid(),
    positions: z.array(z.int()),
    receipts: z.array(RowReceipt),
    fingerprints: z.array(z.string()),
  }),
  row: z.unknown(),
})

export const moveRows = defineStatement({
  name: 'run_rows_move',
  sql: `
    UPDATE runs.rows r SET batch = each.batch, receipt = NULL
    FROM unnest($positions::int[], $batches::int[]) each (position, batch)
    WHERE r.run = $run::uuid AND r.position = each.position`,
  params: z.object({ run: z.uuid(), positions: z.array(z.int()), batches: z.array(z.int()) }),
  row: z.unknown(),
})

export const receiptCounts = defineStatement({
  name: 'run_receipt_counts',
  sql: `
    SELECT op, COALESCE(receipt, 'planned') AS receipt, count(*) AS n FROM runs.rows
    WHERE run = $run::uuid GROUP BY 1, 2 ORDER BY 1, 2`,
  params: z.object({ run: z.uuid() }),
  row: z.object({ op, receipt: z.string(), n: count }),
})

export const expireRows = defineStatement({
  name: 'run_rows_expire',
  sql: `
    DELETE FROM runs.rows r USING runs.runs u
    WHERE u.run = r.run AND u.created_at < $before::timestamptz AND u.state NOT IN ('planned', 'held', 'running', 'interrupted')
      AND NOT (r.op = 'remove' AND r.receipt IS DISTINCT FROM 'accepted')`,
  params: z.object({ before: z.string() }),
  row: z.unknown(),
})
