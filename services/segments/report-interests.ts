/** Interests by week and band, as counts of live profiles: rounded to 50, and nothing of cells under 50. */

import * as z from 'zod'
import type { House } from '../../infra/config.ts'
import type { Store } from '../../infra/ports/store.ts'
import { Fault } from '../../schemas/fault.ts'
import { type InterestName, isSpecial } from '../../schemas/interest.ts'
import { dayOf, FOLD_AFTER_WEEKS, weekOf, weekStart } from '../../schemas/week.ts'
import { FLOOR, roundCount } from './estimate.ts'
import { liveNotices } from './live-notices.ts'
import { interestBands, interestWeeks } from './queries/interest-reports.ts'
import { scoringParams, thresholdOf } from './scoring.ts'

export interface ReportDeps {
  readonly house: House
  readonly store: Store
  readonly now: () => number
}

/** Older weeks are folded into quarters, and tell no week any more. */
export const MAX_REPORT_WEEKS = FOLD_AFTER_WEEKS

/** `null` is under the floor. */
const Cell = z.int().nullable()
export const InterestReport = z.object({
  site: z.string(),
  floor: z.literal(FLOOR),
  exact: z.literal(false),
  interests: z.array(
    z.object({
      interest: z.string(),
      name: z.string(),
      /** Profiles in each band now. */
      bands: z.object({ low: Cell, medium: Cell, high: Cell }),
      /** Profiles with a signal of it in each week, the oldest first; `monday` is the week's first day. */
      weeks: z.array(z.object({ monday: z.string(), profiles: Cell })),
    }),
  ),
})
export type InterestReport = z.infer<typeof InterestReport>

export async function reportInterests(
  { house, store, now }: ReportDeps,
  { site, weeks }: { readonly site: string; readonly weeks: number },
): Promise<InterestReport> {
  const config = house.config.sites[site]
  const interests = house.interests.get(site)
  if (!config || !interests) throw new Fault('not_found', `no site is named ${site}`)
  const week = weekOf(now())
  const names = (Object.keys(interests.interests) as InterestName[]).filter(
    (name) => !isSpecial(interests.interests, name),
  )
  const { kept, ...scoring } = scoringParams(interests, week)
  const asked = { site, interests: names, notices: liveNotices(config), now: week }
  const [low, medium, high] = (['low', 'medium', 'high'] as const).map((band) => thresholdOf(interests, band))
  const thresholds = { low: low ?? 0, medium: medium ?? 0, high: high ?? 0 }
  const byBand = await store.ask(interestBands, { ...asked, ...scoring, kept, ...thresholds })
  const first = Math.max(0, week - weeks + 1)
  const byWeek = await store.ask(interestWeeks, { ...asked, kept: first })

  const bands = new Map(byBand.map((row) => [row.name, row]))
  const profiles = new Map(byWeek.map((row) => [`${row.name} ${row.week}`, row.profiles]))
  const language = config.languages[0] ?? ''
  return {
    site,
    floor: FLOOR,
    exact: false,
    interests: names.map((interest) => {
      const inBand = bands.get(interest)
      return {
        interest,
        name: interests.interests[interest]?.name[language] ?? interest,
        bands: { low: cell(inBand?.low), medium: cell(inBand?.medium), high: cell(inBand?.high) },
        weeks: Array.from({ length: week - first + 1 }, (_, index) => ({
          monday: dayOf(weekStart(first + index)),
          profiles: cell(profiles.get(`${interest} ${first + index}`)),
        })),
      }
    }),
  }
}

function cell(n = 0): number | null {
  return roundCount(n) || null
}
