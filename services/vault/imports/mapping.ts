/** Which column of a file is which field of ours: from the mapping file first, then from the dictionary; nothing is guessed or dropped in silence. */

import * as z from 'zod'
import { AttributeName, columns as knownAttributes } from '../../../schemas/contact.ts'
import { Fault } from '../../../schemas/fault.ts'
import { dictionaries, fieldOf, type ImportKind, plain, requiredFields } from './aliases.ts'

/** A field of the house's own, kept with the contact. */
const OwnAttribute = z.strictObject({
  attribute: AttributeName,
  type: z.enum(['text', 'number', 'boolean', 'day']).default('text'),
})

export const Mapping = z.strictObject({
  /** By header, as in the file: our field, an attribute of the house's own, or null for a column that is not read. Several headers may name one field. */
  columns: z.record(z.string().min(1), z.union([z.string(), OwnAttribute, z.null()])).default({}),
  /** What to do with columns that neither this mapping nor the dictionary knows. */
  others: z.enum(['refuse', 'ignore']).default('refuse'),
  decimal: z.enum(['comma', 'point']).optional(),
  delimiter: z.enum([',', ';', 'detect']).default('detect'),
  /** For files without the column. */
  defaults: z
    .strictObject({
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/)
        .default('EUR'),
      category: z.string().max(100).default(''),
    })
    .prefault({}),
})
export type Mapping = z.infer<typeof Mapping>

export type Field =
  | { readonly field: string; readonly type: 'field' }
  /** An attribute that every contact may have, read by its own rule. */
  | { readonly field: string; readonly type: 'known' }
  | { readonly field: string; readonly type: z.infer<typeof OwnAttribute>['type'] }

/** By position in the file; `undefined` for a column that is not read. */
export type Columns = readonly (Field | undefined)[]

/** Throws `invalid` with every wrong, doubled and missing column together, what was found, and what is allowed. */
export function mapColumns(kind: ImportKind, header: readonly string[], mapping: Mapping): Columns {
  const fields = dictionaries[kind]
  const named = new Map(Object.entries(mapping.columns).map(([name, target]) => [plain(name), target]))
  const problems: string[] = []
  const read = header.map((name, at): Field | undefined => {
    const target = named.get(plain(name))
    if (target === null) return undefined
    if (target !== undefined && typeof target !== 'string') {
      if (kind === 'contacts') return { field: target.attribute, type: target.type }
      problems.push(`column ${at + 1} "${shown(name)}" is mapped to an attribute, which only contacts have`)
      return undefined
    }
    const field = target ?? fieldOf(kind, name)
    if (field !== undefined && field in fields) return { field, type: isKnown(kind, field) ? 'known' : 'field' }
    if (field !== undefined)
      problems.push(`column ${at + 1} "${shown(name)}" is mapped to "${shown(field)}", which is no field`)
    else if (mapping.others === 'refuse') problems.push(`column ${at + 1} "${shown(name)}" is not known`)
    return undefined
  })
  // Files of orders name people by the customer's number, so that is who somebody is where a file of contacts has no other.
  const keyed = kind !== 'contacts' || read.some((column) => column?.field === 'source_id')
  const columns = read.map((column): Field | undefined =>
    !keyed && column?.field === 'customer_number' ? { field: 'source_id', type: 'field' } : column,
  )
  const taken = columns.flatMap((column) => (column ? [column.field] : []))
  for (const field of new Set(taken.filter((each, at) => taken.indexOf(each) !== at)))
    problems.push(
      `several columns are "${field}": ${header
        .filter((_, at) => columns[at]?.field === field)
        .map(quoted)
        .join(', ')}`,
    )
  const missing = requiredFields[kind].filter((field) => !taken.includes(field))
  if (kind === 'consents' && !taken.includes('source_id') && !taken.includes('email'))
    missing.push('source_id or email')
  for (const field of missing) problems.push(`no column is "${field}", which every file of ${kind} needs`)
  if (problems.length === 0) return columns
  throw new Fault(
    'invalid',
    [
      ...problems,
      `found: ${header.map(quoted).join(', ') || 'nothing'}`,
      `allowed: ${Object.keys(fields).join(', ')}; name other headers in the mapping's columns, as { "Header": "field" }, or null to leave one out`,
    ].join('\n'),
  )
}

/** A header is no one's data, unless the file has none and its first row is a person. */
function shown(header: string): string {
  return header.includes('@') || /\d{5}/.test(header)
    ? '(looks like a value: the first line must hold the headers)'
    : header.slice(0, 60)
}

function quoted(header: string): string {
  return `"${shown(header)}"`
}

function isKnown(kind: ImportKind, field: string): boolean {
  return kind === 'contacts' && (knownAttributes as readonly string[]).includes(field)
}
