/** Bands in the cache: the contract of profiles, which writes them, and the collector, which shows them to the visitor who asks. */

import * as z from 'zod'
import type { WebPseudonym } from './ids.ts'
import { InterestName, PositiveBand } from './interest.ts'

/** A week and a day: scores age by the week, and who stays away longer is scored anew by the first click. */
export const BANDS_SECONDS = 8 * 86_400

export function bandsKey(site: string, p: WebPseudonym): string {
  return `bands:${site}:${p}`
}

/** Strongest first. As JSON. */
export const CachedBands = z.array(z.strictObject({ id: InterestName, band: PositiveBand }))
export type CachedBands = z.infer<typeof CachedBands>
