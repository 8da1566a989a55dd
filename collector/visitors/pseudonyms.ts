/** The names under which one visitor is written down: P, E of a day, the partition both go to, and ids for what they did. */

import type { MacKey, WebKeys } from '../../infra/ports/keys.ts'
import type { DedupId, EventPseudonym, VisitorId, WebPseudonym } from '../../schemas/ids.ts'

export interface Pseudonyms {
  readonly p: WebPseudonym
  readonly partition: number
  /** For dedup ids. The visitor's own: an event said again under the next id must not tie the two together. */
  readonly dedup: MacKey
  /** `undefined` once the key of that UTC day is gone. */
  e(day: string): EventPseudonym | undefined
}

/** Made once a visitor and remembered with the cookie: each name costs a MAC. */
export function pseudonymsOf(keys: WebKeys, partitions: number, site: string, vid: VisitorId): Pseudonyms {
  const days = new Map<string, EventPseudonym>()
  return {
    p: keys.interest(site).mac([vid]) as WebPseudonym,
    partition: Number.parseInt(keys.route.mac([vid]).slice(0, 8), 16) % partitions,
    dedup: { mac: (fields) => keys.dedup.mac([...fields, vid]) },
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

/** An event's id in each topic, by its visitor's key: the halves of one MAC, of which neither tells the other, so that rows of two topics cannot be matched. */
export function dedupIds(key: MacKey, id: string): { readonly counted: DedupId; readonly signalled: DedupId } {
  const mac = key.mac(['event', id])
  return { counted: mac.slice(0, 16) as DedupId, signalled: mac.slice(16) as DedupId }
}
