/** Makes a selection of what somebody wrote, or says where it is wrong and what may stand there. */

import type * as z from 'zod'
import { MAX_DEPTH, MAX_LEAVES } from './segment.ts'
import { type Selection, type SelectionLeaf, selectionForms } from './selection.ts'

export interface SelectionProblem {
  /** From the root, as in `all[1].orders.days`. */
  readonly path: string
  readonly message: string
}

export type ParsedSelection =
  | { readonly ok: true; readonly selection: Selection }
  | { readonly ok: false; readonly problems: readonly SelectionProblem[] }

const forms: readonly [string, { readonly schema: z.ZodType<SelectionLeaf>; readonly form: string }][] =
  Object.entries(selectionForms)
const allowed = ['{ all: [...] }', '{ any: [...] }', '{ not: ... }', ...forms.map(([, { form }]) => form)].join(', ')

export function parseSelection(input: unknown): ParsedSelection {
  const problems: SelectionProblem[] = []
  let leaves = 0
  const complain = (path: string, message: string) => {
    problems.push({ path: path || '(root)', message })
    return undefined
  }

  const parse = (node: unknown, path: string, depth: number): Selection | undefined => {
    if (depth > MAX_DEPTH) return complain(path, `nested deeper than ${MAX_DEPTH}`)
    if (node === null || typeof node !== 'object' || Array.isArray(node))
      return complain(path, `expected one of ${allowed}`)
    const at = (key: string) => (path ? `${path}.${key}` : key)
    const keys = Object.keys(node)
    for (const branch of ['all', 'any', 'not'] as const) {
      if (!(branch in node)) continue
      if (keys.length > 1)
        return complain(path, `"${branch}" stands alone; beside it there is ${othersOf(keys, branch)}`)
      const inner: unknown = Reflect.get(node, branch)
      if (branch === 'not') {
        const only = parse(inner, at('not'), depth + 1)
        return only && { not: only }
      }
      if (!Array.isArray(inner) || inner.length === 0)
        return complain(at(branch), 'expected a list of at least one condition')
      const parts = inner.map((each, index) => parse(each, `${at(branch)}[${index}]`, depth + 1))
      const whole = parts.filter((part) => part !== undefined)
      return branch === 'all' ? { all: whole } : { any: whole }
    }
    leaves += 1
    const [, form] = forms.find(([key]) => key in node) ?? []
    if (!form) return complain(path, `${describe(keys)}; expected one of ${allowed}`)
    const leaf = form.schema.safeParse(node)
    if (leaf.success) return leaf.data
    for (const issue of leaf.error.issues)
      complain(pathOf(path, issue.path), `${issue.message}; the form is ${form.form}`)
    return undefined
  }

  const selection = parse(input, '', 1)
  if (leaves > MAX_LEAVES) complain('', `${leaves} conditions; at most ${MAX_LEAVES} are allowed`)
  return selection && problems.length === 0 ? { ok: true, selection } : { ok: false, problems }
}

function othersOf(keys: readonly string[], branch: string): string {
  return keys.filter((key) => key !== branch).join(', ')
}

function describe(keys: readonly string[]): string {
  return keys.length === 0 ? 'nothing stands here' : `there is no condition of ${keys.slice(0, 5).join(', ')}`
}

function pathOf(path: string, rest: readonly PropertyKey[]): string {
  return (
    rest.reduce<string>(
      (so, key) => (typeof key === 'number' ? `${so}[${key}]` : so ? `${so}.${String(key)}` : String(key)),
      path,
    ) || '(root)'
  )
}
