/** Once a day: whom old runs brought out is forgotten, and with it goes what of them lies in our own house. */

import type { Logger } from 'pino'
import type { Destination } from '../../infra/ports/destination.ts'
import type { Claims } from './claims.ts'
import type { Runs } from './runs.ts'

export interface ExpireRunsDeps {
  readonly book: Pick<Runs, 'expire' | 'keptRuns'>
  readonly destinations: ReadonlyMap<string, Destination>
  readonly claims: Pick<Claims, 'closing'>
  readonly clock: () => number
  readonly logger: Logger
}

const DAY_MS = 86_400_000
const RETRY_MS = 600_000

export function openExpireRuns({ book, destinations, claims, clock, logger }: ExpireRunsDeps): () => Promise<void> {
  let due = 0

  /** Rows first, as no file of a run that has rows may go; what then fails is tried again soon, because nobody can be taken out of these files. */
  async function expire(): Promise<boolean> {
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
