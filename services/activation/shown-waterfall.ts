/**
 * What of a waterfall its reader gets to see. A marketer chooses the selection and may choose one person: what so few have agreed to, and
 * what they read, is for those alone who may read consents.
 */

import * as z from 'zod'
import type { Waterfall } from '../../schemas/audience.ts'
import { may, type Role } from '../../schemas/role.ts'

const step = z.int().nullable()
export const ShownWaterfall = z.object({
  selected: z.int(),
  notLocked: step,
  notSuppressed: step,
  mayMail: step,
  mayMerge: step,
  linked: step,
  inSegment: step,
  accepted: step.optional(),
}) satisfies z.ZodType<{ readonly [Step in keyof Waterfall]: number | null | undefined }>
type Step = Exclude<keyof Waterfall, 'selected'>

/** Each counts some of those before it. */
const steps: readonly Step[] = ['notLocked', 'notSuppressed', 'mayMail', 'mayMerge', 'linked', 'inSegment', 'accepted']

export interface Shown {
  readonly waterfall: z.infer<typeof ShownWaterfall>
  /** Why steps have no number; null where all have one. */
  readonly hidden: string | null
}

/** The first step of fewer people than the minimum is null, and so are all after it. How many are selected, the contacts alone tell. */
export function shownTo(role: Role, waterfall: Waterfall, minimum: number): Shown {
  if (may(role, 'consents.read')) return { waterfall, hidden: null }
  if (waterfall.selected < minimum)
    return {
      waterfall: without(waterfall, steps),
      hidden: `fewer than ${minimum} people are selected, so nothing more is said of them`,
    }
  const first = steps.findIndex((each) => (waterfall[each] ?? minimum) < minimum)
  if (first === -1) return { waterfall, hidden: null }
  return {
    waterfall: without(waterfall, steps.slice(first)),
    hidden: `${steps[first]} and what comes after it: fewer than ${minimum} people`,
  }
}

function without(waterfall: Waterfall, hidden: readonly Step[]): Shown['waterfall'] {
  const present = hidden.filter((each) => waterfall[each] !== undefined)
  return { ...waterfall, ...Object.fromEntries(present.map((each) => [each, null])) }
}
