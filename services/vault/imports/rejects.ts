/** The reject file: line, field and reason of each row that was not taken. Values stay in the file they came in. */

import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { stringify } from 'csv-stringify/sync'
import type { Refused } from './row.ts'

/** The name of the file, or `undefined` if nothing was refused; then one of an earlier attempt goes. */
export async function writeRejects(path: string, rejects: readonly Refused[]): Promise<string | undefined> {
  if (rejects.length === 0) {
    await rm(path, { force: true })
    return undefined
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const rows = rejects
    .toSorted((a, b) => a.line - b.line)
    .map(({ line, field = '', reason }) => ({ line, field, reason }))
  await writeFile(`${path}.draft`, stringify(rows, { header: true, columns: ['line', 'field', 'reason'] }), {
    mode: 0o600,
  })
  await rename(`${path}.draft`, path)
  return basename(path)
}
