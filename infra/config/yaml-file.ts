/** Reads a YAML file against a schema, and reports all its problems together, each with its line. */

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type Document, isNode, LineCounter, parseDocument } from 'yaml'
import type * as z from 'zod'
import { Fault } from '../../schemas/fault.ts'

/** Of one place in a file: what is wrong there, and what would be right. */
export interface Problem {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

export interface YamlFile<T> {
  readonly value: T
  /** Lines for problems found later by rules that need more than the file; `config_invalid` if there are any. */
  refuse(problems: readonly Problem[]): void
}

export function readYaml<S extends z.ZodType>(file: string, schema: S): YamlFile<z.output<S>> {
  const text = readText(file)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const at = (offset: number) => lines.linePos(offset).line
  if (document.errors.length > 0) {
    const problems = document.errors.map(
      (error) => `${basename(file)}:${at(error.pos[0])}: ${error.message.split('\n')[0]}`,
    )
    throw new Fault('config_invalid', problems.join('\n'))
  }
  const refuse = (problems: readonly Problem[]) => {
    if (problems.length === 0) return
    const described = problems.map(({ path, message }) => {
      const where = path.length > 0 ? ` ${describePath(path)}:` : ''
      return { line: at(offsetOf(document, path)), text: `${where} ${message}` }
    })
    described.sort((a, b) => a.line - b.line)
    throw new Fault('config_invalid', described.map(({ line, text }) => `${basename(file)}:${line}:${text}`).join('\n'))
  }
  const parsed = schema.safeParse(document.toJS() ?? {})
  if (!parsed.success) refuse(parsed.error.issues.map(leafIssue))
  return { value: parsed.data as z.output<S>, refuse }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Fault('config_invalid', `${file} cannot be read; write one, or name another in BAUTA_CONFIG`, { cause })
  }
}

/** Unknown keys are reported where they stand, not at their parent. */
function leafIssue(issue: z.core.$ZodIssue): Problem {
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  return { path: unknown === undefined ? issue.path : [...issue.path, unknown], message: issue.message }
}

/** The place of the deepest part of the path that is in the file. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return 0
}

function describePath(path: readonly PropertyKey[]): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at > 0 ? '.' : ''}${String(part)}`))
    .join('')
}
