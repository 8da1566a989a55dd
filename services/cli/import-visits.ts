/** `bauta import visits`: page views of another site, replayed through the collector's own admission. */

import type { Settings } from '../../infra/environment.ts'
import type { Output } from './output.ts'

export interface ImportVisitsDeps {
  readonly settings: Settings
  readonly output: Output
  readonly file: string
  readonly site: string
}

export async function importVisits(_deps: ImportVisitsDeps): Promise<void> {
  throw new Error('under construction')
}
