import * as z from 'zod'
import { defineStatement } from '../../../infra/ports/sql.ts'
import { Name } from '../../../schemas/ids.ts'

const StoredSegment = z.object({ name: Name, site: Name, tree: z.unknown() })

export const storedSegments = defineStatement({
  name: 'stored_segments',
  sql: 'SELECT name, site, tree FROM control.segments ORDER BY name',
  params: z.object({}),
  row: StoredSegment,
})

/** A segment keeps its site: whoever refers to it reads it there. */
export const putSegment = defineStatement({
  name: 'put_segment',
  sql: `INSERT INTO control.segments (name, site, tree) VALUES ($name, $site, $tree)
    ON CONFLICT (name) DO UPDATE SET tree = $tree WHERE control.segments.site = $site RETURNING name`,
  params: StoredSegment,
  row: z.object({ name: Name }),
})

export const removeSegment = defineStatement({
  name: 'remove_segment',
  sql: 'DELETE FROM control.segments WHERE name = $name',
  params: z.object({ name: Name }),
  row: z.unknown(),
})

export const storedAudiences = defineStatement({
  name: 'stored_audiences',
  sql: 'SELECT name, definition FROM control.audiences ORDER BY name',
  params: z.object({}),
  row: z.object({ name: Name, definition: z.unknown() }),
})
