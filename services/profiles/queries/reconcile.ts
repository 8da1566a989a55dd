/** What the store says of itself, for comparison with the log. */

import * as z from 'zod'
import { defineQuery } from '../../../infra/ports/store.ts'
import { Day } from '../../../schemas/week.ts'

const n = z.coerce.number()
const from = z.object({ from: Day })
const byDay = z.object({ site: z.string(), day: Day, type: z.string(), n })

/** Ids that more than one batch brought. One that was done again on the day after stands twice and is one. */
export const seenTwice = defineQuery({
  name: 'seen_twice',
  params: z.object({ topic: z.string(), partition: z.int() }),
  row: z.object({ day: Day, n }),
  sql: `
    SELECT day, count() AS n FROM (
      SELECT max(seen.day) AS day FROM seen WHERE topic = {topic: String} AND partition = {partition: UInt16}
      GROUP BY id HAVING uniqExact(first) > 1)
    GROUP BY day ORDER BY day`,
})

export const eventSums = defineQuery({
  name: 'event_sums',
  params: from,
  row: byDay,
  sql: 'SELECT site, day, type, count() AS n FROM events WHERE day >= {from: Date} GROUP BY site, day, type',
})
export const trafficSums = defineQuery({
  name: 'traffic_sums',
  params: from,
  row: byDay,
  sql: 'SELECT site, day, type, sum(n) AS n FROM traffic WHERE day >= {from: Date} GROUP BY site, day, type',
})
export const actSums = defineQuery({
  name: 'act_sums',
  params: from,
  row: byDay,
  sql: 'SELECT site, day, type, sum(n) AS n FROM acts WHERE day >= {from: Date} GROUP BY site, day, type',
})
export const signalSums = defineQuery({
  name: 'signal_sums',
  params: z.object({ from: z.int() }),
  row: z.object({ site: z.string(), week: z.int(), n }),
  sql: 'SELECT site, week, sum(n) AS n FROM signals WHERE week >= {from: UInt16} GROUP BY site, week',
})
/** By the day of the choice. */
export const consentsTwice = defineQuery({
  name: 'consents_twice',
  params: from,
  row: z.object({ day: Day, n }),
  sql: `
    SELECT day, count() AS n FROM (
      SELECT toDate(max(at)) AS day FROM device_consents WHERE at >= {from: Date} GROUP BY receipt HAVING count() > 1)
    GROUP BY day ORDER BY day`,
})

/** Where the first batch begins that lies wholly in what the log keeps. */
export const firstSeen = defineQuery({
  name: 'first_seen',
  params: z.object({ topic: z.string(), partition: z.int(), from: z.int() }),
  row: z.object({ before: n, first: n, after: n }),
  sql: `
    SELECT countIf(s.first < {from: UInt64}) AS before, countIf(s.first >= {from: UInt64}) AS after,
      minIf(s.first, s.first >= {from: UInt64}) AS first
    FROM seen AS s WHERE topic = {topic: String} AND partition = {partition: UInt16}`,
})
