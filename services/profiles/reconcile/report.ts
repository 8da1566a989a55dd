/** What a reconciliation says: one line a difference, and what to do about it. */

import * as z from 'zod'
import { Day } from '../../../schemas/week.ts'

const todo = {
  missing:
    'acknowledged and not stored: see the consumer (bauta status), the dead letters, and keep the log from letting go of them',
  taken_twice: 'counted twice: a batch came again in another cut, or a window was lost; stop loading and ask for help',
  proofs_twice: 'a proof of consent stands twice, which changes no choice: its table may be rebuilt with DISTINCT',
  events_and_traffic:
    'an insert reached one of two tables: rebuild the days of traffic from events, as long as these are kept (30 days)',
  log_and_events: 'rows of events and the log differ: compare with traffic, which got the same inserts',
  log_and_traffic: 'the counter and the log differ: rebuild its days from events',
  log_and_acts: 'the counter of acts and the log differ: correct it by the difference',
  log_and_signals: 'interests weigh too much or too little in that week: see taken_twice and missing of the topic',
} as const

export const Difference = z.object({
  what: z.enum(Object.keys(todo) as (keyof typeof todo)[]),
  topic: z.string(),
  partition: z.int().optional(),
  site: z.string().optional(),
  /** Of a week, the first. */
  day: Day,
  type: z.string().optional(),
  expected: z.int(),
  found: z.int(),
  todo: z.string(),
})
export type Difference = z.infer<typeof Difference>

export const ReconcileReport = z.object({
  /** Nothing was on its way meanwhile, so what the store has too much was looked for too. */
  quiet: z.boolean(),
  checked: z.array(
    z.object({
      topic: z.string(),
      partition: z.int(),
      records: z.int(),
      duplicates: z.int(),
      deadLetters: z.int(),
      ended: z.int(),
    }),
  ),
  differences: z.array(Difference),
  /** Differences that are not listed. */
  more: z.int(),
})
export type ReconcileReport = z.infer<typeof ReconcileReport>

export function differenceOf(difference: Omit<Difference, 'todo'>): Difference {
  return { ...difference, todo: todo[difference.what] }
}
