/** Ends pseudonyms: written down first, then deleted wherever they stand, then receipted. Done again, it changes nothing. */

import type { LogBatch } from '../../../infra/ports/log.ts'
import type { Store } from '../../../infra/ports/store.ts'
import type { Bands, Visitor } from '../bands.ts'
import { deleteProfiles, deleteSignals } from '../queries/delete-profiles.ts'
import type { Tombstones } from './tombstones.ts'

export interface EndDeps {
  readonly store: Store
  readonly bands: Pick<Bands, 'forget'>
}

export interface StopDeps extends EndDeps {
  readonly tombstones: Tombstones
}

const CHUNK = 10_000

/** Deletes what is stored and shown of pseudonyms that ended. */
export async function endProfiles({ store, bands }: EndDeps, ended: readonly Visitor[]): Promise<void> {
  const all = [...new Set(ended.map(({ p }) => p))]
  for (let at = 0; at < all.length; at += CHUNK) {
    const ps = all.slice(at, at + CHUNK)
    await store.command(deleteSignals, { ps })
    await store.command(deleteProfiles, { ps })
  }
  await bands.forget(ended)
}

/** `erase` and `stop` do the same here: nothing of a pseudonym outlives its end. */
export async function stop(deps: StopDeps, batch: LogBatch<'stops'>): Promise<void> {
  const { store, tombstones } = deps
  const { partition, first, last, records } = batch
  const token = `stops:${partition}:${first}-${last}`
  await store.append(
    'tombstones',
    records.map(({ site, p, day }) => ({ site, p, day })),
    token,
  )
  for (const each of records) tombstones.add(each)
  await endProfiles(deps, records)
  const receipts = records.flatMap(({ receipt, day }) => (receipt === undefined ? [] : [{ receipt, day }]))
  if (receipts.length > 0) await store.append('deletions', receipts, token)
}
