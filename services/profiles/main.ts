/** Profiles as a service: the consumer of the log, and what is asked about it. */

import type { AdminApi } from '../../infra/admin-api.ts'
import { deadLettersIn } from '../../infra/dead-letters.ts'
import type { Chores, ServiceDeps } from '../../infra/service.ts'
import { profilesApi } from './api.ts'
import { openProfiles, type Profiles } from './open-profiles.ts'

export async function openProfilesService(
  deps: ServiceDeps<'profiles'>,
): Promise<{ profiles: Profiles; api: AdminApi; chores: Chores }> {
  const { house, engines, clock, log, metrics, onClose } = deps
  const { log: stream, store, cache } = engines
  const deadLetters = deadLettersIn(engines.sql.control)
  const profiles = await openProfiles({ house, stream, store, cache, deadLetters, now: clock, log })
  onClose(() => profiles.close())
  metrics.watch('bauta_log_lag', 'Records not yet in the profiles', profiles.lag)
  return {
    profiles,
    api: profilesApi({ profiles, deadLetters }),
    chores: { log: (now) => stream.expire(now), profiles: (now) => profiles.maintain(now) },
  }
}
