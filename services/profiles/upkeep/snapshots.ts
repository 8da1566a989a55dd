/** When snapshots are taken: each week, at once where one would tell something new, and whenever somebody asks. */

import { underLease } from '../../../infra/control/lease.ts'
import type { Sql } from '../../../infra/ports/sql.ts'
import { storeUntil } from '../../../infra/store-until.ts'
import { Fault } from '../../../schemas/fault.ts'
import { standingSnapshot } from '../queries/snapshot.ts'
import { type SnapshotDeps, snapshotOf, takeSnapshot } from './take-snapshot.ts'

export interface SnapshotsDeps extends SnapshotDeps {
  /** Holds the lease: two at once would be in each other's way. */
  readonly control: Sql
  readonly now: () => number
}

export interface Snapshots {
  /** Answers with the sites whose snapshot was due; with none while another process is at it. */
  takeDue(now: number): Promise<readonly string[]>
  /** Throws `conflict` while another process is at it. */
  takeAll(): Promise<readonly string[]>
  /** One that is being taken is given up, also in the middle of a statement: the next is taken from the beginning. */
  close(): Promise<void>
}

export function openSnapshots(given: SnapshotsDeps): Snapshots {
  const { house, now } = given
  const closing = new AbortController()
  const deps = { ...given, store: storeUntil(given.store, closing.signal) }
  const all = [...house.interests.keys()]
  // Batches do not wait for it, as it changes nothing of theirs.
  let last: Promise<unknown> = Promise.resolve()
  const take = (sites: () => Promise<readonly string[]>, time: number): Promise<readonly string[] | undefined> => {
    const turn = last.then(async () => {
      let taken: readonly string[] = []
      const done = await underLease(deps, 'profiles.snapshot', async (held) => {
        taken = await sites()
        for (const site of taken) await takeSnapshot(deps, site, time, { held, signal: closing.signal })
      })
      return done ? taken : undefined
    })
    last = turn.catch(() => {})
    return turn
  }
  return {
    takeDue: async (time) => (await take(() => dueSites(deps, all, time), time)) ?? [],
    async takeAll() {
      const taken = await take(async () => all, now())
      if (taken) return taken
      throw new Fault('conflict', 'a snapshot is being taken by another process; it counts as soon as it is done')
    },
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
