/** What waits on disk for the log to come back: one file for all topics and partitions, so that one sync covers an append. */

import { join } from 'node:path'
import { Fault } from '../../../schemas/fault.ts'
import type { Topic } from '../../../schemas/topics.ts'
import { type Disk, proveWritable } from '../../embedded/file-log/disk.ts'
import { MAX_PAYLOAD_BYTES } from '../../embedded/file-log/frame.ts'
import { openPartition } from '../../embedded/file-log/partition.ts'
import { openPositionFile } from '../../embedded/file-log/position-file.ts'
import { readPartition } from '../../embedded/file-log/reader.ts'
import type { LogEntry } from '../../ports/log.ts'

export interface SpoolFile {
  /** Records that nobody has handed on yet, and the bytes of all files. */
  readonly records: number
  readonly bytes: number
  /** No record is older; milliseconds since 1970. */
  readonly oldest: number | undefined
  /** On disk when it resolves, or `log_down` / `disk_full`. */
  append(entries: readonly LogEntry[]): Promise<void>
  /** The next ones to hand on, the same until `done`. */
  peek(): Promise<Handful | undefined>
  /** After a crash the same come again, as they do when this was not on disk yet: whoever reads the log drops what it has seen. */
  done(handful: Handful): Promise<void>
  /** Can it be written to? Rejects as `append` does. */
  healthy(): Promise<void>
  /** Deletes the files that are handed on whole. */
  compact(): Promise<void>
  /** Deletes what was written before `time`, handed on or not, and answers how many were not. */
  expire(time: number): Promise<number>
  close(): Promise<void>
}

export interface Handful {
  readonly entries: readonly LogEntry[]
  readonly last: number
}

export interface SpoolFileDeps {
  readonly disk: Disk
  readonly now: () => number
  readonly grown: () => void
}

/** Small enough to stand beside the requests that go straight to the log. */
const HANDFUL_RECORDS = 1_000
const HANDFUL_BYTES = 512 << 10
const WINDOW_MS = 2
const SEGMENT_BYTES = 16 << 20

type Line = readonly [Topic, number, LogEntry['record']]

/** `directory` is this process's alone. */
export async function openSpoolFile({ disk, now, grown }: SpoolFileDeps, directory: string): Promise<SpoolFile> {
  const deps = { disk, now, windowMs: WINDOW_MS, segmentBytes: SEGMENT_BYTES, grown }
  const partition = await openPartition({ ...deps, directory })
  const position = await openPositionFile(disk, join(directory, 'handed-on'))
  const next = () => Math.max(position.next ?? 0, partition.start)
  if (next() > partition.end)
    throw new Fault('log_down', `${directory} lacks records: put back an intact copy of it, or delete it whole`)
  const read = readPartition(partition)
  const records = () => partition.end - next()

  return {
    get records() {
      return records()
    },
    get bytes() {
      return partition.bytes
    },
    get oldest() {
      return records() > 0 ? partition.oldest : undefined
    },
    async append(entries) {
      let bytes = 0
      const lines = entries.map(({ topic, partition: number, record }) => {
        const line = JSON.stringify([topic, number, record] satisfies Line)
        if (line.length * 3 > MAX_PAYLOAD_BYTES)
          throw new RangeError(`a record of ${line.length} characters is too long`)
        bytes += line.length
        return line
      })
      await partition.append({ lines, bytes })
    },
    async peek() {
      const range = await read(next(), next() + HANDFUL_RECORDS - 1, HANDFUL_BYTES)
      if (range === undefined) return undefined
      // Only `append` writes the file.
      const lines = range.records as readonly Line[]
      const entries = lines.map(([topic, number, record]) => ({ topic, partition: number, record }) as LogEntry)
      return { entries, last: range.last }
    },
    done: ({ last }) => position.commit(Math.max(last + 1, next())),
    healthy: () => proveWritable(disk, join(directory, 'probe')),
    compact: () => partition.expire(Number.POSITIVE_INFINITY, next()),
    async expire(time) {
      const before = records()
      const waited = next()
      await partition.expire(time, Number.POSITIVE_INFINITY)
      return Math.min(before, next() - waited)
    },
    async close() {
      await partition.close()
      await position.close()
    },
  }
}
