/** Statements on what has been imported. */

import * as z from 'zod'
import { defineStatement } from '../../../infra/ports/sql.ts'
import { ImportReport } from '../../../schemas/contact.ts'
import { Instant } from './ledger.ts'

const Row = z.object({
  id: z.string(),
  kind: z.string(),
  source: z.string(),
  file_hash: z.string(),
  at: Instant,
  report: ImportReport,
})

export const lastImport = defineStatement({
  name: 'imports_last',
  sql: `SELECT id, kind, source, file_hash, at, report FROM vault.imports
    WHERE kind = $kind AND source = $source ORDER BY at DESC, id LIMIT 1`,
  params: z.object({ kind: z.string(), source: z.string() }),
  row: Row,
})

export const recentImports = defineStatement({
  name: 'imports_recent',
  sql: 'SELECT id, kind, source, file_hash, at, report FROM vault.imports ORDER BY at DESC, id LIMIT $limit',
  params: z.object({ limit: z.int() }),
  row: Row,
})

export const addImport = defineStatement({
  name: 'imports_add',
  sql: 'INSERT INTO vault.imports (id, kind, source, file_hash, at, report) VALUES ($id, $kind, $source, $file_hash, $at, $report::jsonb)',
  params: z.object({
    id: z.string(),
    kind: z.string(),
    source: z.string(),
    file_hash: z.string(),
    at: z.string(),
    report: z.string(),
  }),
  row: z.unknown(),
})
