/** The names under which one visitor is written down: P, E of a day, and the partition both go to. */

import type { WebKeys } from '../infra/ports/keys.ts'
import type { DedupId, EventPseudonym, VisitorId, WebPseudonym } from '../schemas/ids.ts'
import type { Topic } from '../schemas/topics.ts'

export interface Pseudonyms {
  readonly p: WebPseudonym
  readonly partition: number
  /** `undefined` once the key of that UTC day is gone. */
  e(day: string): EventPseudonym | undefined
}

/** Made once a visitor and remembered with the cookie: each name costs a MAC. */
export function pseudonymsOf(keys: WebKeys, partitions: number, site: string, vid: VisitorId): Pseudonyms {
  const days = new Map<string, EventPseudonym>()
  return {
    p: keys.interest(site).mac([vid]) as WebPseudonym,
    partition: Number.parseInt(keys.route.mac([vid]).slice(0, 8), 16) % partitions,
    e(day) {
      // Asked each time, so that a name does not outlive its key.
      const key = keys.event(site, day)
      if (!key) return undefined
      const known = days.get(day)
      if (known) return known
      const made = `e${key.mac([vid])}` as EventPseudonym
      if (days.size > 2) days.clear()
      days.set(day, made)
      return made
    },
  }
}

/** Another one in each topic, so that rows of two topics cannot be matched by it. */
export function dedupId(key: WebKeys['dedup'], topic: Topic, id: string): DedupId {
  return key.mac([topic, id]).slice(0, 16) as DedupId
}
