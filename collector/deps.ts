/** What the collector is given by whoever starts it. */

import type { Logger } from 'pino'
import type { Check } from '../infra/listeners/readiness.ts'
import type { Cache } from '../infra/ports/cache.ts'
import type { WebKeys } from '../infra/ports/keys.ts'
import type { Log } from '../infra/ports/log.ts'
import type { RefusalReason } from '../schemas/event.ts'
import type { FaultCode } from '../schemas/fault.ts'
import type { ReceiptId } from '../schemas/ids.ts'
import type { ReceiptState } from '../schemas/receipt.ts'
import type { Sites } from './site.ts'
import type { Refused } from './visitors/refused.ts'

export interface CollectorDeps {
  readonly sites: Sites
  readonly keys: WebKeys
  readonly log: Pick<Log, 'append' | 'partitions'>
  readonly cache: Cache
  readonly refused: Refused
  /** GET /b.js, and its entity tag with the quotes. */
  readonly snippet: { readonly js: string; readonly etag: string }
  readonly clock: () => number
  /** Lower case: the header in which one's own reverse proxy names the client. Nobody else's word is taken. */
  readonly clientAddressHeader: string | undefined
  /** Keys of sites' own servers, by site. */
  readonly siteKeys: ReadonlyMap<string, string>
  /** Country of a truncated address, as two capitals, or `''`. */
  readonly geo: (prefix: string) => string
  /** `undefined` for one that is not known, or not yet. */
  readonly lookUpReceipt: (receipt: ReceiptId) => Promise<ReceiptState | undefined>
  readonly checks: Readonly<Record<string, Check>>
  /** Engines that are away while the collector goes on without them. */
  readonly degraded: () => readonly string[]
  readonly limits: Limits
  /** How long a body may pause before it is given up with 408; five seconds where nothing is said. */
  readonly bodyMs?: number
  readonly logger: Logger
  readonly meter: Meter
}

/** `Infinity` sets none. */
export interface Limits {
  /** Requests within ten seconds, of one network (a /24 or /48) and of one visitor. */
  readonly network: number
  readonly visitor: number
  /** Of those of one visitor, requests of more than ten events. */
  readonly large: number
  /** Links within a second, of one network: sealing one takes two milliseconds of a core. */
  readonly links: number
}
export const defaultLimits: Limits = { network: 5_000, visitor: 200, large: 20, links: 1 }

/** Beyond these it is better to turn a request away than to answer all of them late. */
export interface Capacity {
  /**
   * Open at once, a few more than are answered at once: thousands that wait are in no cache of the processor, and cost half of the answers. The
   * one that is idle longest gives way to a newcomer; where none is idle, newcomers are refused.
   */
  readonly connections: number
  /** Being answered at once: what a core does in a twentieth of a second, so that a log that takes as long is no limit. */
  readonly requests: number
  /** Their bodies together, as announced; inflated ones as large as they may become. */
  readonly bytes: number
  /** How long the others wait for a place, one of each connection. To turn one away costs a good part of an answer. */
  readonly waitMs: number
  /** A core that is so late for its own clock has enough to do. */
  readonly loopDelayMs: number
  /** What events leave free on the disk, for withdrawals. */
  readonly freeDiskBytes: number
}
export const defaultCapacity: Capacity = {
  connections: 640,
  requests: 512,
  bytes: 16 << 20,
  waitMs: 1_000,
  loopDelayMs: 1_000,
  freeDiskBytes: 256 << 20,
}
/** Why a request was turned away before it was read. `pipelined`: there was no place, and another of its connection was not answered yet. */
export type ShedReason = 'waited' | 'pipelined' | 'loop' | 'disk'

/** Counts by words from closed lists; nothing that anyone sent becomes a label. */
export interface Meter {
  accepted(site: string, events: number): void
  refused(site: string, reason: RefusalReason): void
  /** A whole request. */
  rejected(code: FaultCode | 'bug'): void
  shed(reason: ShedReason): void
}
