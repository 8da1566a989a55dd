/** Keeps in the cache what a visitor may see of the own interests, so that the collector needs no store. */

import type { Logger } from 'pino'
import type { House } from '../../infra/config/house.ts'
import type { Cache } from '../../infra/ports/cache.ts'
import type { Store } from '../../infra/ports/store.ts'
import { BANDS_SECONDS, bandsKey, type CachedBands } from '../../schemas/bands-cache.ts'
import type { WebPseudonym } from '../../schemas/ids.ts'
import { bandsOf, type Signal } from '../../schemas/interest.ts'
import { KEEP_WEEKS, weekOf } from '../../schemas/week.ts'
import type { Tombstones } from './load/tombstones.ts'
import { recentPage } from './queries/recent-page.ts'
import { signalsOf } from './queries/signals-of.ts'

export interface BandsDeps {
  readonly house: House
  readonly store: Store
  readonly cache: Cache
  readonly tombstones: Tombstones
  readonly now: () => number
  readonly log: Logger
}

/** One visitor on one site. */
export interface Visitor {
  readonly site: string
  readonly p: WebPseudonym
}

export interface Bands {
  /** Pseudonyms by site. A cache that is down costs freshness and nothing else. */
  refresh(touched: ReadonlyMap<string, ReadonlySet<WebPseudonym>>): Promise<void>
  /** Of who ended. What a cache that is down still holds goes when it answers again, or by its own time. */
  forget(ended: readonly Visitor[]): Promise<void>
  /** Fills an empty cache with who was there lately. */
  warm(): Promise<void>
}

const CHUNK = 1_000
const MOST_OWED = 100_000
/** Enough for who may ask again soon; a memory cache holds no more with profit. */
const WARM_AT_MOST = 20_000

export function openBands({ house, store, cache, tombstones, now, log }: BandsDeps): Bands {
  const refreshSome = async (site: string, ps: readonly WebPseudonym[]): Promise<void> => {
    const interests = house.interests.get(site)
    if (!interests || ps.length === 0) return
    const week = weekOf(now())
    const from = week - KEEP_WEEKS
    const signals = new Map<WebPseudonym, Signal[]>(ps.map((p) => [p, []]))
    for (const { p, ...signal } of await store.ask(signalsOf, { site, ps: [...ps], from })) signals.get(p)?.push(signal)
    for (const [p, each] of signals) {
      const bands = bandsOf(interests, each, { from, now: week }).flatMap(({ interest: id, band }) =>
        band === 'none' ? [] : [{ id, band }],
      ) satisfies CachedBands
      // A stop may have come while the store was asked.
      if (!tombstones.has(p)) await cache.set(bandsKey(site, p), JSON.stringify(bands), BANDS_SECONDS)
    }
  }
  /** Keys that are to go from the cache, and have not yet. */
  const owed = new Set<string>()
  const takeOut = async (): Promise<void> => {
    for (const key of owed) {
      await cache.delete(key)
      owed.delete(key)
    }
  }
  const shows = (site: string): boolean => house.config.sites[site]?.profile === true

  return {
    async refresh(touched) {
      try {
        await takeOut()
        for (const [site, ps] of touched) {
          const all = shows(site) ? [...ps].filter((p) => !tombstones.has(p)) : []
          for (let at = 0; at < all.length; at += CHUNK) await refreshSome(site, all.slice(at, at + CHUNK))
        }
      } catch (error) {
        log.warn({ err: error }, 'bands are not fresh')
      }
    },
    async forget(ended) {
      for (const { site, p } of ended) if (owed.size < MOST_OWED) owed.add(bandsKey(site, p))
      try {
        await takeOut()
      } catch (error) {
        log.warn({ err: error, count: owed.size }, 'bands of who ended are still in the cache')
      }
    },
    async warm() {
      const week = weekOf(now())
      for (const site of Object.keys(house.config.sites).filter(shows)) {
        let after: WebPseudonym | '' = ''
        for (let warmed = 0; warmed < WARM_AT_MOST; warmed += CHUNK) {
          const page: { p: WebPseudonym }[] = await store.ask(recentPage, {
            site,
            since: week - 1,
            now: week,
            after,
            limit: CHUNK,
          })
          const last = page.at(-1)
          if (!last) break
          await this.refresh(new Map([[site, new Set(page.map(({ p }) => p))]]))
          // Another process may have carried out a stop meanwhile.
          await tombstones.readOn()
          await this.forget(page.filter(({ p }) => tombstones.has(p)).map(({ p }) => ({ site, p })))
          after = last.p
        }
      }
    },
  }
}
