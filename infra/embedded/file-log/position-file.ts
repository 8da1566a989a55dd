/**
 * Where a group stands in one partition. Two places in one file, written in turn: the one that is known to be on disk is never
 * written over, so a cut leaves one of them whole, and a full disk cannot stop a consumer.
 */

import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as z from 'zod'
import type { Disk } from './disk.ts'
import { decodeFrames, encodeFrames } from './frame.ts'

const SLOT_BYTES = 512

const Entry = z.strictObject({
  /** Of two entries the higher holds. */
  turn: z.int(),
  /** The first record that is not consumed. */
  next: z.int(),
  /** Up to here it was handed out and perhaps consumed. */
  pinned: z.int().optional(),
})
type Entry = z.infer<typeof Entry>

export interface PositionFile {
  readonly next: number | undefined
  readonly pinned: number | undefined
  /** On disk when it resolves: after any crash the range from `first` to `last` is the next one handed out. */
  pin(first: number, last: number): Promise<void>
  /** Survives the process but perhaps not the machine: then the range comes once more. */
  commit(next: number): Promise<void>
  close(): Promise<void>
}

export async function openPositionFile(disk: Disk, path: string): Promise<PositionFile> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const file = await openOrCreate(disk, path)
  const slots = decodeSlots(await readFile(path))
  // What a killed process wrote is read as if on disk from now on.
  await disk.sync(file, path)
  let durable = (slots[1]?.turn ?? 0) > (slots[0]?.turn ?? 0) ? 1 : 0
  let entry = slots[durable] ?? undefined

  async function write(change: Omit<Entry, 'turn'>): Promise<void> {
    const turned = { ...change, turn: (entry?.turn ?? 0) + 1 }
    entry = turned
    await disk.write(file, slotBytes(JSON.stringify(turned)), (1 - durable) * SLOT_BYTES, path)
  }

  return {
    get next() {
      return entry?.next
    },
    get pinned() {
      return entry?.pinned
    },
    async pin(first, last) {
      await write({ next: first, pinned: last })
      await disk.sync(file, path)
      durable = 1 - durable
    },
    // If it cannot be written, the next `pin` cannot either, and says so.
    commit: (next) => write({ next }).catch(() => {}),
    close: () => file.close(),
  }
}

/** The first record that the group of this file has not consumed; -1 if it has not begun. */
export async function readPosition(path: string): Promise<number> {
  const [one, other] = decodeSlots(await readFile(path))
  const latest = (other?.turn ?? 0) > (one?.turn ?? 0) ? other : one
  return latest?.next ?? -1
}

async function openOrCreate(disk: Disk, path: string): Promise<FileHandle> {
  const file = await open(path, 'r+').catch(() => open(path, 'wx+', 0o600))
  const { size } = await file.stat()
  if (size < 2 * SLOT_BYTES) {
    await disk.write(file, new Uint8Array(2 * SLOT_BYTES), 0, path)
    await disk.syncNames(dirname(path))
  }
  return file
}

function slotBytes(line: string): Buffer {
  return Buffer.concat([encodeFrames([line])], SLOT_BYTES)
}

function decodeSlots(bytes: Buffer): (Entry | undefined)[] {
  return [0, SLOT_BYTES].map((from) => {
    const [frame] = decodeFrames(bytes.subarray(from, from + SLOT_BYTES), 0).frames
    return frame && Entry.parse(JSON.parse(frame.payload.toString()))
  })
}
