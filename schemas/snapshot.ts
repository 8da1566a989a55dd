/**
 * The snapshot that analysts count in: sets of numbers, one a live profile, dealt at random with each snapshot. A row is the set of those that
 * a dimension, a level and an n say something of. No pseudonym is in it, and nothing of special interests.
 */

import type * as z from 'zod'
import type { PositiveBand } from './interest.ts'

/** More of one act than a segment can ask for count as this many. */
export const MOST_ACTS = 10_000

export const dimensions = {
  /** All there are. Its level is the week the snapshot was taken in, its n a random number that names the snapshot. */
  everyone: 'everyone',
  /** Under which rules it was taken: at another digest, it is taken anew. */
  rules: (digest: string) => `rules:${digest}`,
  /** The level is the week they were last seen in. */
  seen: 'seen',
  trait: (trait: string, value: string) => `${trait}:${value}`,
  /** The level is the band: those in exactly this one. */
  band: (interest: string) => `interest:${interest}`,
  /**
   * The level is a week in which they did it, n how often they did it in that week and all after it. So they did it at least `min` times
   * since a week exactly if one of their rows since then has an n of at least `min`. `''` stands for any interest, and for any kind.
   */
  acts: (interest: string, kind: string) => `acts:${interest}:${kind}`,
} as const

export const bandLevels: Readonly<Record<z.infer<typeof PositiveBand>, number>> = { low: 1, medium: 2, high: 3 }
