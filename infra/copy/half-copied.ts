/**
 * A target that is being copied to says so where every service with a database looks before it starts, and until all has arrived: half an
 * installation looks like a whole one, and whoever works on it loses what comes next.
 */

import * as z from 'zod'
import { Fault } from '../../schemas/fault.ts'
import { defineStatement, type Sql } from '../ports/sql.ts'

/** Among the names of migrations: all roles may read them, and `migrate` passes over names that are not its own. */
const mark = { mark: 'copy_under_way' }
const params = z.object({ mark: z.string() })

const setStatement = defineStatement({
  name: 'half_copied_set',
  sql: "INSERT INTO control.migrations (name, sha256) VALUES ($mark, '')",
  params,
  row: z.unknown(),
})
const getStatement = defineStatement({
  name: 'half_copied_get',
  sql: 'SELECT name FROM control.migrations WHERE name = $mark',
  params,
  row: z.unknown(),
})
const clearStatement = defineStatement({
  name: 'half_copied_clear',
  sql: 'DELETE FROM control.migrations WHERE name = $mark',
  params,
  row: z.unknown(),
})

/** `conflict` where the mark stands already: of a copy that goes on, or of one that broke off. */
export async function markHalfCopied(control: Sql): Promise<void> {
  await refuseHalfCopied(control)
  await control.run(setStatement, mark)
}

export async function unmarkHalfCopied(control: Sql): Promise<void> {
  await control.run(clearStatement, mark)
}

export async function refuseHalfCopied(control: Sql): Promise<void> {
  if ((await control.run(getStatement, mark)).length === 0) return
  throw new Fault(
    'conflict',
    'a copy into these engines goes on or broke off, and nothing may run on half of it; `bauta engines copy` again tells how to empty them',
  )
}
