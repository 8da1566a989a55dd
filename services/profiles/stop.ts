/** Ends pseudonyms: written down first, then deleted wherever they stand, then receipted. Done again, it changes nothing. */

import type { Cache } from '../../infra/ports/cache.ts'
import type { LogBatch } from '../../infra/ports/log.ts'
import type { Store } from '../../infra/ports/store.ts'
import { bandsKey } from '../../schemas/bands-cache.ts'
import { deleteProfiles, deleteSignals } from './queries/delete-profiles.ts'
import type { Tombstones } from './tombstones.ts'

export interface StopDeps {
  readonly store: Store
  readonly cache: Cache
  readonly tombstones: Tombstones
}

/** `erase` and `stop` do the same here: nothing of a pseudonym outlives its end. */
export async function stop({ store, cache, tombstones }: StopDeps, batch: LogBatch<'stops'>): Promise<void> {
  const { partition, first, last, records } = batch
  const token = `stops:${partition}:${first}-${last}`
  await store.append(
    'tombstones',
    records.map(({ site, p, day }) => ({ site, p, day })),
    token,
  )
  for (const { p } of records) tombstones.add(p)
  const ps = [...new Set(records.map(({ p }) => p))]
  await store.command(deleteSignals, { ps })
  await store.command(deleteProfiles, { ps })
  for (const { site, p } of records) await cache.delete(bandsKey(site, p))
  const receipts = records.flatMap(({ receipt, day }) => (receipt === undefined ? [] : [{ receipt, day }]))
  if (receipts.length > 0) await store.append('deletions', receipts, token)
}
