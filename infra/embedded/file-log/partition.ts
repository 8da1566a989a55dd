/**
 * One partition of one topic, and its only writer. Whoever appends while a write is under way joins the next one: a group shares one
 * write and one sync, and is acknowledged as one.
 */

import { rm } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { Fault } from '../../../schemas/fault.ts'
import { shuffle } from '../../shuffle.ts'
import { type Disk, diskFault } from './disk.ts'
import { encodeFrames, HEADER_BYTES } from './frame.ts'
import { type Active, createSegment, type Recovered, recoverSegments, type Segment } from './segment.ts'

export interface PartitionDeps {
  readonly disk: Disk
  readonly directory: string
  readonly now: () => number
  readonly windowMs: number
  readonly segmentBytes: number
  /** Called when records have become readable. */
  readonly grown: () => void
}

interface Group {
  readonly lines: string[]
  bytes: number
  readonly done: Promise<void>
}

const MAX_WRITE_BYTES = 8 << 20
const MAX_ROOM_BYTES = 2 << 20
const MAX_GROUP_BYTES = 32 << 20
const HOUR_MS = 3_600_000

export async function openPartition(deps: PartitionDeps): Promise<Partition> {
  return new Partition(deps, await recoverSegments(deps.disk, deps.directory, deps.now()))
}

export class Partition {
  readonly #deps: PartitionDeps
  readonly #segments: Segment[]
  #active: Active
  #end: number
  #group: Group | undefined
  #last: Promise<unknown> = Promise.resolve()
  /** A sync or a truncation failed: what the system says of this file from now on is not to be believed. */
  #spoilt = false
  #closed = false
  #room = Buffer.alloc(0)

  constructor(deps: PartitionDeps, { segments, active, end }: Recovered) {
    this.#deps = deps
    this.#segments = segments
    this.#active = active
    this.#end = end
  }

  /** The number of the record to come. All before it are on disk. */
  get end(): number {
    return this.#end
  }

  /** The number of the first record that is kept. */
  get start(): number {
    return this.#segments[0]?.first ?? this.#end
  }

  /** Of all its files. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** When its oldest file was last written to, in milliseconds since 1970; a file takes an hour's records. */
  get oldest(): number {
    return this.#segments[0]?.lastWrite ?? this.#active.segment.lastWrite
  }

  /** The file that holds this record or, where it is gone, the next one, and the number of the first record after that file. */
  find(record: number): { readonly segment: Segment; readonly until: number } | undefined {
    for (const [index, segment] of this.#segments.entries()) {
      const until = this.#segments[index + 1]?.first ?? this.#end
      if (record < until) return { segment, until }
    }
    return undefined
  }

  append({ lines, bytes }: { readonly lines: readonly string[]; readonly bytes: number }): Promise<void> {
    if (this.#closed) return Promise.reject(new Fault('log_down', 'the log is closed'))
    this.#group ??= this.#gather()
    const group = this.#group
    if (group.lines.length > 0 && group.bytes + bytes > MAX_GROUP_BYTES)
      return Promise.reject(new Fault('log_down', 'the disk of the log does not keep up, so nothing was acknowledged'))
    group.bytes += bytes
    for (const line of lines) group.lines.push(line)
    return group.done
  }

  /** Deletes files last written before `before`, as far as the record `unread`. */
  expire(before: number, unread: number): Promise<void> {
    return this.#alone(async () => {
      const { segment } = this.#active
      if (segment.bytes > 0 && segment.lastWrite < before && this.#end <= unread) await this.#startSegment()
      for (;;) {
        const [oldest, next] = this.#segments
        if (!oldest || !next || oldest.lastWrite >= before || next.first > unread) break
        this.#segments.shift()
        await rm(oldest.path, { force: true })
      }
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#group?.done.catch(() => {})
    await this.#alone(() => this.#active.file.close())
  }

  #gather(): Group {
    const group = { lines: [] as string[], bytes: 0 }
    const window = pause(this.#deps.windowMs)
    const done = this.#alone(async () => {
      await window
      this.#group = undefined
      await this.#store(group.lines)
    })
    return Object.assign(group, { done })
  }

  /** Writes, rolls and deletions come one after the other. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => {})
    return turn
  }

  async #store(lines: string[]): Promise<void> {
    // The order within a group goes, because with it the two records of one event could be told by their places.
    shuffle(lines)
    try {
      for (const part of parts(lines)) await this.#write(part)
    } catch (error) {
      throw diskFault(error)
    }
  }

  async #write(lines: readonly string[]): Promise<void> {
    const { disk, now, segmentBytes, grown } = this.#deps
    const time = now()
    const { bytes, lastWrite } = this.#active.segment
    const full = bytes >= segmentBytes || Math.floor(lastWrite / HOUR_MS) !== Math.floor(time / HOUR_MS)
    if (this.#spoilt || (bytes > 0 && full)) await this.#startSegment()
    const { file, segment } = this.#active
    const frames = encodeFrames(lines, this.#room)
    // Writes come one after the other, so the next one may use the same bytes: made anew each time they would keep the collector of
    // garbage busier than all requests.
    if (frames.length > this.#room.length && frames.length <= MAX_ROOM_BYTES)
      this.#room = Buffer.allocUnsafeSlow(Math.min(MAX_ROOM_BYTES, 2 * frames.length))
    try {
      await disk.write(file, frames, segment.bytes, segment.path)
    } catch (error) {
      this.#spoilt = true
      await file.truncate(segment.bytes)
      this.#spoilt = false
      throw error
    }
    try {
      await disk.sync(file, segment.path)
    } catch (error) {
      // After a failed sync the system may call the same pages clean: asked again, it would say yes to what it never wrote.
      this.#spoilt = true
      await file.truncate(segment.bytes).catch(() => {})
      throw error
    }
    segment.bytes += frames.length
    segment.lastWrite = time
    this.#end += lines.length
    grown()
  }

  async #startSegment(): Promise<void> {
    const { disk, directory, now } = this.#deps
    const active = await createSegment(disk, directory, this.#end, now())
    const former = this.#active
    if (former.segment.first === this.#end) this.#segments.pop()
    this.#segments.push(active.segment)
    this.#active = active
    this.#spoilt = false
    await former.file.close().catch(() => {})
  }
}

function* parts(lines: readonly string[]): Generator<readonly string[]> {
  let from = 0
  let bytes = 0
  for (const [index, line] of lines.entries()) {
    // Three bytes are the most that a character of a string takes.
    const size = HEADER_BYTES + line.length * 3
    if (index > from && bytes + size > MAX_WRITE_BYTES) {
      yield lines.slice(from, index)
      from = index
      bytes = 0
    }
    bytes += size
  }
  yield from === 0 ? lines : lines.slice(from)
}
