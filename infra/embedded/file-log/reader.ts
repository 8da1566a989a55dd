/** Reads the records of one partition in ranges. A range never reaches over the end of a file. */

import { open } from 'node:fs/promises'
import { errorCode } from './disk.ts'
import { DamagedFrame, readFrames } from './frame.ts'
import type { Partition } from './partition.ts'
import { damage, type Segment } from './segment.ts'

const READ_BYTES = 4 << 20

export interface Range {
  readonly first: number
  readonly last: number
  /** Fewer than the range is long where an operator gave some up. */
  readonly records: readonly unknown[]
}

/**
 * Answers the range from `from`, or from the first record kept after it, to `last`, if there are so many, or less far once it holds so
 * many bytes; `undefined` at the end.
 */
export type ReadRange = (from: number, last: number, bytes?: number) => Promise<Range | undefined>

export function readPartition(partition: Partition): ReadRange {
  /** Where the last range ended, so that the next need not look for its first byte. */
  let mark = { path: '', record: 0, byte: 0 }

  async function read(segment: Segment, first: number, last: number, bytes: number): Promise<Range> {
    let { record, byte } =
      mark.path === segment.path && mark.record === first ? mark : { record: segment.first, byte: 0 }
    const records: unknown[] = []
    let size = 0
    const file = await open(segment.path)
    try {
      reading: for await (const frames of readFrames(file, byte, segment.bytes)) {
        for (const { payload, end } of frames) {
          // Written by this program and proved by its checksum, so it is what its topic says.
          if (record >= first) records.push(JSON.parse(payload.toString()))
          if (record >= first) size += payload.length
          record += 1
          byte = end
          if (record > last || size >= bytes) break reading
        }
      }
      if (records.length === 0 || (record <= last && size < bytes)) throw new DamagedFrame(byte)
    } catch (error) {
      if (!(error instanceof DamagedFrame)) throw error
      if (!segment.lost) throw damage(segment, error.at)
      record = last + 1
    } finally {
      await file.close()
    }
    mark = { path: segment.path, record, byte }
    return { first, last: record - 1, records }
  }

  return async function readRange(from, last, bytes = Number.POSITIVE_INFINITY) {
    for (;;) {
      const found = partition.find(from)
      if (found === undefined) return undefined
      const first = Math.max(from, found.segment.first)
      if (first > last) return undefined
      try {
        return await read(found.segment, first, Math.min(last, found.until - 1), bytes)
      } catch (error) {
        // Expired since it was found: look again.
        if (errorCode(error) !== 'ENOENT' || partition.find(from)?.segment === found.segment) throw error
      }
    }
  }
}

/** The records from `from` on, as far as `end`, a range at a time; nobody reads on before it is asked for. */
export async function* readRanges(partition: Partition, from: number, end: number): AsyncGenerator<Range> {
  const read = readPartition(partition)
  for (let next = from; next < end; ) {
    const range = await read(next, end - 1, READ_BYTES)
    if (range === undefined) return
    yield range
    next = range.last + 1
  }
}
