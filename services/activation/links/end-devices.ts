/**
 * Tells the web side which pseudonyms end when a contact objects to everything or is erased: activation's only write to it. They leave
 * together and after a random while, as visitors' own deletions look, so that nobody can tell whose row in the vault went at the same time.
 */

import type { Log } from '../../../infra/ports/log.ts'
import { WebPseudonym } from '../../../schemas/ids.ts'
import { dayOf } from '../../../schemas/week.ts'
import { deleteLinks, endingLinks } from '../queries/links.ts'
import type { LinksDeps } from './open-links.ts'

export interface EndDevicesDeps extends LinksDeps {
  readonly log: Log
  /** Milliseconds to wait from when the first ending is seen. */
  readonly jitter: () => number
}

/** Answers with how many it sent. Sent twice after a crash, a stop is one stop. */
export function openEndDevices({ links, keys, log, clock, jitter }: EndDevicesDeps): () => Promise<number> {
  let due: number | undefined
  return async () => {
    const ending = await links.run(endingLinks, {})
    if (ending.length === 0) return 0
    due ??= clock() + jitter()
    if (clock() < due) return 0
    due = undefined
    const day = dayOf(clock())
    const stops = ending.flatMap(({ contact, site, sequence, sealed, ending: kind }) => {
      const p = WebPseudonym.safeParse(keys.sealedLink.open(sealed, [contact, String(sequence)])).data
      if (p === undefined) return []
      const partition = Number.parseInt(p.slice(0, 8), 16) % log.partitions
      return [{ topic: 'stops' as const, partition, record: { site, p, kind, day } }]
    })
    // By pseudonym, an order that tells nothing.
    if (stops.length > 0) await log.append(stops.sort((a, b) => (a.record.p < b.record.p ? -1 : 1)))
    await links.run(deleteLinks, { ids: ending.map(({ id }) => id) })
    return stops.length
  }
}
