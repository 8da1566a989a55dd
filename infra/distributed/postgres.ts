/** One database in PostgreSQL. */

import { Fault } from '../../schemas/fault.ts'
import type { Sql } from '../ports/sql.ts'
import type { PostgresConfig } from './settings.ts'

export async function openPostgres({ url }: PostgresConfig): Promise<Sql> {
  throw new Fault('engine_missing', `postgres at ${url}`)
}
