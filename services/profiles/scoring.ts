/** What SQL needs to score as `scoreOf` does: whole numbers only, so that both sides add up to the same. */

import { DECAY_ONE, decayOf, type Interests } from '../../schemas/interest.ts'
import { KEEP_WEEKS } from '../../schemas/week.ts'

/** Bound by the names that `units` uses. */
export function scoringParams(interests: Pick<Interests, 'weights' | 'halfLifeWeeks'>, now: number) {
  const ages = Array.from({ length: KEEP_WEEKS + 1 }, (_, age) => age)
  return {
    now,
    kept: Math.max(0, now - KEEP_WEEKS),
    weights: interests.weights,
    decays: ages.map((age) => decayOf(interests.halfLifeWeeks, age)),
  }
}

/** Of one row of `signals` whose week is not before `kept`. */
export const units =
  'n * {weights: Map(String, UInt32)}[kind] * {decays: Array(UInt32)}[greatest(0, {now: Int32} - week) + 1]'

/** The least units of a band: a score reaches `low` exactly where its units reach this. */
export function thresholdOf(interests: Pick<Interests, 'bands'>, band: keyof Interests['bands']): number {
  return Math.min(Math.ceil(interests.bands[band] * DECAY_ONE), Number.MAX_SAFE_INTEGER)
}
