/** Pages, referrers and campaigns, from counters that belong to nobody. Cells under 10 are counted together. */

import * as z from 'zod'
import { Fault } from '../../schemas/fault.ts'
import { actsByHour, campaigns, pages, referrers, viewsByDay } from './queries/traffic-reports.ts'
import type { ReportDeps } from './report-interests.ts'

export const TRAFFIC_FLOOR = 10
const ROWS = 100

/** `null` is under the floor. */
const Cell = z.int().nullable()
const Top = z.object({
  rows: z.array(z.object({ name: z.string(), views: z.int(), seconds: z.int() })),
  /** Views of all that is not shown. */
  other: Cell,
})
type Top = z.infer<typeof Top>
export const TrafficReport = z.object({
  site: z.string(),
  from: z.string(),
  to: z.string(),
  floor: z.literal(TRAFFIC_FLOOR),
  pages: Top,
  referrers: Top,
  campaigns: Top,
  days: z.array(z.object({ day: z.string(), views: Cell })),
  /** Purchases, forms and the like, by hour of the day (UTC). */
  acts: z.array(z.object({ type: z.string(), hours: z.array(Cell).length(24) })),
})
export type TrafficReport = z.infer<typeof TrafficReport>

export async function reportTraffic(
  { house, store }: ReportDeps,
  range: { readonly site: string; readonly from: string; readonly to: string },
): Promise<TrafficReport> {
  if (!Object.hasOwn(house.config.sites, range.site)) throw new Fault('not_found', `no site is named ${range.site}`)
  if (range.from > range.to) throw new Fault('invalid', 'the range ends before it begins: from is after to')
  const top = async (query: typeof pages) => topOf(await store.ask(query, { ...range, floor: TRAFFIC_FLOOR }))
  const days = await store.ask(viewsByDay, range)
  const acts = new Map<string, (number | null)[]>()
  for (const { type, hour, n } of await store.ask(actsByHour, range)) {
    const hours = acts.get(type) ?? Array.from({ length: 24 }, () => null)
    hours[hour] = cell(n)
    acts.set(type, hours)
  }
  return {
    ...range,
    floor: TRAFFIC_FLOOR,
    pages: await top(pages),
    referrers: await top(referrers),
    campaigns: await top(campaigns),
    days: days.map(({ day, views }) => ({ day, views: cell(views) })),
    acts: [...acts].map(([type, hours]) => ({ type, hours })),
  }
}

/** No total is shown beside them: it would tell a hidden cell that is alone. */
function topOf(rows: readonly z.output<typeof pages.row>[]): Top {
  const shown = rows.filter((row) => row.shown).slice(0, ROWS)
  const rest = rows.filter((row) => !shown.includes(row))
  return {
    rows: shown.map(({ name, views, seconds }) => ({ name, views, seconds })),
    other: cell(rest.reduce((sum, { views }) => sum + views, 0)),
  }
}

function cell(n: number): number | null {
  return n < TRAFFIC_FLOOR ? null : n
}
