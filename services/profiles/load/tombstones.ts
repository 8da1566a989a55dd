/**
 * Pseudonyms that ended. What of them is still on its way in the log must not bring the profile back.
 *
 * Several processes load side by side, so a stop may be carried out by one while another stores signals of the same pseudonym. The topic
 * `stops` is what they share: it is read to its end before signals are chosen and once more after they are stored, see load.ts.
 */

import type { Log, Position } from '../../../infra/ports/log.ts'
import type { Store } from '../../../infra/ports/store.ts'
import { Fault } from '../../../schemas/fault.ts'
import type { WebPseudonym } from '../../../schemas/ids.ts'
import type { RecordOf } from '../../../schemas/topics.ts'
import { tombstonePage } from '../queries/tombstone-page.ts'

export interface TombstonesDeps {
  readonly store: Store
  readonly stream: Pick<Log, 'readToEnd' | 'scan'>
}

export interface Tombstones {
  has(p: WebPseudonym): boolean
  add(stop: Pick<RecordOf<'stops'>, 'p' | 'day'>): void
  /** Takes in all stops that were in the log at the call, or throws `log_down`. */
  readOn(): Promise<void>
}

const PAGE = 100_000
/** As the store keeps them: a day more than the topic does. */
const KEEP_DAYS = 15

/** All that are kept, which is as long as the log could bring one of them back. */
export async function readTombstones({ store, stream }: TombstonesDeps): Promise<Tombstones> {
  const days = new Map<string, Set<WebPseudonym>>()
  const add: Tombstones['add'] = ({ p, day }) => {
    const ended = days.get(day) ?? new Set()
    ended.add(p)
    if (days.has(day)) return
    days.set(day, ended)
    for (const old of [...days.keys()].sort().slice(0, -KEEP_DAYS)) days.delete(old)
  }
  for (let after: WebPseudonym | '' = ''; ; ) {
    const page: { p: WebPseudonym; day: string }[] = await store.ask(tombstonePage, { after, limit: PAGE })
    for (const each of page) add(each)
    const last = page.at(-1)
    if (!last || page.length < PAGE) break
    after = last.p
  }
  const position: Record<number, number> = {}
  await stream.scan('stops', async ({ partition, last, records }) => {
    for (const each of records) add(each)
    position[partition] = last + 1
  })
  let from: Position = position

  return {
    has(p) {
      for (const ended of days.values()) if (ended.has(p)) return true
      return false
    },
    add,
    async readOn() {
      const { upTo, records } = await stream.readToEnd('stops', from).catch((cause: unknown) => {
        throw new Fault('log_down', 'the stops cannot be read to their end, so no signals are stored', { cause })
      })
      for (const each of records) add(each)
      from = { ...from, ...upTo }
    },
  }
}
