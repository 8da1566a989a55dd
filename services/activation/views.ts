/** Previews and runs as the admin API shows them: to whom may not read consents, without what tells of a few people. */

import * as z from 'zod'
import type { Actor } from '../../infra/listeners/admin-api.ts'
import { MemberRow, RunState } from '../../schemas/audience.ts'
import type { Role } from '../../schemas/role.ts'
import type { Prepared } from './plan/prepare.ts'
import type { RunRow } from './queries/runs.ts'
import { ShownWaterfall, shownTo } from './shown-waterfall.ts'

/** Why steps have no number, for whom may not read consents; null where all have one. */
const hidden = z.string().nullable()
export const Preview = z.object({
  audience: z.string(),
  exact: z.literal(true),
  minimum: z.int(),
  waterfall: ShownWaterfall,
  hidden,
})
/** As rows would leave, without addresses. */
export const DryRun = Preview.extend({ sample: z.array(MemberRow.omit({ address: true })) })
export const RunView = z.object({
  run: z.string(),
  audience: z.string(),
  destination: z.string(),
  state: RunState,
  reason: z.string().nullable(),
  waterfall: ShownWaterfall.nullable(),
  hidden,
  startedBy: z.string(),
  approvedBy: z.string().nullable(),
  createdAt: z.string(),
  finishedAt: z.string().nullable(),
})
export const RunDetail = RunView.extend({
  receipts: z.array(z.object({ op: z.string(), receipt: z.string(), n: z.int() })),
})

const SAMPLE = 5

function firstOf<T>(all: Iterable<T>, most: number): T[] {
  const first: T[] = []
  for (const each of all) {
    if (first.length >= most) break
    first.push(each)
  }
  return first
}

/** Exact: it counts from the side of the CRM, and from the consent to merge on only people who agreed. */
export function previewOf({ plan, resolved }: Prepared, { role }: Actor): z.infer<typeof Preview> {
  const { audience, minimum } = resolved
  return { audience: audience.name, exact: true, minimum, ...shownTo(role, plan.waterfall, minimum) }
}

export function viewOf(row: RunRow, role: Role, minimum: number): z.infer<typeof RunView> {
  const { run, audience, destination, state, reason } = row
  const { waterfall, hidden } = row.waterfall
    ? shownTo(role, row.waterfall, minimum)
    : { waterfall: null, hidden: null }
  const { started_by: startedBy, approved_by: approvedBy, created_at: createdAt, finished_at: finishedAt } = row
  return {
    ...{ run, audience, destination, state, reason, waterfall, hidden },
    ...{ startedBy, approvedBy, createdAt, finishedAt },
  }
}

export function dryRunOf(prepared: Prepared, actor: Actor): z.infer<typeof DryRun> {
  const { plan, resolved } = prepared
  const first = plan.members.size < resolved.minimum ? [] : firstOf(plan.members, SAMPLE)
  return { ...previewOf(prepared, actor), sample: first.map(({ row: { address: _, ...row } }) => row) }
}
