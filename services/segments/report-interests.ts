/** Interests by week and band, as the snapshot counts them: rounded to 50, and nothing of cells under 50. */

import * as z from 'zod'
import type { House } from '../../infra/config/house.ts'
import type { Store } from '../../infra/ports/store.ts'
import { Fault } from '../../schemas/fault.ts'
import { type InterestName, isSpecial } from '../../schemas/interest.ts'
import { bandLevels, dimensions } from '../../schemas/snapshot.ts'
import { dayOf, FOLD_AFTER_WEEKS, weekStart } from '../../schemas/week.ts'
import { FLOOR, roundCount, snapshotOf } from './estimate.ts'
import { levelCounts } from './queries/snapshot.ts'

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
      /** Profiles in each band, in the week of the snapshot. */
      bands: z.object({ low: Cell, medium: Cell, high: Cell }),
      /** Profiles with a signal of it in each week, the oldest first; `monday` is the week's first day. */
      weeks: z.array(z.object({ monday: z.string(), profiles: Cell })),
    }),
  ),
})
export type InterestReport = z.infer<typeof InterestReport>

export async function reportInterests(
  { house, store }: Pick<ReportDeps, 'house' | 'store'>,
  { site, weeks }: { readonly site: string; readonly weeks: number },
): Promise<InterestReport> {
  const config = house.config.sites[site]
  const interests = house.interests.get(site)
  if (!config || !interests) throw new Fault('not_found', `no site is named ${site}`)
  const { week } = await snapshotOf({ store }, site)
  const names = (Object.keys(interests.interests) as InterestName[]).filter(
    (name) => !isSpecial(interests.interests, name),
  )
  const first = Math.max(0, week - weeks + 1)
  const levels = { from: Math.min(...Object.values(bandLevels)), to: Math.max(...Object.values(bandLevels)) }
  const counts = [
    ...(await store.ask(levelCounts, { site, dimensions: names.map((name) => dimensions.band(name)), ...levels })),
    ...(await store.ask(levelCounts, {
      site,
      dimensions: names.map((name) => dimensions.acts(name, '')),
      from: first,
      to: week,
    })),
  ]
  const profiles = new Map(counts.map((row) => [`${row.dimension} ${row.level}`, row.profiles]))
  const countOf = (dimension: string, level: number) => cell(profiles.get(`${dimension} ${level}`))
  const language = config.languages[0] ?? ''
  return {
    site,
    floor: FLOOR,
    exact: false,
    interests: names.map((interest) => {
      const inBand = (band: keyof typeof bandLevels) => countOf(dimensions.band(interest), bandLevels[band])
      return {
        interest,
        name: interests.interests[interest]?.name[language] ?? interest,
        bands: { low: inBand('low'), medium: inBand('medium'), high: inBand('high') },
        weeks: Array.from({ length: week - first + 1 }, (_, index) => ({
          monday: dayOf(weekStart(first + index)),
          profiles: countOf(dimensions.acts(interest, ''), first + index),
        })),
      }
    }),
  }
}

function cell(n = 0): number | null {
  return roundCount(n) || null
}
