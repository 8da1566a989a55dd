/** Deletes the files of runs whose people are forgotten, so that no file outlives the means to take somebody out of it. */

import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeptRuns } from '../../ports/destination.ts'
import { inTurn } from './in-turn.ts'

export interface ExpiryOptions {
  /** Holds a folder for each audience, also for those that are gone by now. */
  readonly root: string
  readonly before: number
  readonly keptRuns: KeptRuns
  readonly signal: AbortSignal
}

/** What a run leaves, and what a killed process left of writing it. */
const OF_RUN = /^([^.]+)\.(csv|recall\.csv|json|parts|gone)(\.draft)?$/

/** Looks at the run and not at the file's time alone, which is a new one after each recall. */
export async function expireFiles({ root, before, keptRuns, signal }: ExpiryOptions): Promise<void> {
  const folders = await readdir(root, { withFileTypes: true }).catch(() => [])
  for (const { name: audience } of folders.filter((each) => each.isDirectory())) {
    const files = (await namesIn(join(root, audience))).flatMap((name) => {
      const run = OF_RUN.exec(name)?.[1]
      return run === undefined ? [] : [{ run, path: join(root, audience, name) }]
    })
    const kept = await keptRuns([...new Set(files.map(({ run }) => run))])
    const isOver = async ({ run, path }: { run: string; path: string }) =>
      !(kept.get(run) ?? (await touchedSince(path, before)))
    const over: string[] = []
    for (const file of files) if (await isOver(file)) over.push(file.path)
    if (over.length === 0) continue
    await inTurn(join(root, `${audience}.lock`), { signal }, async () => {
      for (const path of over) await rm(path, { recursive: true, force: true })
    })
  }
}

/** In an order that has a file before its manifest: a recall reads both. */
async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort()
}

async function touchedSince(path: string, before: number): Promise<boolean> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: before }))
  return mtimeMs >= before
}
