/** Visitors whose id ended: an old cookie, replayed by a tab or a thief, is no consent. */

import type { Logger } from 'pino'
import type { Cache } from '../infra/ports/cache.ts'
import type { Log, Position } from '../infra/ports/log.ts'
import type { WebPseudonym } from '../schemas/ids.ts'
import { topics } from '../schemas/topics.ts'
import { DAY_MS, dayOf } from '../schemas/week.ts'

export interface Refused {
  /** Rejects when that cannot be known, which is no consent either. `key` is the keyed hash of the vid. */
  has(p: WebPseudonym, key: string): Promise<boolean>
  add(p: WebPseudonym, key: string): Promise<void>
  /** Reads on to the end of `stops`, where other collectors and activation write too. */
  refresh(): Promise<void>
  close(): Promise<void>
}

export interface RefusedDeps {
  readonly log: Pick<Log, 'readToEnd'>
  /** Tells other collectors at once, before they have read the log. */
  readonly cache: Cache
  readonly clock: () => number
  readonly logger: Logger
}

const CACHED_SECONDS = 48 * 3_600
const KEEP_DAYS = topics.stops.keepHours / 24
const REFRESH_MS = 5_000

/** Ready when all that is kept of `stops` has been read: a restart forgets nobody. */
export async function openRefused({ log, cache, clock, logger }: RefusedDeps): Promise<Refused> {
  const days = new Map<WebPseudonym, string>()
  let position: Position | undefined

  async function refresh() {
    const { upTo, records } = await log.readToEnd('stops', position)
    position = upTo
    for (const { p, day } of records) days.set(p, day)
    const last = dayOf(clock() - KEEP_DAYS * DAY_MS)
    for (const [p, day] of days) {
      if (day >= last) break
      days.delete(p)
    }
  }
  await refresh()
  const timer = setInterval(() => {
    refresh().catch((err) => logger.error({ err, topic: 'stops' }, 'withdrawals cannot be read'))
  }, REFRESH_MS)
  timer.unref()

  return {
    refresh,
    has: async (p, key) => days.has(p) || (await cache.get(`refused:${key}`)) !== undefined,
    async add(p, key) {
      days.set(p, dayOf(clock()))
      // It is on disk already: without the cache the others learn of it when they read on.
      await cache
        .set(`refused:${key}`, '1', CACHED_SECONDS)
        .catch((err) => logger.error({ err }, 'other collectors will refuse a visitor late'))
    },
    close: async () => clearInterval(timer),
  }
}
