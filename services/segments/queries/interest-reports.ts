import * as z from 'zod'
import { defineQuery } from '../../../infra/ports/store.ts'
import { InterestName } from '../../../schemas/interest.ts'
import { units } from '../scoring.ts'

const params = z.object({
  site: z.string(),
  interests: z.array(InterestName),
  notices: z.array(z.string()),
  now: z.int(),
  kept: z.int(),
})
const count = z.coerce.number().pipe(z.int())

/** Signals of live profiles, once for each interest they count for: their own and all above it. */
const rolledUp = `
  SELECT p, week, kind, n, arrayJoin(arrayMap(
    parts -> arrayStringConcat(arraySlice(splitByChar('.', toString(interest)), 1, parts), '.'),
    range(1, length(splitByChar('.', toString(interest))) + 1))) AS name
  FROM signals
  WHERE site = {site: String} AND week >= {kept: UInt16} AND week <= {now: UInt16} AND p IN (
    SELECT p FROM profiles FINAL
    WHERE site = {site: String} AND until >= {now: UInt16} AND notice IN {notices: Array(String)})`

/** Profiles with a signal of an interest in a week, exactly: what leaves the service is rounded. */
export const interestWeeks = defineQuery({
  name: 'interest_weeks',
  params,
  row: z.object({ name: InterestName, week: z.int(), profiles: count }),
  sql: `
    SELECT name, week, uniqExact(p) AS profiles FROM (${rolledUp})
    WHERE has({interests: Array(String)}, name) GROUP BY name, week`,
})

/** Profiles in each band of an interest now, exactly. */
export const interestBands = defineQuery({
  name: 'interest_bands',
  params: params.extend({
    weights: z.record(z.string(), z.int()),
    decays: z.array(z.int()),
    low: z.int(),
    medium: z.int(),
    high: z.int(),
  }),
  row: z.object({ name: InterestName, low: count, medium: count, high: count }),
  sql: `
    SELECT name,
      countIf(score >= {low: UInt64} AND score < {medium: UInt64}) AS low,
      countIf(score >= {medium: UInt64} AND score < {high: UInt64}) AS medium,
      countIf(score >= {high: UInt64}) AS high
    FROM (
      SELECT name, p, sum(${units}) AS score FROM (${rolledUp})
      WHERE has({interests: Array(String)}, name) GROUP BY name, p
    ) GROUP BY name`,
})
