/**
 * Imports one file: looked through first, so that one that cannot be read changes nothing, then applied in short transactions.
 * A file is a delta: who is absent from it stays as they are. A second import of the same file changes no row of any table.
 */

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Sql, SqlSession } from '../../../infra/ports/sql.ts'
import type { ImportReport } from '../../../schemas/contact.ts'
import { Fault } from '../../../schemas/fault.ts'
import { addImport, lastImport } from '../queries/imports.ts'
import type { ImportKind } from './aliases.ts'
import { type CsvScan, readCsv, scanCsv } from './csv.ts'
import { type Mapping, mapColumns } from './mapping.ts'
import { writeRejects } from './rejects.ts'
import { type Cells, type Read, type Refused, readCells, refuse } from './row.ts'

export interface ImportDeps {
  readonly vault: Sql
  /** Where reject files go. */
  readonly quarantine: string
  readonly clock: () => number
  readonly log: Logger
}

export interface ImportOrder {
  readonly source: string
  readonly file: string
  readonly mapping: Mapping
  /** Even if the file is much smaller than the last one. */
  readonly force?: boolean
  readonly onProgress?: (rows: { readonly done: number; readonly total: number }) => void
}

/** `withdrawn`: changed, and with its address consents of a contact ended. `suppressed`: added, but to what addresses have refused. */
export type Outcome = 'added' | 'changed' | 'unchanged' | 'withdrawn' | 'suppressed' | Refused

/** What differs between contacts, orders and consents. */
export interface Importer<R> {
  readonly kind: ImportKind
  read(cells: Cells, mapping: Mapping): Read<R>
  /** Which rows say the same thing, so that the second one is refused: else they would change each other for ever. */
  identity(row: R): string
  /** An outcome for each row, in their order. Rows in `stuck` may come again at the end, once others have moved. */
  apply(session: SqlSession, source: string, rows: readonly R[]): Promise<Outcome[]>
  /** May a row refused for this reason succeed after the rows behind it? */
  mayRetry?(refused: Refused): boolean
}

/** One transaction of some tens of milliseconds: the embedded engine serves nobody else meanwhile. */
const BATCH_ROWS = 500

export async function runImport<R>(deps: ImportDeps, importer: Importer<R>, order: ImportOrder): Promise<ImportReport> {
  const { source, file, mapping } = order
  const { kind } = importer
  const scan = await scanCsv(file, mapping.delimiter)
  const columns = mapColumns(kind, scan.header, mapping)
  const [last] = await deps.vault.run(lastImport, { kind, source })
  if (!order.force && last && scan.rows * 2 < last.report.read)
    throw new Fault(
      'conflict',
      `the file has ${scan.rows} rows, the last one of ${kind} from ${source} had ${last.report.read}; under half looks like a broken export, so nothing was imported; force it if it is right`,
    )

  const counts = { added: 0, changed: 0, unchanged: 0 }
  const ofThem = { withdrawn: 0, suppressed: 0 }
  const rejects: Refused[] = []
  const seen = new Set<string>()
  let done = 0
  let stuck: { readonly row: R; readonly refused: Refused }[] = []
  const settle = (rows: readonly R[], outcomes: readonly Outcome[]) => {
    for (const [n, outcome] of outcomes.entries()) {
      const row = rows[n] as R
      if (outcome === 'withdrawn' || outcome === 'suppressed') {
        ofThem[outcome] += 1
        counts[outcome === 'withdrawn' ? 'changed' : 'added'] += 1
      } else if (typeof outcome === 'string') counts[outcome] += 1
      else if (importer.mayRetry?.(outcome)) stuck.push({ row, refused: outcome })
      else rejects.push(outcome)
    }
  }
  for await (const batch of batches(file, scan)) {
    const rows: R[] = []
    for (const cells of batch) {
      const mapped = readCells(cells, columns, mapping)
      const read = 'row' in mapped ? importer.read(mapped.row, mapping) : mapped
      const identity = 'row' in read ? importer.identity(read.row) : ''
      if ('refused' in read) rejects.push(read.refused)
      else if (seen.has(identity))
        rejects.push(refuse(cells.line, undefined, 'says again what an earlier row of the file is about').refused)
      else {
        seen.add(identity)
        rows.push(read.row)
      }
    }
    settle(rows, await applyBatch(deps, importer, source, rows))
    done += batch.length
    order.onProgress?.({ done, total: scan.rows })
  }
  // An address may move from one row's contact to another's. Tried until nothing moves, the result is the same whichever row came first,
  // and a second import finds nothing left to do.
  for (let before = Number.POSITIVE_INFINITY; stuck.length > 0 && stuck.length < before; ) {
    before = stuck.length
    const again = stuck.map(({ row }) => row)
    stuck = []
    for (let from = 0; from < again.length; from += BATCH_ROWS) {
      const rows = again.slice(from, from + BATCH_ROWS)
      settle(rows, await applyBatch(deps, importer, source, rows))
    }
  }
  rejects.push(...stuck.map(({ refused }) => refused))
  const rejectFile = await writeRejects(join(deps.quarantine, `${kind}-${scan.hash.slice(0, 12)}-rejects.csv`), rejects)
  const report: ImportReport = {
    read: scan.rows,
    ...counts,
    rejected: rejects.length,
    ...(ofThem.withdrawn === 0 ? {} : { withdrawn: ofThem.withdrawn }),
    ...(ofThem.suppressed === 0 ? {} : { suppressed: ofThem.suppressed }),
    ...(rejectFile === undefined ? {} : { rejectFile }),
  }
  if (last?.file_hash !== scan.hash || counts.added + counts.changed > 0)
    await deps.vault.run(addImport, {
      id: randomUUID(),
      kind,
      source,
      file_hash: scan.hash,
      at: new Date(deps.clock()).toISOString(),
      report: JSON.stringify(report),
    })
  deps.log.info({ kind, read: report.read, ...counts, rejected: report.rejected }, 'file imported')
  return report
}

async function* batches(file: string, scan: CsvScan) {
  let batch = []
  for await (const row of readCsv(file, scan)) {
    batch.push(row)
    if (batch.length < BATCH_ROWS) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** A sign-up may take an address between our look and our write; then the look is taken again. */
async function applyBatch<R>(
  { vault }: ImportDeps,
  importer: Importer<R>,
  source: string,
  rows: readonly R[],
): Promise<Outcome[]> {
  if (rows.length === 0) return []
  for (let attempt = 1; ; attempt += 1)
    try {
      return await vault.transaction((session) => importer.apply(session, source, rows))
    } catch (error) {
      if (attempt === 3 || !(error instanceof Fault) || error.code !== 'conflict') throw error
    }
}
