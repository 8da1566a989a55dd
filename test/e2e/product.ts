/** The whole product on free ports with the demonstration's configuration and site, without its visitors. */

import type { Engines } from '../../infra/engines.ts'
import type { openPersonKeyring } from '../../infra/keys/person-keys.ts'
import type { openWebKeyring } from '../../infra/keys/web-keys.ts'
import type { AdminDoor } from '../../services/demo/visitors/admin-door.ts'
import type { Place } from './scan-stores.ts'

export interface Product {
  readonly folders: {
    /** Mails as files, for want of a mail server. */
    readonly outbox: string
    /** What the destination fetches, a folder an audience. */
    readonly exports: string
    /** Any other of those it keeps files in. */
    readonly data: string
  }
  /** What it keeps when nobody has visited it: the places that are not empty. */
  readonly fromTheStart: readonly string[]
  /** Where it keeps values that the embedded form keeps in memory. */
  readonly cached: readonly string[]
  /** Opens and serves it. One at a time. */
  start(): Promise<Running>
  /** What it keeps, while it does not run. */
  look<T>(work: (engines: Pick<Engines, 'sql' | 'store'>) => Promise<T>): Promise<T>
  dump(): Promise<Place[]>
  /** Its keys, to name people as it does. */
  keys(): Promise<{
    readonly web: Awaited<ReturnType<typeof openWebKeyring>>['keys']
    readonly person: Awaited<ReturnType<typeof openPersonKeyring>>
  }>
  /** All that it logged so far. */
  logged(): string
  remove(): Promise<void>
}

export interface Running {
  readonly urls: Readonly<Record<'web' | 'person' | 'admin', string>>
  readonly admin: AdminDoor
  caughtUp(): Promise<void>
  stop(): Promise<void>
}
