/**
 * Bodies that did not come with their headers. Who waits for them holds a place of the turnstile, so they may have half of those and no more:
 * whoever sends all at once, as browsers do, finds one however many let theirs drip. Of that half one network may have an eighth, so that
 * whoever is slow for want of a better line finds a place as well.
 */

import { Fault } from '../../schemas/fault.ts'
import type { Capacity } from '../deps.ts'
import { type NetworkOf, type SlowBodies, weightOf } from './request.ts'

interface Held {
  requests: number
  bytes: number
}

const SHARE = 1 / 2
const SHARE_OF_NETWORK = SHARE / 8

export function slowBodies(
  { requests, bytes }: Pick<Capacity, 'requests' | 'bytes'>,
  networkOf: NetworkOf,
  pauseMs = 5_000,
): SlowBodies {
  const all: Held = { requests: 0, bytes: 0 }
  /** Those that hold any. */
  const networks = new Map<string, Held>()

  const fits = (held: Held, weight: number, share: number) =>
    held.requests + 1 <= requests * share && held.bytes + weight <= bytes * share

  return {
    pauseMs,
    take(incoming, headers) {
      const weight = weightOf(incoming)
      const network = networkOf(incoming, headers)
      const own = networks.get(network) ?? { requests: 0, bytes: 0 }
      if (!fits(all, weight, SHARE) || !fits(own, weight, SHARE_OF_NETWORK))
        throw new Fault('overloaded', 'too many bodies are on their way here; come back later, and send it at once')
      networks.set(network, own)
      for (const held of [all, own]) {
        held.requests += 1
        held.bytes += weight
      }
      return () => {
        for (const held of [all, own]) {
          held.requests -= 1
          held.bytes -= weight
        }
        if (own.requests === 0) networks.delete(network)
      }
    },
  }
}
