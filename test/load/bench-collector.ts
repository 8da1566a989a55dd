/** The collector as production runs it: its own keys, limits and metrics, the demonstration's configuration, a log on disk. */

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createCollector } from '../../collector/app.ts'
import { defaultCapacity, defaultLimits } from '../../collector/deps.ts'
import { fastLane } from '../../collector/door/fast-lane.ts'
import { watchPressure } from '../../collector/door/pressure.ts'
import { createTurnstile } from '../../collector/door/turnstile.ts'
import { compileSites } from '../../collector/site.ts'
import { openRefused } from '../../collector/visitors/refused.ts'
import type { House } from '../../infra/config/house.ts'
import { openPersonKeyring } from '../../infra/keys/person-keys.ts'
import { openWebKeyring } from '../../infra/keys/web-keys.ts'
import { listen } from '../../infra/listeners/http.ts'
import { openMetrics } from '../../infra/listeners/metrics.ts'
import type { Cache } from '../../infra/ports/cache.ts'
import type { Log } from '../../infra/ports/log.ts'
import { openLogger } from '../../infra/process/logger.ts'
import { Fault } from '../../schemas/fault.ts'

export interface BenchCollectorDeps {
  readonly directory: string
  readonly house: House
  readonly log: Log
  readonly cache: Cache
}

export async function openBenchKeys({ directory, house }: Pick<BenchCollectorDeps, 'directory' | 'house'>) {
  const options = { directory: join(directory, 'keys'), kek: randomBytes(32), clock: Date.now }
  await openPersonKeyring(options)
  return openWebKeyring({ ...options, sites: Object.keys(house.config.sites) })
}

export async function openBenchCollector({ directory, house, log, cache }: BenchCollectorDeps) {
  const { keys } = await openBenchKeys({ directory, house })
  const logger = openLogger({ level: 'info', service: 'collector' })
  const interestsOf = (site: string) => {
    const interests = house.interests.get(site)
    if (!interests) throw new Fault('config_invalid', `the site ${site} has no interests`)
    return interests
  }
  const refused = await openRefused({ log, cache, clock: Date.now, logger })
  const sites = compileSites(house.config.sites, interestsOf)
  const meter = openMetrics()
  const pressure = await watchPressure({ capacity: defaultCapacity })
  const turnstile = createTurnstile({ sites, meter, capacity: defaultCapacity, pressure })
  const collector = createCollector({
    sites,
    keys,
    log,
    cache,
    refused,
    snippet: { js: '', etag: '"none"' },
    clock: Date.now,
    // One address a visitor, so that the limits see the many networks there would be.
    clientAddressHeader: 'x-forwarded-for',
    siteKeys: new Map(),
    geo: () => '',
    lookUpReceipt: async () => undefined,
    checks: {},
    degraded: () => [],
    limits: defaultLimits,
    logger,
    meter,
  })
  const web = { fetch: collector.app.fetch, turnstile: fastLane(turnstile, collector) }
  const listener = await listen(web, { host: '127.0.0.1', port: 0, name: 'the bench' })
  return {
    port: listener.port,
    async close() {
      await listener.close()
      await refused.close()
      turnstile.close()
      pressure.close()
    },
  }
}
