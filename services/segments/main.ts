/** Segments as a service: what analysts ask, over the admin API alone. */

import type { AdminApi } from '../../infra/listeners/admin-api.ts'
import type { ServiceDeps } from '../../infra/process/service.ts'
import { segmentsApi } from './api.ts'
import { segmentDefinitions } from './definitions.ts'

export function openSegments({ house, engines, clock }: ServiceDeps<'segments'>): { api: AdminApi } {
  const { store, cache, sql } = engines
  const definitions = segmentDefinitions({ house, control: sql.control, now: clock })
  return { api: segmentsApi({ house, store, cache, now: clock, definitions }) }
}
