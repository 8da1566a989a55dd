/** What commands print: data on stdout, as a table or as JSON; talk on stderr. */

import { SingleBar } from 'cli-progress'

export interface Output {
  readonly json: boolean
  data(value: unknown): void
  talk(text: string): void
  progress(what: string, total: number): Progress
}

export interface Progress {
  set(value: number): void
  stop(): void
}

export function outputTo(
  stdout: NodeJS.WritableStream,
  stderr: NodeJS.WritableStream & { isTTY?: boolean },
  json: boolean,
): Output {
  return {
    json,
    data(value) {
      if (value !== undefined) stdout.write(`${json ? JSON.stringify(value, null, 2) : describe(value)}\n`)
    },
    talk: (text) => void stderr.write(`${text}\n`),
    progress(what, total) {
      if (!stderr.isTTY || json) return { set: () => {}, stop: () => {} }
      const bar = new SingleBar({
        stream: stderr,
        format: `${what} {bar} {percentage} % {eta_formatted}`,
        clearOnComplete: true,
      })
      bar.start(total, 0)
      return { set: (value) => bar.update(value), stop: () => bar.stop() }
    },
  }
}

/** A list becomes a table, an object a line a key with its lists of objects as tables below, anything else its text. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : table(value)
  if (value === null || typeof value !== 'object') return String(value)
  const entries = Object.entries(value)
  const tables = entries.filter(([, each]) => Array.isArray(each) && each.some((row) => typeof row === 'object'))
  const plain = entries.filter((entry) => !tables.includes(entry))
  const width = Math.max(...plain.map(([key]) => key.length))
  const lines = plain.map(([key, each]) => `${key.padEnd(width)}  ${cell(each)}`)
  return [
    ...lines,
    ...tables.map(([key, rows]) => `${entries.length > 1 ? `\n${key}\n` : ''}${table(rows as unknown[])}`),
  ].join('\n')
}

export function table(rows: readonly unknown[]): string {
  if (rows.some((row) => row === null || typeof row !== 'object')) return rows.map(cell).join('\n')
  const records = rows as Record<string, unknown>[]
  const columns = [...new Set(records.flatMap((row) => Object.keys(row)))]
  const lines = [columns, ...records.map((row) => columns.map((column) => cell(row[column])))]
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((text, at) => text.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value) && value.every((each) => typeof each !== 'object')) return value.join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
