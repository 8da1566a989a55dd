/** What each destination may hold, and how far withdrawals were looked at for it, in statements. */

import * as z from 'zod'
import { defineStatement } from '../../infra/ports/sql.ts'
import { ExportId } from '../../schemas/ids.ts'

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

/** Before a batch leaves: from here on the destination may hold them. */
export const expectRows = defineStatement({
  name: 'acknowledged_expect',
  sql: `
    INSERT INTO runs.acknowledged (audience, destination, x, fingerprint, run)
    SELECT $audience, $destination, each, '', $run::uuid FROM unnest($xs::text[]) each
    ON CONFLICT (audience, destination, x) DO UPDATE SET fingerprint = '', run = excluded.run`,
  params: z.object({ ...place, run: z.uuid(), xs: z.array(ExportId) }),
  row: z.unknown(),
})

/** Not when a later run has said something else of them. */
export const acknowledgeRows = defineStatement({
  name: 'acknowledged_accept',
  sql: `
    UPDATE runs.acknowledged a SET fingerprint = each.fingerprint
    FROM unnest($xs::text[], $fingerprints::text[]) each (x, fingerprint)
    WHERE a.audience = $audience AND a.destination = $destination AND a.x = each.x AND a.run = $run::uuid`,
  params: z.object({ ...place, run: z.uuid(), xs: z.array(ExportId), fingerprints: z.array(z.string()) }),
  row: z.unknown(),
})

/** Not when a later run has brought them back. */
export const forgetRows = defineStatement({
  name: 'acknowledged_forget',
  sql: `
    DELETE FROM runs.acknowledged
    WHERE audience = $audience AND destination = $destination AND x = ANY($xs::text[]) AND run = $run::uuid`,
  params: z.object({ ...place, run: z.uuid(), xs: z.array(ExportId) }),
  row: z.unknown(),
})

/** Those whom a removal concerns belong to the run that removes them. */
export const adoptRows = defineStatement({
  name: 'acknowledged_adopt',
  sql: `
    UPDATE runs.acknowledged SET fingerprint = '', run = $run::uuid
    WHERE audience = $audience AND destination = $destination AND x = ANY($xs::text[])`,
  params: z.object({ ...place, run: z.uuid(), xs: z.array(ExportId) }),
  row: z.unknown(),
})

export const acceptedCount = defineStatement({
  name: 'acknowledged_count',
  sql: `
    SELECT count(*) AS n FROM runs.acknowledged
    WHERE audience = $audience AND destination = $destination AND fingerprint <> ''`,
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
