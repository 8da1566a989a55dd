/**
 * How many are in a segment, for analysts: never exact. Until answers come from a weekly snapshot with noise, they are rounded to 50, and
 * the same question, however written, has the same answer for an hour.
 */

import { createHash } from 'node:crypto'
import * as z from 'zod'
import type { Cache } from '../../infra/ports/cache.ts'
import { defineQuery, type Store } from '../../infra/ports/store.ts'
import { canonical } from '../../schemas/chain.ts'
import type { ResolvedSegment } from '../../schemas/segment.ts'
import { canonicalSegment } from '../../schemas/segment-parse.ts'
import { membersSql, type SegmentQuestion } from './segment-sql.ts'

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

export async function estimateSegment(
  { store, cache }: EstimateDeps,
  segment: ResolvedSegment,
  question: SegmentQuestion,
): Promise<Estimate> {
  // The same tree for all ways to write it, and so the same statement, which names everything the answer depends on.
  const tree = JSON.parse(canonicalSegment(segment)) as ResolvedSegment
  const { sql, params } = membersSql(tree, question)
  const key = `estimate:${createHash('sha256').update(canonical({ sql, params })).digest('hex')}`
  const known = await cache.get(key)
  if (known !== undefined) return Estimate.parse(JSON.parse(known))

  const count = defineQuery({
    name: 'segment_estimate',
    sql: `SELECT count() AS n FROM (${sql})`,
    params: z.looseObject({}),
    row: z.object({ n: z.coerce.number() }),
  })
  const [answer] = await store.ask(count, params)
  const estimate = { estimate: roundCount(answer?.n ?? 0), floor: FLOOR, exact: false } as const
  await cache.set(key, JSON.stringify(estimate), HOUR_SECONDS)
  return estimate
}
