/**
 * Pseudonyms that ended. What of them is still on its way in the log must not bring the profile back.
 *
 * One process takes all topics one batch after the other, so the set in memory is always as new as the last stop it deleted for. A second
 * process would have to share that order: a lease on the whole group, or the deletion repeated after the other's inserts.
 */

import type { Store } from '../../infra/ports/store.ts'
import type { WebPseudonym } from '../../schemas/ids.ts'
import { tombstonePage } from './queries/tombstone-page.ts'

export interface Tombstones {
  has(p: WebPseudonym): boolean
  add(p: WebPseudonym): void
}

const PAGE = 100_000

/** All that are kept, which is as long as the log could bring one of them back. */
export async function readTombstones(store: Store): Promise<Tombstones> {
  const ended = new Set<WebPseudonym>()
  for (let after: WebPseudonym | '' = ''; ; ) {
    const page: { p: WebPseudonym }[] = await store.ask(tombstonePage, { after, limit: PAGE })
    for (const { p } of page) ended.add(p)
    const last = page.at(-1)
    if (!last || page.length < PAGE) return ended
    after = last.p
  }
}
