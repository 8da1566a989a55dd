/**
 * One at a time in a folder, whether in one process or in several that share it, also over a network. A file says who is at it. Whoever was
 * killed there is known to be gone: on the same machine at once, elsewhere after a minute in which the file was not touched.
 */

import { randomUUID } from 'node:crypto'
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { whileLocked } from '../../keys/file-lock.ts'
import type { Shipment } from '../../ports/destination.ts'

/** Process ids say something only where they are counted together, and each is given again one day. */
const Holder = z.object({ place: z.string(), pid: z.int(), began: z.string() })
type Holder = z.infer<typeof Holder>

const BEAT_MS = 5_000
/** Far beyond the longest that a file of millions keeps a process from touching its lock. */
const STALE_MS = 60_000
const STEP_MS = 20

/** Throws the signal's reason, and the work is not begun, when the shipment is to stop before its turn comes. */
export async function inTurn<T>(lock: string, shipment: Pick<Shipment, 'signal'>, work: () => Promise<T>): Promise<T> {
  const holder: Holder = { place: placeOf(), pid: process.pid, began: beganAt(process.pid) }
  const mine = JSON.stringify({ ...holder, turn: randomUUID() })
  let seen = { text: '', touched: 0, since: performance.now() }
  while (!take(lock, mine)) {
    const { text, touched } = look(lock)
    // By this process's own clock: that of the file system may be another.
    if (text !== seen.text || touched !== seen.touched) seen = { text, touched, since: performance.now() }
    if (isGone(text) || performance.now() - seen.since > STALE_MS) giveUp(lock, text)
    else await sleep(STEP_MS)
    shipment.signal.throwIfAborted()
  }
  const beat = setInterval(() => touch(lock), BEAT_MS)
  beat.unref()
  try {
    return await work()
  } finally {
    clearInterval(beat)
    giveUp(lock, mine)
  }
}

function take(lock: string, text: string): boolean {
  mkdirSync(dirname(lock), { recursive: true, mode: 0o700 })
  let handle: number
  try {
    handle = openSync(lock, 'wx', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  try {
    writeSync(handle, text)
    return true
  } catch (error) {
    // The disk is full: left there, it would be nobody's.
    rmSync(lock, { force: true })
    throw error
  } finally {
    closeSync(handle)
  }
}

/** Only that turn's: of several who find it stale one takes it away, and none the lock of whoever came next. */
function giveUp(lock: string, text: string): void {
  whileLocked(lock, () => {
    if (look(lock).text === text) rmSync(lock, { force: true })
  })
}

function look(lock: string): { readonly text: string; readonly touched: number } {
  try {
    return { text: readFileSync(lock, 'utf8'), touched: statSync(lock).mtimeMs }
  } catch {
    return { text: '', touched: 0 }
  }
}

function touch(lock: string): void {
  try {
    utimesSync(lock, new Date(), new Date())
  } catch {
    // Taken away from a process that stood still.
  }
}

/** Not where it cannot be told from here. */
function isGone(text: string): boolean {
  const holder = parse(text)
  if (!holder || holder.place === '' || holder.place !== placeOf()) return false
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
  const began = beganAt(holder.pid)
  return began !== '' && began !== holder.began
}

function parse(text: string): Holder | undefined {
  try {
    return Holder.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** Empty where there is no /proc. */
function placeOf(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return ''
  }
}

/** In ticks since the machine began. */
function beganAt(pid: number): string {
  try {
    // After the name, which may hold anything.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
