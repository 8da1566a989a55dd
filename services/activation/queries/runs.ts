/** Runs in statements: their states, and who works on them. */

import * as z from 'zod'
import { defineStatement } from '../../../infra/ports/sql.ts'
import { RunState, Waterfall } from '../../../schemas/audience.ts'
import { over } from './batches.ts'

const count = z.coerce.number().pipe(z.int())

export const RunRow = z.object({
  run: z.uuid(),
  audience: z.string(),
  destination: z.string(),
  state: RunState,
  reason: z.string().nullable(),
  week: z.int(),
  sequence: count,
  waterfall: Waterfall.nullable(),
  approved_by: z.string().nullable(),
  started_by: z.string(),
  created_at: z.string(),
  finished_at: z.string().nullable(),
  lease_until: z.string().nullable(),
})
export type RunRow = z.output<typeof RunRow>

/** The database's clock decides when a lease ends, so that those of the processes need not agree. */
const until = "now() + $ms * interval '1 millisecond'"
const lease = z.object({ run: z.uuid(), holder: z.uuid(), ms: z.int() })

const columns =
  'run, audience, destination, state, reason, week, sequence, waterfall, approved_by, started_by, created_at, finished_at, lease_until'

export const addRun = defineStatement({
  name: 'run_add',
  sql: `
    INSERT INTO runs.runs (run, audience, destination, state, week, sequence, started_by, created_at)
    VALUES ($run::uuid, $audience, $destination, 'planned', $week, 0, $started_by, $created_at::timestamptz)`,
  params: RunRow.pick({ run: true, audience: true, destination: true, week: true, started_by: true, created_at: true }),
  row: z.unknown(),
})

export const runByName = defineStatement({
  name: 'run_get',
  sql: `SELECT ${columns} FROM runs.runs WHERE run = $run::uuid`,
  params: z.object({ run: z.uuid() }),
  row: RunRow,
})

export const runPage = defineStatement({
  name: 'run_list',
  sql: `
    SELECT ${columns} FROM runs.runs
    WHERE ($audience = '' OR audience = $audience) ORDER BY created_at DESC, run LIMIT $limit::int`,
  params: z.object({ audience: z.string(), limit: z.int() }),
  row: RunRow,
})

export const runsInStates = defineStatement({
  name: 'runs_in_states',
  sql: `
    SELECT ${columns} FROM runs.runs
    WHERE state = ANY($states::text[]) AND (lease_until IS NULL OR lease_until <= now()) ORDER BY created_at, run`,
  params: z.object({ states: z.array(RunState) }),
  row: RunRow,
})

/** Those that have begun to leave and are not over. */
export const openRuns = defineStatement({
  name: 'runs_open',
  sql: "SELECT run FROM runs.runs WHERE state IN ('running', 'interrupted')",
  params: z.object({}),
  row: z.object({ run: z.uuid() }),
})

/** The last that got to its end. */
export const lastFinished = defineStatement({
  name: 'run_last_finished',
  sql: `
    SELECT ${columns} FROM runs.runs
    WHERE audience = $audience AND destination = $destination AND state IN ('done', 'partly_done')
    ORDER BY created_at DESC, run LIMIT 1`,
  params: z.object({ audience: z.string(), destination: z.string() }),
  row: RunRow,
})

/** Answers nothing while another process holds it. */
export const takeLease = defineStatement({
  name: 'run_lease',
  sql: `
    UPDATE runs.runs SET lease_holder = $holder::uuid, lease_until = ${until}
    WHERE run = $run::uuid AND (lease_until IS NULL OR lease_until <= now() OR ($at_once AND lease_holder IS NULL))
    RETURNING ${columns}`,
  params: lease.extend({ at_once: z.boolean() }),
  row: RunRow,
})

/** Held by nobody, and left alone until then. */
export const dropLease = defineStatement({
  name: 'run_lease_drop',
  sql: `
    UPDATE runs.runs SET lease_holder = NULL, lease_until = ${until}
    WHERE run = $run::uuid AND lease_holder = $holder::uuid`,
  params: lease,
  row: z.unknown(),
})

/** Answers nothing when the lease was lost. */
export const renewLease = defineStatement({
  name: 'run_lease_renew',
  sql: `
    UPDATE runs.runs SET lease_until = ${until}
    WHERE run = $run::uuid AND lease_holder = $holder::uuid RETURNING run`,
  params: lease,
  row: z.object({ run: z.string() }),
})

/** Until the end of the transaction, nobody else writes what is under its lease. */
export const lockRun = defineStatement({
  name: 'run_lock',
  sql: 'SELECT run FROM runs.runs WHERE run = $run::uuid FOR UPDATE',
  params: z.object({ run: z.uuid() }),
  row: z.object({ run: z.string() }),
})

export const changeState = defineStatement({
  name: 'run_state',
  sql: `
    UPDATE runs.runs SET state = $to, reason = $reason,
      finished_at = CASE WHEN $over THEN $now::timestamptz ELSE finished_at END,
      approved_by = COALESCE($approved_by, approved_by)
    WHERE run = $run::uuid AND state = $from RETURNING run`,
  params: z.object({
    run: z.uuid(),
    from: RunState,
    to: RunState,
    reason: z.string().nullable(),
    over: z.boolean(),
    approved_by: z.string().nullable(),
    now: z.string(),
  }),
  row: z.object({ run: z.string() }),
})

export const setPlan = defineStatement({
  name: 'run_plan',
  sql: 'UPDATE runs.runs SET sequence = $sequence::bigint, waterfall = $waterfall::text::jsonb WHERE run = $run::uuid',
  params: z.object({ run: z.uuid(), sequence: z.int(), waterfall: z.string() }),
  row: z.unknown(),
})

/** Whether the rows of a run are kept, or may still come; once they are not, none come back. */
export const keptRuns = defineStatement({
  name: 'runs_kept',
  sql: `
    SELECT u.run, u.created_at >= $before::timestamptz OR NOT (${over})
      OR EXISTS (SELECT FROM runs.batches b WHERE b.run = u.run) AS kept
    FROM runs.runs u WHERE u.run = ANY($runs::uuid[])`,
  params: z.object({ runs: z.array(z.uuid()), before: z.string() }),
  row: z.object({ run: z.uuid(), kept: z.boolean() }),
})
