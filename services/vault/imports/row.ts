/** One row of a file as words of ours, or the reason why it is not. A reason never quotes a value: it is read by others than the person. */

import type { CsvRow } from './csv.ts'
import type { Columns, Mapping } from './mapping.ts'
import { readBoolean, readDay, readNumber } from './values.ts'

export interface Refused {
  readonly line: number
  /** Of ours, where one column is to blame. */
  readonly field?: string
  readonly reason: string
}

export type Read<T> = { readonly row: T } | { readonly refused: Refused }

/** Cells by field; those of a contact's attributes apart. */
export interface Cells {
  readonly line: number
  readonly fields: ReadonlyMap<string, string>
  /** `null` empties it. */
  readonly attributes: Readonly<Record<string, string | number | boolean | null>>
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/

export function readCells({ line, cells }: CsvRow, columns: Columns, mapping: Mapping): Read<Cells> {
  if (cells.length !== columns.length)
    return refuse(line, undefined, `has ${cells.length} cells, the header has ${columns.length}`)
  const fields = new Map<string, string>()
  const attributes: Record<string, string | number | boolean | null> = {}
  for (const [at, column] of columns.entries()) {
    const text = cells[at] ?? ''
    if (!column) continue
    const { field } = column
    if (control.test(text)) return refuse(line, field, 'holds a control character')
    if (column.type === 'field') {
      fields.set(field, text)
      continue
    }
    const value = text === '' ? null : attribute(column.type === 'known' ? field : column.type, text, mapping)
    if (value === undefined)
      return refuse(line, field, `is no ${wanted[field] ?? wanted[column.type] ?? 'text of at most 256 characters'}`)
    attributes[field] = value
  }
  return { row: { line, fields, attributes } }
}

export function refuse(line: number, field: string | undefined, reason: string): { readonly refused: Refused } {
  return { refused: { line, ...(field === undefined ? {} : { field }), reason } }
}

const wanted: Readonly<Record<string, string>> = {
  birthday: 'day: write 31.12.2026 or 2026-12-31',
  country: 'country code: write two letters, as DE',
  language: 'language code: write two letters, as de',
  number: 'number, or has too many digits, or can be read in two ways: name the decimal mark in the mapping',
  boolean: 'yes or no',
  day: 'day: write 31.12.2026 or 2026-12-31',
}

function attribute(kind: string, text: string, mapping: Mapping): string | number | boolean | undefined {
  if (kind === 'birthday' || kind === 'day') return readDay(text)
  if (kind === 'number') return readNumber(text, mapping.decimal)
  if (kind === 'boolean') return readBoolean(text)
  if (kind === 'country') return /^[A-Za-z]{2}$/.test(text) ? text.toUpperCase() : undefined
  // de-AT is German too.
  if (kind === 'language')
    return /^[A-Za-z]{2}([-_][A-Za-z]{2})?$/.test(text) ? text.slice(0, 2).toLowerCase() : undefined
  return text.length <= 256 ? text : undefined
}
