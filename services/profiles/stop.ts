/** Ends pseudonyms: written down first, then deleted wherever they stand, then receipted. Done again, it changes nothing. */

import type { Cache } from '../../infra/ports/cache.ts'
import type { LogBatch } from '../../infra/ports/log.ts'
import type { Store } from '../../infra/ports/store.ts'
import { bandsKey } from '../../schemas/bands-cache.ts'
import type { WebPseudonym } from '../../schemas/ids.ts'
import { deleteProfiles, deleteSignals } from './queries/delete-profiles.ts'
import type { Tombstones } from './tombstones.ts'

export interface EndDeps {
  readonly store: Store
  readonly cache: Cache
}

export interface StopDeps extends EndDeps {
  readonly tombstones: Tombstones
}

/** One visitor on one site. */
export interface Visitor {
  readonly site: string
  readonly p: WebPseudonym
}

const CHUNK = 10_000

/** Deletes what is stored and shown of pseudonyms that ended. */
export async function endProfiles({ store, cache }: EndDeps, ended: readonly Visitor[]): Promise<void> {
  const all = [...new Set(ended.map(({ p }) => p))]
  for (let at = 0; at < all.length; at += CHUNK) {
    const ps = all.slice(at, at + CHUNK)
    await store.command(deleteSignals, { ps })
    await store.command(deleteProfiles, { ps })
  }
  for (const { site, p } of ended) await cache.delete(bandsKey(site, p))
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
