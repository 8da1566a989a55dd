/**
 * How many are in a segment, for analysts: never exact. Answers come from the snapshot, are rounded to 50 until noise is added, and the same
 * question, however written, has the same answer while that snapshot stands.
 */

import { createHash } from 'node:crypto'
import * as z from 'zod'
import { cachedOnce } from '../../infra/cached-once.ts'
import type { Cache } from '../../infra/ports/cache.ts'
import { defineQuery, type Store } from '../../infra/ports/store.ts'
import { canonical } from '../../schemas/chain.ts'
import { Fault } from '../../schemas/fault.ts'
import type { ResolvedSegment } from '../../schemas/segment.ts'
import { canonicalSegment } from '../../schemas/segment-parse.ts'
import { countSql } from './count-sql.ts'
import { standingSnapshot } from './queries/snapshot.ts'

export interface EstimateDeps {
  readonly store: Store
  readonly cache: Cache
}

export const FLOOR = 50
const HOUR_SECONDS = 3_600

export const Estimate = z.object({ estimate: z.int(), floor: z.literal(FLOOR), exact: z.literal(false) })
export type Estimate = z.infer<typeof Estimate>

/** To the nearest 50; under 50 all numbers look alike. */
export function roundCount(n: number): number {
  return n < FLOOR ? 0 : Math.round(n / FLOOR) * FLOOR
}

export function estimateInWords({ estimate }: Estimate): string {
  return estimate === 0 ? `fewer than ${FLOOR}` : `about ${estimate}`
}

export interface Snapshot {
  /** The ISO week in which it was taken. */
  readonly week: number
  /** A number that no other has. */
  readonly snapshot: number
}

/** Throws `conflict` where none was taken yet. */
export async function snapshotOf({ store }: Pick<EstimateDeps, 'store'>, site: string): Promise<Snapshot> {
  const [standing] = await store.ask(standingSnapshot, { site })
  if (standing) return standing
  const way = 'one is taken within the hour; `bauta segment snapshot` takes it now'
  throw new Fault('conflict', `counts of ${site} come from a snapshot, and none has been taken yet: ${way}`)
}

export async function estimateSegment(
  deps: EstimateDeps,
  segment: ResolvedSegment,
  site: string,
): Promise<Estimate & { readonly week: number }> {
  const { store, cache } = deps
  const { week, snapshot } = await snapshotOf(deps, site)
  // The same tree for all ways to write it, and so the same statement, which names everything the answer depends on.
  const tree = JSON.parse(canonicalSegment(segment)) as ResolvedSegment
  const { sql, params } = countSql(tree, { site, week })
  const key = `estimate:${createHash('sha256').update(canonical({ sql, params, snapshot })).digest('hex')}`
  const count = defineQuery({
    name: 'segment_estimate',
    sql,
    params: z.looseObject({}),
    row: z.object({ n: z.coerce.number() }),
  })
  const ask = async () => {
    const [answer] = await store.ask(count, params)
    return JSON.stringify({ estimate: roundCount(answer?.n ?? 0), floor: FLOOR, exact: false } satisfies Estimate)
  }
  const estimate = await cachedOnce(cache, key, ask, { ttlSeconds: HOUR_SECONDS })
  return { ...Estimate.parse(JSON.parse(estimate)), week }
}
