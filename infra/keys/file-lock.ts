/** One writer at a time of a small file that several processes share, also over a network file system. Held for milliseconds. */

import { closeSync, openSync, rmSync, statSync } from 'node:fs'
import { Fault } from '../../schemas/fault.ts'

/** Far beyond what a writer needs: whoever held it for so long is dead. */
const STALE_MS = 10_000
const STEP_MS = 20
const sleeper = new Int32Array(new SharedArrayBuffer(4))

export function whileLocked<T>(file: string, work: () => T): T {
  const lock = `${file}.lock`
  const began = performance.now()
  let seen = { taken: 0, since: began }
  while (!take(lock)) {
    const now = performance.now()
    if (now - began > 2 * STALE_MS)
      throw new Fault('keys_unusable', `${lock} is held by another process; if none lives, delete it`)
    const taken = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0
    // By this process's own clock, which is never set: the time in the file is another's, good for telling one holder from the next.
    if (taken !== seen.taken) seen = { taken, since: now }
    else if (now - seen.since > STALE_MS) rmSync(lock, { force: true })
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
    return false
  }
}
