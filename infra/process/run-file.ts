/** What a running instance leaves in its data directory, so that commands on this machine find it. Its owner alone reads it. */

import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { writeDurably } from '../durable-file.ts'

const RunFile = z.object({ pid: z.int(), url: z.url(), token: z.string() })
export type RunFile = z.infer<typeof RunFile>

const pathOf = (dataDir: string) => join(dataDir, 'run.json')

/** Answers with its removal. */
export function writeRunFile(dataDir: string, running: RunFile): () => void {
  writeDurably(pathOf(dataDir), JSON.stringify(running), 0o600)
  return () => rmSync(pathOf(dataDir), { force: true })
}

/** `undefined` if none runs. A file outlives a process that was killed, so the process is looked for too. */
export function readRunFile(dataDir: string): RunFile | undefined {
  try {
    const running = RunFile.parse(JSON.parse(readFileSync(pathOf(dataDir), 'utf8')))
    process.kill(running.pid, 0)
    return running
  } catch {
    return undefined
  }
}
