/** Statements with named parameters, as PostgreSQL wants them: `$1`, and each value as text. Both engines send what this makes. */

import type * as z from 'zod'
import type { Statement } from '../ports/sql.ts'

interface Compiled {
  readonly text: string
  /** Values in the order of their numbers, as text, because then no driver's own conversion has a say. */
  bind(params: Readonly<Record<string, unknown>>): (string | null)[]
}

const compiled = new WeakMap<object, Compiled>()

/** Once a statement: it is found again by its identity. */
export function compileStatement<P extends z.ZodObject, R extends z.ZodType>(statement: Statement<P, R>): Compiled {
  const known = compiled.get(statement)
  if (known) return known
  const made = compile(statement.name, statement.sql, new Set(Object.keys(statement.params.shape)))
  compiled.set(statement, made)
  return made
}

/** What a `$` may stand in without naming a parameter comes first: strings, quoted names, comments. */
const tokens =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$([a-z_]\w*)\$[\s\S]*?\$\1\$|\$\$[\s\S]*?\$\$|\$([a-z_]\w*)(::jsonb?\b(?!\[))?/gi

function compile(statement: string, sql: string, names: ReadonlySet<string>): Compiled {
  const order: { readonly name: string; json: boolean }[] = []
  const text = sql.replace(tokens, (token, _tag, name: string | undefined, cast: string | undefined) => {
    if (name === undefined) return token
    if (!names.has(name)) throw new Error(`${statement}: no parameter is called $${name}`)
    let index = order.findIndex((known) => known.name === name)
    if (index < 0) index = order.push({ name, json: false }) - 1
    const parameter = order[index]
    if (parameter && cast) parameter.json = true
    return `$${index + 1}${cast ?? ''}`
  })
  const bind: Compiled['bind'] = (params) => order.map(({ name, json }) => encode(params[name], json))
  return { text, bind }
}

/**
 * A string is sent as it is, also as JSON text. An array is one of PostgreSQL's, unless its parameter is cast in place (`$x::jsonb`);
 * any other object is JSON. Dates are ISO 8601.
 */
function encode(value: unknown, json: boolean): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  if (Array.isArray(value) && !json) return `{${value.map(element).join(',')}}`
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function element(value: unknown): string {
  const text = encode(value, false)
  if (text === null || Array.isArray(value)) return text ?? 'NULL'
  return typeof value === 'number' ? text : `"${text.replace(/["\\]/g, '\\$&')}"`
}
