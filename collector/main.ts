/** The collector as a service: its app on the engines and keys of the web side. */

import type { Hono } from 'hono'
import type { AdminApi } from '../infra/admin-api.ts'
import type { House } from '../infra/config.ts'
import type { Edge } from '../infra/engines.ts'
import type { Metrics } from '../infra/metrics.ts'
import type { Check } from '../infra/readiness.ts'
import type { Chores, ServiceDeps } from '../infra/service.ts'
import { collectorApi } from './admin-api.ts'
import { createCollector } from './app.ts'
import { type CollectorDeps, defaultLimits } from './deps.ts'
import { openRefused } from './refused.ts'
import { compileSites } from './site.ts'
import { bundleSnippet } from './snippet/bundle.ts'

export interface CollectorServiceDeps extends ServiceDeps<'collector'> {
  readonly lookUpReceipt: CollectorDeps['lookUpReceipt']
  readonly checks: Readonly<Record<string, Check>>
}

export async function openCollector(deps: CollectorServiceDeps): Promise<{ web: Hono; api: AdminApi; chores: Chores }> {
  const { settings, house, engines, clock, log, onClose } = deps
  const webKeys = await deps.keys.web()
  const refused = await openRefused({ log: engines.log, cache: engines.cache, clock, logger: log })
  onClose(() => refused.close())
  if (engines.edge) watchSpool(deps.metrics, engines.edge)
  const web = createCollector({
    sites: compileSites(house.config.sites, (site) => interestsOf(house, site)),
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
  return { web, api, chores: { keys: (now) => webKeys.turnDays(now) } }
}

function watchSpool({ watch }: Metrics, { spool, degraded }: Edge): void {
  watch('bauta_spool_records', 'Records on this disk that the log has not taken yet', async () => spool().records)
  watch('bauta_spool_bytes', 'Their bytes', async () => spool().bytes)
  watch('bauta_spool_age_seconds', 'How long the first of them has waited', async () => spool().ageSeconds)
  watch('bauta_spool_drained', 'Records handed on from the spool since the start', async () => spool().drained)
  watch('bauta_spool_expired', 'Records given up after 48 hours', async () => spool().expired)
  watch('bauta_edge_degraded', 'Engines that are away while the collector goes on', async () => degraded().length)
}

function interestsOf({ interests }: House, site: string) {
  const found = interests.get(site)
  if (!found) throw new Error('a site without interests was read')
  return found
}
