/** Everything in one process. */

import type { Settings } from '../infra/process/environment.ts'
import { serviceNames } from '../infra/process/service.ts'
import { type Fetch, type Opened, type OpenOptions, openServices } from './open-services.ts'

export interface Instance extends Opened {
  readonly web: Fetch
  readonly person: Fetch
  /** Resolves when what was acknowledged by now is in the profiles. */
  caughtUp(): Promise<void>
}

export async function openInstance(settings: Settings, options: OpenOptions): Promise<Instance> {
  const opened = await openServices(settings, serviceNames, options)
  const { web, person, profiles } = opened
  if (!web || !person || !profiles) throw new Error('of all services one is not there')
  return { ...opened, web, person, caughtUp: () => profiles.caughtUp() }
}
