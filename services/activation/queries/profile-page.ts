import * as z from 'zod'
import { defineQuery } from '../../../infra/ports/store.ts'
import { WebPseudonym } from '../../../schemas/ids.ts'
import { InterestName, SignalKind } from '../../../schemas/interest.ts'

/**
 * The next profiles of a site, by key, with all their signals. It asks for every one: a question about linked pseudonyms would tell the
 * store who is linked. Dead ones stay in: the last row is the key of the next page, and an empty page the end.
 */
export const profilePage = defineQuery({
  name: 'profile_page',
  params: z.object({
    site: z.string(),
    after: z.string(),
    limit: z.int().max(100_000),
  }),
  row: z.object({
    pseudonym: WebPseudonym,
    until: z.int(),
    notice: z.string(),
    seenWeek: z.int(),
    country: z.string(),
    device: z.string(),
    language: z.string(),
    signals: z.array(
      z
        .tuple([InterestName, z.coerce.number().pipe(z.int()), SignalKind, z.coerce.number().pipe(z.int())])
        .transform(([interest, week, kind, n]) => ({ interest, week, kind, n })),
    ),
  }),
  // No FINAL: of several rows of one P that are not merged yet, the latest stands, and signals add up.
  sql: `
    WITH page AS (
      SELECT p FROM profiles WHERE site = {site: String} AND p > {after: String} GROUP BY p ORDER BY p LIMIT {limit: UInt32}
    ), latest AS (
      SELECT p, argMax((until, notice, week, country, device, language), (week, until, notice)) AS row
      FROM profiles WHERE site = {site: String} AND p IN page GROUP BY p
    ), acts AS (
      SELECT p, groupArray((interest, week, kind, sum_n)) AS list FROM (
        SELECT p, interest, week, kind, sum(n) AS sum_n
        FROM signals WHERE site = {site: String} AND p IN page GROUP BY p, interest, week, kind
      ) GROUP BY p
    )
    SELECT latest.p AS pseudonym, row.1 AS until, row.2 AS notice, row.3 AS seenWeek,
      row.4 AS country, row.5 AS device, row.6 AS language, acts.list AS signals
    FROM latest LEFT JOIN acts ON latest.p = acts.p
    ORDER BY pseudonym`,
})

export type ProfileRow = z.output<typeof profilePage.row>
