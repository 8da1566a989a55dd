/** The files of one partition, each named by its first record; found and mended after whatever ended the last process. */

import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Fault } from '../../../schemas/fault.ts'
import type { Disk } from './disk.ts'
import { DamagedFrame, readFrames } from './frame.ts'

export interface Segment {
  readonly path: string
  readonly first: number
  /** Bytes that are on disk and may be read. */
  bytes: number
  /** Milliseconds since 1970. */
  lastWrite: number
  /** Renamed by an operator: what cannot be read of it is given up. */
  readonly lost: boolean
}

/** The one that is written to. */
export interface Active {
  readonly file: FileHandle
  readonly segment: Segment
}

export interface Recovered {
  readonly segments: Segment[]
  readonly active: Active
  /** The number of the record to come. */
  readonly end: number
}

/** More than one write leaves behind: what a damage in front of so much destroys was acknowledged. */
const MAX_TORN_BYTES = 16 << 20

export async function recoverSegments(disk: Disk, directory: string, now: number): Promise<Recovered> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const segments: Segment[] = []
  for (const name of (await readdir(directory)).sort()) {
    const [, first, kind] = /^(\d{16})\.(log|lost)$/.exec(name) ?? []
    if (first === undefined) continue
    const path = join(directory, name)
    const { size, mtimeMs } = await stat(path)
    segments.push({ path, first: Number(first), bytes: size, lastWrite: mtimeMs, lost: kind === 'lost' })
  }
  const last = segments.at(-1)
  if (last === undefined || last.lost) {
    // Numbers start by the clock, never at 0: beside a log made anew, the store still knows the ranges of the old one, and would take
    // the same ranges for repetitions. A million records a second would have to pass before two logs met.
    const first = Math.max(Math.floor(now / 1000) * 2 ** 20, (last?.first ?? 0) + 2 ** 20)
    const active = await createSegment(disk, directory, first, now)
    return { segments: [...segments, active.segment], active, end: first }
  }
  const file = await open(last.path, 'r+')
  try {
    const records = await mendTail(disk, file, last)
    return { segments, active: { file, segment: last }, end: last.first + records }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Cuts off what the last process did not finish writing, and counts the rest. */
async function mendTail(disk: Disk, file: FileHandle, segment: Segment): Promise<number> {
  let records = 0
  let whole = 0
  try {
    for await (const frames of readFrames(file, 0, segment.bytes)) {
      records += frames.length
      whole = frames.at(-1)?.end ?? whole
    }
  } catch (error) {
    if (!(error instanceof DamagedFrame)) throw error
    if (segment.bytes - error.at > MAX_TORN_BYTES) throw damage(segment, error.at)
    await file.truncate(error.at)
  }
  segment.bytes = whole
  // What a killed process wrote may still be in memory only; from here on it is read as if on disk.
  await disk.sync(file, segment.path)
  return records
}

export async function createSegment(disk: Disk, directory: string, first: number, now: number): Promise<Active> {
  const path = join(directory, `${String(first).padStart(16, '0')}.log`)
  // One of this name holds nothing that was acknowledged. Its pages may be those that a failed sync has spoilt.
  await rm(path, { force: true })
  const file = await open(path, 'wx', 0o600)
  try {
    await disk.syncNames(directory)
  } catch (error) {
    await file.close()
    throw error
  }
  return { file, segment: { path, first, bytes: 0, lastWrite: now, lost: false } }
}

export function damage({ path }: Segment, at: number): Fault {
  const lost = basename(path).replace(/log$/, 'lost')
  const mend = `stop Bauta, then put back an intact copy of the file, or rename it to ${lost} to give up what follows in it`
  return new Fault('log_down', `${path} is damaged at byte ${at}, before records that were acknowledged: ${mend}`)
}
