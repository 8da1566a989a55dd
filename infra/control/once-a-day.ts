/** Work that one process of several does once in each UTC day, restarted or not: a row in control.leases says from when on it is due again. */

import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { DAY_MS } from '../../schemas/week.ts'
import { defineStatement } from '../ports/sql.ts'
import type { LeaseDeps } from './lease.ts'

const name = z.string()
const Row = z.object({ name })
/** Days are the caller's, as all else that he makes by the day. */
const rests = defineStatement({
  name: 'day_rests',
  sql: 'SELECT name FROM control.leases WHERE name = $name AND until > $now::timestamptz',
  params: z.object({ name, now: z.iso.datetime() }),
  row: Row,
})
const rest = defineStatement({
  name: 'day_rest',
  sql: `
    INSERT INTO control.leases (name, holder, until) VALUES ($name, $holder, $until::timestamptz)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until`,
  params: z.object({ name, holder: z.uuid(), until: z.iso.datetime() }),
  row: z.unknown(),
})

/**
 * Asked by whoever holds the lease of such work, so that no two do it at a time. It is written down when it is done: what failed or was killed
 * is due at once. Answers `false` where the day's was done.
 */
export async function onceADay(
  { control }: Pick<LeaseDeps, 'control'>,
  name: string,
  now: number,
  work: () => Promise<void>,
): Promise<boolean> {
  if ((await control.run(rests, { name, now: new Date(now).toISOString() })).length > 0) return false
  await work()
  const tomorrow = (Math.floor(now / DAY_MS) + 1) * DAY_MS
  await control.run(rest, { name, holder: randomUUID(), until: new Date(tomorrow).toISOString() })
  return true
}
