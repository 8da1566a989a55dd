/** The log as files: a folder a topic and partition, appended to by this process alone. Also the spool of a log that is out of reach. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../../schemas/fault.ts'
import { type RecordOf, type Topic, topics } from '../../../schemas/topics.ts'
import { writeDurably } from '../../durable-file.ts'
import type { Consumer, Log, LogEntry, Position } from '../../ports/log.ts'
import { type Source, startConsumer } from './consumer.ts'
import { type Disk, diskFault, errorCode, nodeDisk, proveWritable } from './disk.ts'
import { MAX_PAYLOAD_BYTES } from './frame.ts'
import { openPartition, type Partition } from './partition.ts'
import { openPositionFile, readPosition } from './position-file.ts'
import { readRanges } from './reader.ts'
import { createSignal } from './signal.ts'

export interface FileLogConfig {
  /** A directory that no other process has open. */
  readonly path: string
  readonly partitions: number
  /** How long the first record of a group waits for company. */
  readonly windowMs?: number
  /** How long records at the end wait, so that a batch is worth its while. */
  readonly lingerMs?: number
  /** First pause before a batch is handed out again; it doubles up to ten seconds. */
  readonly retryMs?: number
  readonly segmentBytes?: number
  readonly now?: () => number
  readonly disk?: Disk
}

const topicNames = Object.keys(topics) as Topic[]
const HOUR_MS = 3_600_000

export async function openFileLog(config: FileLogConfig): Promise<Log> {
  const { path, windowMs = 2, lingerMs = 50, retryMs = 100, segmentBytes = 64 << 20 } = config
  const { now = Date.now, disk = nodeDisk } = config
  const grown = createSignal()
  const consumers = new Set<Consumer>()
  const taken = new Set<string>()
  const broken = new Map<string, unknown>()

  await refuseOtherCount(path, config.partitions)
  const opened = await Promise.all(
    topicNames.map(async (topic) => {
      const directories = Array.from({ length: config.partitions }, (_, number) => join(path, topic, String(number)))
      const deps = { disk, now, windowMs, segmentBytes, grown: grown.notify }
      return Promise.all(directories.map((directory) => openPartition({ ...deps, directory })))
    }),
  )
  const partitionsOf = (topic: Topic): Partition[] => opened[topicNames.indexOf(topic)] ?? []
  const positionPath = (group: string, topic: Topic, number: number) =>
    join(path, 'groups', group, `${topic}-${number}`)

  return {
    partitions: config.partitions,

    append(entries) {
      // Not async: that would hold the entries until all is on disk, and with them what the requests left behind.
      try {
        const parts = linesOf(entries, partitionsOf)
        return Promise.all(Array.from(parts, ([partition, part]) => partition.append(part))).then(() => {})
      } catch (error) {
        return Promise.reject(error)
      }
    },

    async consume(options) {
      const { group } = options
      if (!/^[\w-]+$/.test(group)) throw new RangeError('a group is named by letters, digits, _ and -')
      if (taken.has(group)) throw new Fault('in_use', `the group ${group} has a consumer already`)
      taken.add(group)
      broken.delete(group)
      const sources: Source<(typeof options.topics)[number]>[] = []
      try {
        for (const topic of options.topics)
          for (const [number, partition] of partitionsOf(topic).entries()) {
            const position = await openPositionFile(disk, positionPath(group, topic, number))
            sources.push({ topic, number, partition, position })
            if ((position.next ?? 0) > partition.end) throw lostRecords(path, group, topic, number)
          }
      } catch (error) {
        taken.delete(group)
        for (const { position } of sources) await position.close()
        throw diskFault(error)
      }
      const consumer = startConsumer({ sources, grown, lingerMs, retryMs }, options)
      consumers.add(consumer)
      consumer.stopped
        .catch((error) => broken.set(group, error))
        .finally(() => {
          consumers.delete(consumer)
          taken.delete(group)
        })
      return consumer
    },

    async readToEnd<T extends Topic>(topic: T, from: Position = {}) {
      const ends = partitionsOf(topic).map(({ end }) => end)
      const records: RecordOf<T>[] = []
      for (const [number, partition] of partitionsOf(topic).entries()) {
        // Only `append` writes a topic's files, with this type.
        for await (const range of readRanges(partition, from[number] ?? 0, ends[number] ?? 0))
          for (const record of range.records) records.push(record as RecordOf<T>)
      }
      return { upTo: { ...ends }, records }
    },

    async scan(topic, each, { from = {}, until = {} } = {}) {
      const ends = partitionsOf(topic).map(({ end }, number) => Math.min(end, until[number] ?? end))
      for (const [number, partition] of partitionsOf(topic).entries())
        for await (const { first, last, records } of readRanges(partition, from[number] ?? 0, ends[number] ?? 0))
          await each({ partition: number, first, last, records: records as readonly RecordOf<typeof topic>[] })
    },

    async expire(time) {
      const groups = await readdir(join(path, 'groups')).catch(() => [])
      for (const topic of topicNames)
        for (const [number, partition] of partitionsOf(topic).entries()) {
          const before = time - topics[topic].keepHours * HOUR_MS
          const unread = await Promise.all(groups.map((group) => unreadFrom(positionPath(group, topic, number))))
          await partition.expire(before, Math.min(Number.POSITIVE_INFINITY, ...unread))
        }
    },

    async healthy() {
      const [group] = broken.keys()
      if (group !== undefined)
        throw new Fault('log_down', `the consumer ${group} has stopped`, { cause: broken.get(group) })
      await proveWritable(disk, join(path, 'probe'))
    },

    async close() {
      await Promise.all(Array.from(consumers, (consumer) => consumer.close()))
      await Promise.all(opened.flat().map((partition) => partition.close()))
    },
  }
}

function linesOf(entries: readonly LogEntry[], partitionsOf: (topic: Topic) => readonly Partition[]) {
  const parts = new Map<Partition, { readonly lines: string[]; bytes: number }>()
  for (const { topic, partition: number, record } of entries) {
    const partition = partitionsOf(topic)[number]
    const line = JSON.stringify(record)
    if (!partition) throw new RangeError(`${topic} has no partition ${number}`)
    if (line.length * 3 > MAX_PAYLOAD_BYTES) throw new RangeError(`a record of ${line.length} characters is too long`)
    const part = parts.get(partition) ?? { lines: [], bytes: 0 }
    if (part.bytes === 0) parts.set(partition, part)
    part.lines.push(line)
    part.bytes += line.length
  }
  return parts
}

/** A visitor's partition follows from their number: with another, copies of one event would no longer meet, or some not be read. */
async function refuseOtherCount(path: string, partitions: number): Promise<void> {
  const stands = join(path, 'partitions')
  const found = await readFile(stands, 'utf8').catch(() => undefined)
  if (found === String(partitions)) return
  if (found !== undefined)
    throw new Fault(
      'config_invalid',
      `the log in ${path} has ${found} partitions and not ${partitions}: set that number again`,
    )
  writeDurably(stands, String(partitions), 0o600)
}

async function unreadFrom(path: string): Promise<number> {
  try {
    return await readPosition(path)
  } catch (error) {
    // A group that does not read this topic.
    if (errorCode(error) === 'ENOENT') return Number.POSITIVE_INFINITY
    throw error
  }
}

function lostRecords(path: string, group: string, topic: Topic, number: number): Fault {
  const mend = `put back an intact copy of ${path}, or delete it whole to begin a new log`
  return new Fault('log_down', `${group} has read records of ${topic}/${number} that are not there any more: ${mend}`)
}
