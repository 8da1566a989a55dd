/** The collector as a service: its app on the engines and keys of the web side. */

import { statfs } from 'node:fs/promises'
import type { Hono } from 'hono'
import type { House } from '../infra/config/house.ts'
import type { Edge } from '../infra/engines.ts'
import type { AdminApi } from '../infra/listeners/admin-api.ts'
import type { Metrics } from '../infra/listeners/metrics.ts'
import type { Check } from '../infra/listeners/readiness.ts'
import type { Chores, ServiceDeps } from '../infra/process/service.ts'
import { collectorApi } from './admin-api.ts'
import { createCollector } from './app.ts'
import { type CollectorDeps, defaultCapacity, defaultLimits } from './deps.ts'
import { fastLane } from './door/fast-lane.ts'
import { type Pressure, watchPressure } from './door/pressure.ts'
import { type CollectorTurnstile, createTurnstile } from './door/turnstile.ts'
import { compileSites } from './site.ts'
import { bundleSnippet } from './snippet/bundle.ts'
import { openRefused } from './visitors/refused.ts'

export interface CollectorServiceDeps extends ServiceDeps<'collector'> {
  readonly lookUpReceipt: CollectorDeps['lookUpReceipt']
  readonly checks: Readonly<Record<string, Check>>
}

export interface CollectorService {
  readonly web: { readonly fetch: Hono['fetch']; readonly turnstile: CollectorTurnstile }
  readonly api: AdminApi
  readonly chores: Chores
}

export async function openCollector(deps: CollectorServiceDeps): Promise<CollectorService> {
  const { settings, house, engines, clock, log, onClose } = deps
  const webKeys = await deps.keys.web()
  const refused = await openRefused({ log: engines.log, cache: engines.cache, clock, logger: log })
  onClose(() => refused.close())
  const sites = compileSites(house.config.sites, (site) => interestsOf(house, site))
  const pressure = await watchPressure({ capacity: defaultCapacity, freeBytes: () => freeBytes(settings.dataDir) })
  onClose(() => pressure.close())
  const turnstile = createTurnstile({ sites, meter: deps.metrics, capacity: defaultCapacity, pressure })
  onClose(() => turnstile.close())
  watchDoor(deps.metrics, turnstile, pressure)
  if (engines.edge) watchSpool(deps.metrics, engines.edge)
  const collector = createCollector({
    sites,
    keys: webKeys.keys,
    log: engines.log,
    cache: engines.cache,
    refused,
    snippet: await bundleSnippet(),
    clock,
    clientAddressHeader: settings.clientAddressHeader,
    siteKeys: settings.siteKeys,
    geo: () => '',
    lookUpReceipt: deps.lookUpReceipt,
    checks: { ...deps.checks, consent: refused.healthy },
    degraded: engines.edge ? engines.edge.degraded : () => [],
    limits: defaultLimits,
    logger: log,
    meter: deps.metrics,
  })
  const api = collectorApi({ sites: house.config.sites, keys: webKeys.keys })
  const web = { fetch: collector.app.fetch, turnstile: fastLane(turnstile, collector) }
  return { web, api, chores: { keys: (now) => webKeys.turnDays(now) } }
}

function watchDoor({ watch }: Metrics, turnstile: CollectorTurnstile, pressure: Pressure): void {
  watch('bauta_requests_at_hand', 'Requests being answered', async () => turnstile.status().requests)
  watch('bauta_requests_waiting', 'Requests that wait for a place', async () => turnstile.status().waiting)
  watch('bauta_request_bytes_at_hand', 'Bytes of the bodies of both', async () => turnstile.status().bytes)
  watch('bauta_loop_delay_seconds', 'How late the core is for its own clock', async () => pressure.loopDelay() / 1_000)
}

async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}

function watchSpool({ watch }: Metrics, { spool, degraded }: Edge): void {
  watch('bauta_spool_records', 'Records on this disk that the log has not taken yet', async () => spool().records)
  watch('bauta_spool_bytes', 'Their bytes', async () => spool().bytes)
  watch('bauta_spool_age_seconds', 'How long the first of them has waited', async () => spool().ageSeconds)
  watch('bauta_spool_drained', 'Records handed on from the spool since the start', async () => spool().drained)
  watch('bauta_spool_expired', 'Records given up after 48 hours', async () => spool().expired)
  const appended = 'Records acknowledged since the start:'
  watch('bauta_log_appended', `${appended} by the log itself`, async () => spool().appended.log)
  watch('bauta_spool_appended', `${appended} from the spool`, async () => spool().appended.spool)
  const states = ['closed', 'half_open', 'open', 'opening'] as const
  const state = 'Way to the log: 0 closed, 1 half open, 2 open, 3 not reached yet'
  watch('bauta_log_breaker', state, async () => states.indexOf(spool().log))
  watch('bauta_edge_degraded', 'Engines that are away while the collector goes on', async () => degraded().length)
}

function interestsOf({ interests }: House, site: string) {
  const found = interests.get(site)
  if (!found) throw new Error('a site without interests was read')
  return found
}
