/** When snapshots are taken: each week, at once where one would tell something new, and whenever somebody asks. */

import { standingSnapshot } from './queries/snapshot.ts'
import { type SnapshotDeps, snapshotOf, takeSnapshot } from './take-snapshot.ts'

export interface SnapshotsDeps extends SnapshotDeps {
  readonly now: () => number
}

export interface Snapshots {
  /** Answers with the sites whose snapshot was due. */
  takeDue(now: number): Promise<readonly string[]>
  takeAll(): Promise<readonly string[]>
  /** One that is being taken is given up: the next is taken from the beginning. */
  close(): Promise<void>
}

export function openSnapshots(deps: SnapshotsDeps): Snapshots {
  const { house, now } = deps
  const closing = new AbortController()
  const all = [...house.interests.keys()]
  // Batches do not wait for it, as it changes nothing of theirs; two at once would be in each other's way.
  let last: Promise<unknown> = Promise.resolve()
  const take = (sites: () => Promise<readonly string[]>, time: number): Promise<readonly string[]> => {
    const turn = last.then(async () => {
      const wanted = await sites()
      for (const site of wanted) await takeSnapshot(deps, site, time, { signal: closing.signal })
      return wanted
    })
    last = turn.catch(() => {})
    return turn
  }
  return {
    takeDue: (time) => take(() => dueSites(deps, all, time), time),
    takeAll: () => take(async () => all, now()),
    async close() {
      closing.abort(new Error('closing'))
      await last
    },
  }
}

async function dueSites(deps: SnapshotDeps, sites: readonly string[], now: number): Promise<string[]> {
  const due: string[] = []
  for (const site of sites) if (await isDue(deps, site, now)) due.push(site)
  return due
}

/** Also when the rules that decide what is in it have changed, and when a site has doubled, so that who begins need not wait for the week to end. */
async function isDue({ house, store }: SnapshotDeps, site: string, now: number): Promise<boolean> {
  const { question, rules } = snapshotOf(house, site, now)
  const [standing] = await store.ask(standingSnapshot, question)
  if (!standing || standing.week !== question.now || standing.rules !== rules) return true
  return standing.live > 0 && standing.live >= 2 * standing.profiles
}
