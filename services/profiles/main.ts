/** Profiles as a service: the consumer of the log, and what is asked about it. */

import { deadLettersIn } from '../../infra/control/dead-letters.ts'
import type { AdminApi } from '../../infra/listeners/admin-api.ts'
import type { Chores, ServiceDeps } from '../../infra/process/service.ts'
import { profilesApi } from './api.ts'
import { openProfiles, type Profiles } from './open-profiles.ts'
import { receiptsApp } from './receipts-app.ts'

export async function openProfilesService(
  deps: ServiceDeps<'profiles'>,
): Promise<{ profiles: Profiles; receipts: ReturnType<typeof receiptsApp>; api: AdminApi; chores: Chores }> {
  const { house, engines, keys, clock, log, metrics: meter, onClose } = deps
  const { log: stream, store, cache } = engines
  const { control } = engines.sql
  const deadLetters = deadLettersIn(control)
  const { fingerprint } = keys.profiles()
  const own = { house, stream, store, cache, control, deadLetters, fingerprint, now: clock, log, meter }
  const profiles = await openProfiles(own)
  onClose(() => profiles.close())
  meter.watchEach('bauta_log_lag', 'Records not yet in the profiles', 'topic', profiles.lagByTopic)
  return {
    profiles,
    receipts: receiptsApp({ lookUpReceipt: profiles.lookUpReceipt, cache, log }),
    api: profilesApi({ profiles, deadLetters }),
    chores: {
      log: (now) => stream.expire(now),
      profiles: (now) => profiles.maintain(now),
      deadLetters: (now) => deadLetters.expire(now),
    },
  }
}
