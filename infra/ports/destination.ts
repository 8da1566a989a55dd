/** Where an audience goes: one adapter an ESP. Nothing here sets a subscription, and nothing unsubscribes. */

import type { Batch, Delivery, RunManifest } from '../../schemas/audience.ts'

/** One run, as its destination sees it. */
export interface Shipment {
  readonly audience: string
  readonly run: string
  /** Asked for anew before each call: once it is aborted, the run may be another process's, and nothing more of it may be sent. */
  readonly signal: AbortSignal
}

/** Of runs: whether their rows are kept. A run that is not named is none that is known here. */
export type KeptRuns = (runs: readonly string[]) => Promise<ReadonlyMap<string, boolean>>

export interface Destination {
  readonly name: string
  /** How it knows people: by the id it has from us, or still by address. */
  readonly recipient: 'id' | 'address'
  /** The most people that one call may carry. */
  readonly batchSize: number
  /** Says what is wrong with its settings or the way to it, as a fault, before anything leaves. */
  check(): Promise<void>
  /**
   * A call without an answer, or broken off by the signal, is `unknown` and not an error: what this throws is a bug. Said again with the same number, a batch
   * replaces what its first attempt left behind. Who is removed may be gone from the vault, so the id alone must do; removing someone who
   * is not there is `accepted`. A batch of op `remove` may also come without `finish`, by a later run: it takes people out of all that
   * earlier runs of the audience left behind.
   */
  deliver(shipment: Shipment, number: number, batch: Batch): Promise<Delivery>
  /**
   * Only for destinations that replace a whole file: each run delivers the full set to them, to others what changed.
   * Makes what was delivered count, once, at the end; said again after a crash, it does the same again. `lastLook` is asked right before and names who must not be in it any more.
   * Destinations that show each batch at once have nothing to do here, as their people are recalled by a batch of op `remove`.
   */
  finish?(shipment: Shipment, manifest: RunManifest, lastLook: () => Promise<ReadonlySet<string>>): Promise<void>
  /**
   * Only for destinations that keep in our own house what they were sent. Deletes what runs left there whose rows are not kept any more: nobody
   * can be taken out of it, because whom it holds is forgotten. Of runs that are not known here, what was not touched since `before`.
   */
  expire?(before: number, keptRuns: KeptRuns, signal: AbortSignal): Promise<void>
}
