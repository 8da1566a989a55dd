/** What a service is given by the process it runs in, alone or beside the others. */

import type { Logger } from 'pino'
import type { House } from '../config/house.ts'
import type { Engines, Part } from '../engines.ts'
import type { Keyrings } from '../keys/keyrings.ts'
import type { Metrics } from '../listeners/metrics.ts'
import type { Close } from './close-all.ts'
import type { Settings } from './environment.ts'

export const serviceNames = ['collector', 'profiles', 'segments', 'vault', 'activation'] as const
export type ServiceName = (typeof serviceNames)[number]

/** The engines each service may have, and no others: in a process of its own it holds no way to the rest. */
export const partsOf = {
  collector: ['log', 'edge', 'cache'],
  profiles: ['log', 'store', 'cache', 'control'],
  segments: ['store', 'cache', 'control'],
  vault: ['vault', 'links', 'control'],
  activation: ['log', 'store', 'vault', 'links', 'runs', 'control'],
} as const satisfies Record<ServiceName, readonly Part[]>

export interface ServiceDeps<S extends ServiceName> {
  readonly settings: Settings
  readonly house: House
  readonly engines: Engines<(typeof partsOf)[S][number]>
  readonly keys: Keyrings
  readonly metrics: Metrics
  readonly clock: () => number
  readonly log: Logger
  /** Only one that will serve does what is due by the clock; a command that opened it for a question does not. */
  readonly serving: boolean
  /** Closed in reverse at the end. */
  readonly onClose: (close: Close) => void
}

/**
 * What is due each hour, by name. Done again, it finds nothing to do; of several processes any may do it. What takes long looks at the signal,
 * or is given up by the service when that is closed.
 */
export type Chores = Readonly<Record<string, (now: number, signal: AbortSignal) => unknown>>
