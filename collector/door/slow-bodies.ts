/**
 * Bodies that did not come with their headers. Who waits for them holds a place of the turnstile, so they may have half of those and no more:
 * whoever sends all at once, as browsers do, finds one however many let theirs drip.
 */

import { Fault } from '../../schemas/fault.ts'
import type { Capacity } from '../deps.ts'

export interface SlowBodies {
  /** How long one may pause before it is given up, in milliseconds. */
  readonly pauseMs: number
  /** A place, until what is answered is called. Throws `overloaded` where there is none. */
  take(bytes: number): () => void
}

export function slowBodies({ requests, bytes }: Pick<Capacity, 'requests' | 'bytes'>, pauseMs = 5_000): SlowBodies {
  const held = { requests: 0, bytes: 0 }
  return {
    pauseMs,
    take(weight) {
      if (held.requests + 1 > requests / 2 || held.bytes + weight > bytes / 2)
        throw new Fault('overloaded', 'too many bodies are on their way here; come back later, and send it at once')
      held.requests += 1
      held.bytes += weight
      return () => {
        held.requests -= 1
        held.bytes -= weight
      }
    },
  }
}
