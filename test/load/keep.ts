/** Keeps what was measured: figures in docs/bench.json, and the table between two marks in docs/bench.md, so that no figure is copied by hand. */

import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Machine } from './machine.ts'
import type { Finding } from './row.ts'

/** One row as it was last measured. */
export interface Kept {
  readonly name: string
  /** UTC, to the minute. */
  readonly at: string
  readonly machine: Machine
  readonly findings: readonly Finding[]
  /** Why there is nothing. */
  readonly failed?: string
}
type All = Readonly<Record<string, Kept>>

const docs = fileURLToPath(new URL('../../docs/', import.meta.url))
const BEGIN = '<!-- measured: begin -->'
const END = '<!-- measured: end -->'

/** Rows that were not measured stay as they stand. */
export async function keep(measured: All): Promise<void> {
  const before = await readFile(`${docs}bench.json`, 'utf8').then(
    (text) => JSON.parse(text) as All,
    () => ({}),
  )
  const all: All = { ...before, ...measured }
  await writeFile(`${docs}bench.json`, `${JSON.stringify(all, null, 2)}\n`)
  const text = await readFile(`${docs}bench.md`, 'utf8')
  const [head, rest] = text.split(BEGIN)
  const tail = rest?.split(END)[1]
  if (head === undefined || tail === undefined) throw new Error(`docs/bench.md lacks the lines ${BEGIN} and ${END}`)
  await writeFile(`${docs}bench.md`, `${head}${BEGIN}\n\n${tableOf(all)}\n\n${machinesOf(all)}\n\n${END}${tail}`)
}

/** As Markdown, which reads well on a terminal too. */
export function tableOf(all: All): string {
  const lines = Object.entries(all).flatMap(([number, { name, findings, failed }]) => {
    const head = [number, `**${name}**`, '', '', failed === undefined ? '' : `not measured: ${failed}`]
    return [head, ...findings.map((each) => ['', each.what, each.value, barOf(each), each.note ?? ''])]
  })
  const cells = [['row', 'what', 'measured', 'bar', 'how to read it'], ...lines]
  const widths = [0, 1, 2, 3].map((column) => Math.max(3, ...cells.map((line) => line[column]?.length ?? 0)))
  const shown = cells.map((line) => `| ${line.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join(' | ')} |`)
  shown.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} | --- |`)
  return shown.join('\n')
}

function barOf({ bar, met }: Finding): string {
  return met === undefined ? bar : `${bar} ${met ? 'met' : 'MISSED'}`
}

/** A line for each machine and commit, with the rows measured there. */
function machinesOf(all: All): string {
  const lines = Object.entries(all).map(([number, { at, machine }]) => {
    const { processor, cores, memoryGb, system, node, disk, commit, loadBefore } = machine
    const where = `${processor}, ${cores} cores, ${memoryGb} GB, ${system}, Node ${node}, ${disk}`
    return { number, line: `${where}; commit ${commit}`, at, loadBefore }
  })
  return [...new Set(lines.map(({ line }) => line))]
    .map((line) => {
      const own = lines.filter((each) => each.line === line)
      const load = Math.max(...own.map(({ loadBefore }) => loadBefore))
      const rows = own.map(({ number }) => number).join(', ')
      return `Rows ${rows}: ${line}; ${own.at(-1)?.at.replace('T', ' ')} UTC, load average before ${load}.`
    })
    .join('\n\n')
}
