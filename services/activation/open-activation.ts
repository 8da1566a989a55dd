/** Activation: the one place where both worlds are known, in memory and for one run. It has no door of its own but the admin API. */

import type { Logger } from 'pino'
import { refuseChangedNotices } from '../../infra/config/notices.ts'
import type { AdminApi } from '../../infra/listeners/admin-api.ts'
import type { Destination } from '../../infra/ports/destination.ts'
import type { ActivationKeys } from '../../infra/ports/keys.ts'
import type { Log } from '../../infra/ports/log.ts'
import type { Sql } from '../../infra/ports/sql.ts'
import type { Store } from '../../infra/ports/store.ts'
import type { BautaConfig } from '../../schemas/config.ts'
import type { Interests } from '../../schemas/interest.ts'
import { activationApi } from './api.ts'
import { openAudiences } from './audiences.ts'
import { openDuties } from './duties.ts'
import { openExpiry } from './expiry.ts'
import { openEndDevices } from './links/end-devices.ts'
import { takeLinkRequests } from './links/take-link-requests.ts'
import { openRecall } from './recall.ts'
import { openClaims } from './runs/claims.ts'
import { openExportRuns } from './runs/export-runs.ts'
import { openRuns } from './runs/runs.ts'
import { openSchedules } from './schedule.ts'

export interface ActivationDeps {
  readonly vault: Sql
  readonly links: Sql
  readonly runs: Sql
  readonly control: Sql
  readonly store: Store
  readonly log: Log
  readonly keys: ActivationKeys
  readonly destinations: ReadonlyMap<string, Destination>
  readonly config: BautaConfig
  /** By site. */
  readonly interests: ReadonlyMap<string, Interests>
  readonly clock: () => number
  readonly logger: Logger
  /** How often the duties are looked after; 0 for never, when `tick` is called instead. */
  readonly everyMs?: number
  /** Milliseconds that endings wait, see end-devices.ts. */
  readonly jitter?: () => number
}

export interface Activation {
  readonly api: AdminApi
  /** All duties once: links, endings, recalls, runs left behind, schedules. */
  tick(): Promise<void>
  /** Resolves when no run is on its way any more. */
  settled(): Promise<void>
  /** Runs stop at their next batch and go on at the next start. */
  close(): Promise<void>
}

const EVERY_MS = 2_000
const JITTER_MS = 600_000

/** Throws `config_invalid` on a notice that is another than people agreed to: what the vault refuses must not leave from here. */
export async function openActivation(deps: ActivationDeps): Promise<Activation> {
  await refuseChangedNotices(deps.control, deps.config)
  const { logger, everyMs = EVERY_MS, jitter = () => Math.random() * JITTER_MS } = deps
  const audiences = openAudiences(deps)
  const book = openRuns(deps)
  const claims = openClaims(book)
  const all = { ...deps, audiences, book, claims, jitter }
  const exports = openExportRuns(all)
  const recall = openRecall(all)
  const endDevices = openEndDevices(all)
  const schedules = await openSchedules({ ...deps, start: exports.start })
  const duties = {
    links: () => takeLinkRequests(all),
    endings: endDevices,
    recall: recall.pass,
    resume: exports.resume,
    schedules: schedules.tick,
    expire: openExpiry(all),
  }
  const ticking = openDuties({ duties, everyMs, log: logger })

  return {
    api: activationApi({ ...all, exports, recall, schedules }),
    tick: ticking.tick,
    settled: exports.settled,
    async close() {
      const ended = ticking.close()
      claims.close()
      await exports.settled()
      await ended
    },
  }
}
