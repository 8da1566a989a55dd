/** An import is complete: schedules that wait for its kind become due. The vault says it, activation's scheduler sees it. */

import * as z from 'zod'
import type { BautaConfig } from '../../schemas/config.ts'
import { defineStatement, type Sql } from '../ports/sql.ts'

export type ImportedKind = 'contacts' | 'orders'

const setImportDue = defineStatement({
  name: 'schedule_import_due',
  sql: `
    INSERT INTO control.schedules (name, last_at, import_due) VALUES ($name, $at::timestamptz, true)
    ON CONFLICT (name) DO UPDATE SET import_due = true`,
  params: z.object({ name: z.string(), at: z.string() }),
  row: z.unknown(),
})

export async function noteImported(
  {
    control,
    config,
    clock,
  }: { readonly control: Sql; readonly config: Pick<BautaConfig, 'schedules'>; readonly clock: () => number },
  kind: ImportedKind,
): Promise<void> {
  const at = new Date(clock()).toISOString()
  for (const [name, { afterImport }] of Object.entries(config.schedules))
    if (afterImport === kind) await control.run(setImportDue, { name, at })
}
