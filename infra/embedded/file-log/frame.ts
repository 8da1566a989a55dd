/** A record as bytes: `[u32 length][u32 crc32][JSON]`. The checksum tells a torn frame from a whole one; nothing in it tells a time. */

import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'

export const HEADER_BYTES = 8
/** Far above any record, so that a length beyond it is damage and not a reason to allocate. */
export const MAX_PAYLOAD_BYTES = 1 << 20
const CHUNK_BYTES = 1 << 18

export interface Frame {
  readonly payload: Buffer
  /** The byte after it. */
  readonly end: number
}

/** From byte `at` on, the file holds no whole frame. */
export class DamagedFrame extends Error {
  override readonly name = 'DamagedFrame'
  readonly at: number

  constructor(at: number) {
    super(`no whole frame at byte ${at}`)
    this.at = at
  }
}

/** In `room` where it is large enough, which the caller may use again when these bytes are done with. */
export function encodeFrames(lines: readonly string[], room?: Buffer): Buffer {
  let size = 0
  for (const line of lines) size += HEADER_BYTES + Buffer.byteLength(line)
  const bytes = room && room.length >= size ? room.subarray(0, size) : Buffer.allocUnsafe(size)
  let at = 0
  for (const line of lines) {
    const length = bytes.write(line, at + HEADER_BYTES)
    bytes.writeUInt32LE(length, at)
    bytes.writeUInt32LE(crc32(bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length)), at + 4)
    at += HEADER_BYTES + length
  }
  return bytes
}

/** The whole frames at the start of `bytes`, and how far they reach. */
export function decodeFrames(bytes: Buffer, base: number): { frames: Frame[]; used: number; damaged: boolean } {
  const frames: Frame[] = []
  let at = 0
  while (at + HEADER_BYTES <= bytes.length) {
    const length = bytes.readUInt32LE(at)
    // An empty frame is never written: eight zero bytes, as a power cut leaves them, would else be one with the right checksum.
    if (length === 0 || length > MAX_PAYLOAD_BYTES) return { frames, used: at, damaged: true }
    const end = at + HEADER_BYTES + length
    if (end > bytes.length) break
    const payload = bytes.subarray(at + HEADER_BYTES, end)
    if (crc32(payload) !== bytes.readUInt32LE(at + 4)) return { frames, used: at, damaged: true }
    frames.push({ payload, end: base + end })
    at = end
  }
  return { frames, used: at, damaged: false }
}

/** The frames between two bytes of a file, a chunk at a time, so that memory does not grow with the file. Throws `DamagedFrame`. */
export async function* readFrames(file: FileHandle, from: number, to: number): AsyncGenerator<Frame[]> {
  let at = from
  let size = CHUNK_BYTES
  while (at < to) {
    const wanted = Math.min(size, to - at)
    const chunk = Buffer.allocUnsafe(wanted)
    const { bytesRead } = await file.read(chunk, 0, wanted, at)
    const { frames, used, damaged } = decodeFrames(chunk.subarray(0, bytesRead), at)
    if (frames.length > 0) yield frames
    at += used
    const ended = bytesRead < wanted || at + (bytesRead - used) === to
    if (damaged || (ended && used < bytesRead) || bytesRead === 0) throw new DamagedFrame(at)
    // A frame longer than the chunk: once more, with room for any.
    size = used === 0 ? MAX_PAYLOAD_BYTES + HEADER_BYTES : CHUNK_BYTES
  }
}
