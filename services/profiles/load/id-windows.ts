/** One window of ids for each topic and partition, filled from the store when its first batch arrives. */

import type { Store } from '../../../infra/ports/store.ts'
import { DAY_MS, dayOf } from '../../../schemas/week.ts'
import { seenPage } from '../queries/seen-page.ts'
import { type IdWindow, idWindow, WINDOW_DAYS } from './id-window.ts'

export interface IdWindowsDeps {
  readonly store: Store
  readonly now: () => number
}

export interface BatchRange {
  readonly topic: string
  readonly partition: number
  readonly first: number
  readonly fresh: boolean
}

export interface IdWindows {
  /** The window that decides about this batch. */
  before(batch: BatchRange): Promise<IdWindow>
}

const PAGE = 200_000

/**
 * The first batch of a partition may be one that was half stored, by this process or another. Its own ids must not count as known, or it
 * would come out shorter under the token it already has: so only ids of batches before it are read. A partition that was another's in between
 * has a window that is old, so it is built anew.
 */
export function idWindows({ store, now }: IdWindowsDeps): IdWindows {
  const windows = new Map<string, IdWindow>()

  const rebuild = async ({ topic, partition, first }: Omit<BatchRange, 'fresh'>): Promise<IdWindow> => {
    const window = idWindow()
    const since = dayOf(now() - (WINDOW_DAYS - 1) * DAY_MS)
    let [after, afterId] = [0, '']
    for (;;) {
      const page = await store.ask(seenPage, { topic, partition, before: first, since, after, afterId, limit: PAGE })
      for (const { id, day } of page) window.add(id, day)
      const last = page.at(-1)
      if (!last || page.length < PAGE) return window
      ;[after, afterId] = [last.first, last.id]
    }
  }

  const nameOf = ({ topic, partition }: Pick<BatchRange, 'topic' | 'partition'>) => `${topic}:${partition}`
  return {
    async before(batch) {
      const known = batch.fresh ? undefined : windows.get(nameOf(batch))
      const window = known ?? (await rebuild(batch))
      windows.set(nameOf(batch), window)
      return window
    },
  }
}
