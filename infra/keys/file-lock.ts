/** One writer at a time of a small file that several processes share, also over a network file system. Held for milliseconds. */

import { closeSync, openSync, rmSync, statSync } from 'node:fs'
import { Fault } from '../../schemas/fault.ts'

/** Far beyond what a writer needs: whoever held it for so long is dead. */
const STALE_MS = 10_000
const STEP_MS = 20
const sleeper = new Int32Array(new SharedArrayBuffer(4))

export function whileLocked<T>(file: string, work: () => T): T {
  const lock = `${file}.lock`
  const until = Date.now() + 2 * STALE_MS
  while (!take(lock)) {
    if (Date.now() > until)
      throw new Fault('keys_unusable', `${lock} is held by another process; if none lives, delete it`)
    Atomics.wait(sleeper, 0, 0, STEP_MS)
  }
  try {
    return work()
  } finally {
    rmSync(lock, { force: true })
  }
}

function take(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx', 0o600))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const held = statSync(lock, { throwIfNoEntry: false })
    if (held && Date.now() - held.mtimeMs > STALE_MS) rmSync(lock, { force: true })
    return false
  }
}
