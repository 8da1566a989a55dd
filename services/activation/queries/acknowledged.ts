/** What each destination may hold, and how far withdrawals were looked at for it, in statements. */

import * as z from 'zod'
import { defineStatement } from '../../../infra/ports/sql.ts'
import { ExportId } from '../../../schemas/ids.ts'

const place = { audience: z.string(), destination: z.string() }
const count = z.coerce.number().pipe(z.int())

export const acknowledgedPage = defineStatement({
  name: 'acknowledged_page',
  sql: `
    SELECT x, fingerprint FROM runs.acknowledged
    WHERE audience = $audience AND destination = $destination AND x > $after ORDER BY x LIMIT $limit::int`,
  params: z.object({ ...place, after: z.string(), limit: z.int() }),
  row: z.object({ x: ExportId, fingerprint: z.string() }),
})

/** What a destination said of those who left, each with the fingerprint of what it took; '' where that is not known. */
export const acknowledgePeople = defineStatement({
  name: 'acknowledged_add',
  sql: `
    INSERT INTO runs.acknowledged AS a (audience, destination, x, fingerprint, run)
    SELECT $audience, $destination, each.x, COALESCE(each.fingerprint, ''), $run::uuid
    FROM unnest(string_to_array($xs, ' '), string_to_array($fingerprints, ' ')) each (x, fingerprint)
    ON CONFLICT (audience, destination, x) DO UPDATE SET run = excluded.run,
      -- Another run was asking to take them out meanwhile, and nobody knows which came first.
      fingerprint = CASE a.fingerprint WHEN '-' THEN '' ELSE excluded.fingerprint END`,
  params: z.object({ ...place, run: z.uuid(), xs: z.string(), fingerprints: z.string() }),
  row: z.unknown(),
})

/** Of a run that ends, or goes on, with batches that were released and never answered: the destination may hold them. */
export const acknowledgeReleased = defineStatement({
  name: 'acknowledged_released',
  sql: `
    INSERT INTO runs.acknowledged (audience, destination, x, fingerprint, run)
    SELECT DISTINCT $audience, $destination, each, '', b.run FROM runs.batches b, unnest(b.xs) each
    WHERE b.run = $run::uuid AND b.op = 'upsert' AND b.state = 'released'
      AND NOT EXISTS (SELECT FROM runs.exceptions e WHERE e.run = b.run AND e.batch = b.number AND e.x = each)
    ON CONFLICT (audience, destination, x) DO UPDATE SET fingerprint = '', run = excluded.run`,
  params: z.object({ ...place, run: z.uuid() }),
  row: z.unknown(),
})

/** Not when a later run has brought them back, or is about to: which came first is not known, and the mark that says so stays. */
export const forgetPeople = defineStatement({
  name: 'acknowledged_forget',
  sql: `
    DELETE FROM runs.acknowledged a
    WHERE audience = $audience AND destination = $destination AND x = ANY($xs::text[]) AND run = $run::uuid
      AND NOT EXISTS (SELECT FROM runs.runs u JOIN runs.batches b ON b.run = u.run
        WHERE u.audience = $audience AND u.destination = $destination AND u.state IN ('running', 'interrupted')
          AND u.run <> $run::uuid AND b.op = 'upsert' AND b.state = 'released'
          AND a.x BETWEEN b.lowest AND b.highest AND a.x = ANY(b.xs))`,
  params: z.object({ ...place, run: z.uuid(), xs: z.array(ExportId) }),
  row: z.unknown(),
})

/** Those whom a removal concerns belong to the run that removes them. */
export const adoptPeople = defineStatement({
  name: 'acknowledged_adopt',
  sql: `
    UPDATE runs.acknowledged SET fingerprint = '-', run = $run::uuid
    WHERE audience = $audience AND destination = $destination AND x = ANY($xs::text[])`,
  params: z.object({ ...place, run: z.uuid(), xs: z.array(ExportId) }),
  row: z.unknown(),
})

export const acceptedCount = defineStatement({
  name: 'acknowledged_count',
  sql: `
    SELECT count(*) AS n FROM runs.acknowledged
    WHERE audience = $audience AND destination = $destination AND fingerprint NOT IN ('', '-')`,
  params: z.object(place),
  row: z.object({ n: count }),
})

/** Every audience and destination for which a run was ever planned. */
export const watchedPlaces = defineStatement({
  name: 'watched_places',
  sql: 'SELECT audience, destination FROM runs.watched ORDER BY 1, 2',
  params: z.object({}),
  row: z.object(place),
})

export const watchedSince = defineStatement({
  name: 'watched_get',
  sql: 'SELECT sequence FROM runs.watched WHERE audience = $audience AND destination = $destination',
  params: z.object(place),
  row: z.object({ sequence: count }),
})

/** From the first run's plan on; what was said before is in the plan. */
export const beginWatch = defineStatement({
  name: 'watched_begin',
  sql: `
    INSERT INTO runs.watched (audience, destination, sequence) VALUES ($audience, $destination, $sequence::bigint)
    ON CONFLICT DO NOTHING`,
  params: z.object({ ...place, sequence: z.int() }),
  row: z.unknown(),
})

export const moveWatch = defineStatement({
  name: 'watched_move',
  sql: `
    UPDATE runs.watched SET sequence = $sequence::bigint
    WHERE audience = $audience AND destination = $destination AND sequence < $sequence::bigint`,
  params: z.object({ ...place, sequence: z.int() }),
  row: z.unknown(),
})
