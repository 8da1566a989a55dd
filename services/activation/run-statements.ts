/** Runs in statements: their states, who works on them, who of them brought somebody out. */

import * as z from 'zod'
import { defineStatement } from '../../infra/ports/sql.ts'
import { RunState, Waterfall } from '../../schemas/audience.ts'
import { ExportId } from '../../schemas/ids.ts'

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
    WHERE state = ANY($states::text[]) AND (lease_until IS NULL OR lease_until <= $now::timestamptz) ORDER BY created_at, run`,
  params: z.object({ states: z.array(RunState), now: z.string() }),
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
    UPDATE runs.runs SET lease_holder = $holder::uuid, lease_until = $until::timestamptz
    WHERE run = $run::uuid AND (lease_until IS NULL OR lease_until <= $now::timestamptz OR ($at_once AND lease_holder IS NULL))
    RETURNING ${columns}`,
  params: z.object({ run: z.uuid(), holder: z.uuid(), until: z.string(), now: z.string(), at_once: z.boolean() }),
  row: RunRow,
})

/** Held by nobody, and left alone until then. */
export const dropLease = defineStatement({
  name: 'run_lease_drop',
  sql: `
    UPDATE runs.runs SET lease_holder = NULL, lease_until = $until::timestamptz
    WHERE run = $run::uuid AND lease_holder = $holder::uuid`,
  params: z.object({ run: z.uuid(), holder: z.uuid(), until: z.string() }),
  row: z.unknown(),
})

/** Answers nothing when the lease was lost. */
export const renewLease = defineStatement({
  name: 'run_lease_renew',
  sql: `
    UPDATE runs.runs SET lease_until = $until::timestamptz
    WHERE run = $run::uuid AND lease_holder = $holder::uuid RETURNING run`,
  params: z.object({ run: z.uuid(), holder: z.uuid(), until: z.string() }),
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

/** Runs that owe a removal, whatever their state: who withdraws after a run is over is taken out all the same. */
export const owingRuns = defineStatement({
  name: 'runs_owing',
  sql: `
    SELECT DISTINCT r.run FROM runs.rows r JOIN runs.runs u ON u.run = r.run
    WHERE r.op = 'remove' AND r.receipt IS DISTINCT FROM 'accepted' AND r.receipt IS DISTINCT FROM 'rejected'
      AND u.state NOT IN ('planned', 'held', 'running', 'interrupted')
      AND (u.lease_until IS NULL OR u.lease_until <= $now::timestamptz)
    ORDER BY 1`,
  params: z.object({ now: z.string() }),
  row: z.object({ run: z.uuid() }),
})

const place = z.object({ audience: z.string(), destination: z.string(), xs: z.array(ExportId) })
const held = z.object({ run: z.uuid(), x: ExportId })

/** The run that brought each of them to a destination that shows its rows at once, if that run is over and owes no removal of them yet. */
export const broughtBy = defineStatement({
  name: 'runs_brought_by',
  sql: `
    SELECT a.run, a.x FROM runs.acknowledged a JOIN runs.runs u ON u.run = a.run
    WHERE a.audience = $audience AND a.destination = $destination AND a.x = ANY($xs::text[])
      AND u.state NOT IN ('planned', 'held', 'running', 'interrupted')
      AND NOT EXISTS (SELECT FROM runs.rows o WHERE o.run = a.run AND o.x = a.x AND o.op = 'remove' AND o.receipt IS DISTINCT FROM 'accepted')
    ORDER BY a.run, a.x`,
  params: place,
  row: held,
})

/** Whether one of them was brought there by a run that is not over: it takes them out itself, unless it fails before it can. */
export const broughtByOpen = defineStatement({
  name: 'runs_brought_by_open',
  sql: `
    SELECT a.run, a.x FROM runs.acknowledged a JOIN runs.runs u ON u.run = a.run
    WHERE a.audience = $audience AND a.destination = $destination AND a.x = ANY($xs::text[])
      AND u.state IN ('planned', 'held', 'running', 'interrupted')
    LIMIT 1`,
  params: place,
  row: held,
})

/** All runs that are over and whose file holds one of them. */
export const filesHolding = defineStatement({
  name: 'runs_files_holding',
  sql: `
    SELECT r.run, r.x FROM runs.rows r JOIN runs.runs u ON u.run = r.run
    WHERE u.audience = $audience AND u.destination = $destination AND r.x = ANY($xs::text[])
      AND u.state NOT IN ('planned', 'held', 'running', 'interrupted')
      AND r.op = 'upsert' AND r.receipt IN ('released', 'unknown', 'later', 'accepted')
      AND NOT EXISTS (SELECT FROM runs.rows o WHERE o.run = r.run AND o.x = r.x AND o.op = 'remove')
    ORDER BY r.run, r.x`,
  params: place,
  row: held,
})
