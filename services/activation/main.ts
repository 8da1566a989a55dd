/** Activation as a service: runs, schedules, recalls; the only one that is given both worlds. */

import { openDestinations } from '../../infra/destinations/open-destinations.ts'
import type { AdminApi } from '../../infra/listeners/admin-api.ts'
import type { ServiceDeps } from '../../infra/process/service.ts'
import { openActivation } from './open-activation.ts'

export async function openActivationService(deps: ServiceDeps<'activation'>): Promise<{ api: AdminApi }> {
  const { settings, house, engines, clock, log, serving, onClose } = deps
  const { config, interests } = house
  const activation = await openActivation({
    ...engines.sql,
    store: engines.store,
    log: engines.log,
    keys: (await deps.keys.person()).activation,
    destinations: openDestinations(config, settings),
    config,
    interests,
    clock,
    logger: log,
    ...(!serving && { everyMs: 0 }),
  })
  onClose(() => activation.close())
  return { api: activation.api }
}
