/**
 * Once a day: whom old runs brought out is forgotten, and with it goes what of them lies in our own house; and so are devices that nobody can
 * be linked to any more.
 */

import type { Logger } from 'pino'
import type { Destination } from '../../infra/ports/destination.ts'
import { DAY_MS, dayOf } from '../../schemas/week.ts'
import type { LinksDeps } from './links/open-links.ts'
import { forgetFormer, forgetSpoilt } from './queries/links.ts'
import type { Claims } from './runs/claims.ts'
import type { Runs } from './runs/runs.ts'

export interface ExpiryDeps extends Pick<LinksDeps, 'links'> {
  readonly book: Pick<Runs, 'expire' | 'keptRuns'>
  readonly destinations: ReadonlyMap<string, Destination>
  readonly claims: Pick<Claims, 'closing'>
  readonly clock: () => number
  readonly logger: Logger
}

const RETRY_MS = 600_000
/** Longer than a visitor id lives, and than signals count: by then nobody can be linked to what was read there. */
const DEVICE_MS = 65 * 7 * DAY_MS

export function openExpiry({ book, destinations, links, claims, clock, logger }: ExpiryDeps): () => Promise<void> {
  let due = 0

  /** Rows first, as no file of a run that has rows may go; what then fails is tried again soon, because nobody can be taken out of these files. */
  async function expire(): Promise<boolean> {
    for (const forget of [forgetFormer, forgetSpoilt]) await links.run(forget, { day: dayOf(clock() - DEVICE_MS) })
    const from = await book.expire()
    let well = true
    for (const [name, { expire }] of destinations)
      await expire?.(from, (runs) => book.keptRuns(runs, from), claims.closing).catch((error: unknown) => {
        well = false
        logger.error({ err: error, destination: name }, 'old files could not be deleted')
      })
    return well
  }

  return async () => {
    if (clock() < due) return
    due = clock() + RETRY_MS
    if (await expire()) due = clock() + DAY_MS
  }
}
