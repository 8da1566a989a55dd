/** Reads a CSV file row by row, twice if asked: first to know that all of it can be read, then to use it. */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { CsvError, parse } from 'csv-parse'
import { Fault } from '../../../schemas/fault.ts'
import type { Mapping } from './mapping.ts'
import { checkedUtf8 } from './utf8.ts'

export interface CsvRow {
  /** Of the file, counted from 1; of a row over several lines, the last. */
  readonly line: number
  readonly cells: readonly string[]
}

export interface CsvScan {
  readonly delimiter: ',' | ';'
  readonly header: readonly string[]
  /** Without the header. */
  readonly rows: number
  /** SHA-256 of the bytes, in hex. */
  readonly hash: string
}

const MAX_RECORD_CHARS = 262_144

/** Reads all of it and keeps nothing. Throws `invalid` with the line of the first place that cannot be read. */
export async function scanCsv(file: string, delimiter: Mapping['delimiter']): Promise<CsvScan> {
  const found = delimiter === 'detect' ? await detectDelimiter(file) : delimiter
  const hash = createHash('sha256')
  let header: readonly string[] | undefined
  let rows = 0
  for await (const { cells } of records(file, found, (bytes) => hash.update(bytes))) {
    if (header) rows += 1
    else header = cells
  }
  if (!header) throw new Fault('invalid', 'the file is empty; its first line must name the columns')
  return { delimiter: found, header, rows, hash: hash.digest('hex') }
}

/** The rows after the header. */
export async function* readCsv(file: string, { delimiter }: Pick<CsvScan, 'delimiter'>): AsyncGenerator<CsvRow> {
  let first = true
  for await (const row of records(file, delimiter)) {
    if (!first) yield row
    first = false
  }
}

async function* records(file: string, delimiter: string, onBytes?: (bytes: Buffer) => void): AsyncGenerator<CsvRow> {
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: MAX_RECORD_CHARS,
  })
  const source = createReadStream(file)
  if (onBytes) source.on('data', (bytes) => onBytes(bytes as Buffer))
  // Its failure comes out of the parser too; awaited, so that it is never unhandled.
  const fed = pipeline(source, checkedUtf8(), parser).catch((error: unknown) => error)
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>)
      yield { line: info.lines, cells: record }
  } catch (error) {
    throw readable(error)
  } finally {
    source.destroy()
    await fed
  }
}

/** The parser's own messages quote the file. */
function readable(error: unknown): unknown {
  if (!(error instanceof CsvError)) return error
  const line = (error as { lines?: unknown }).lines
  const reasons: Record<string, string> = {
    CSV_QUOTE_NOT_CLOSED: 'a quote that opens is never closed',
    CSV_INVALID_CLOSING_QUOTE:
      'something stands between a closing quote and the next delimiter; quotes inside a cell are doubled',
    INVALID_OPENING_QUOTE: 'a quote stands inside a cell that did not begin with one; quotes inside a cell are doubled',
    CSV_MAX_RECORD_SIZE: `a row is longer than ${MAX_RECORD_CHARS} characters; most often a quote that is never closed`,
  }
  const at = typeof line === 'number' ? `line ${line}: ` : ''
  return new Fault('invalid', `${at}${reasons[error.code] ?? 'not readable as CSV'}; nothing was imported`)
}

/** Of comma and semicolon the one that stands more often in the header, outside quotes. */
async function detectDelimiter(file: string): Promise<',' | ';'> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(65_536), 0, 65_536, 0)
    const [header = ''] = buffer
      .toString('utf8', 0, bytesRead)
      .replace(/"[^"]*"/g, '')
      .split(/\r?\n|\r/)
    const count = (mark: string) => header.split(mark).length
    return count(';') > count(',') ? ';' : ','
  } finally {
    await handle.close()
  }
}
