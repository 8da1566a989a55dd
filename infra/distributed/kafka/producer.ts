/**
 * Appends in groups: whoever comes while a group is gathered or the one before is under way joins it, is sent with it and acknowledged
 * with it. One group is under way at a time, so order holds and a producer that went wrong can be thrown away between two.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { CompressionTypes, type Producer } from 'kafkajs'
import { Fault } from '../../../schemas/fault.ts'
import { shuffle } from '../../shuffle.ts'
import type { KafkaConfig } from '../settings.ts'
import { asFault, openConnection, within } from './connection.ts'
import { type Place, placeKey } from './fetch.ts'

export interface Line extends Place {
  readonly value: Buffer
}

export interface Appender {
  /** `log_down` when it is not on enough machines in time: then it may be there nevertheless. */
  append(lines: readonly Line[]): Promise<void>
  close(): Promise<void>
}

/** A producer on a connection of its own. */
export interface Live {
  readonly producer: Promise<Pick<Producer, 'sendBatch'>>
  end(): void
}

export interface AppenderDeps {
  open(): Live
  readonly windowMs: number
  readonly deadlineMs: number
  readonly now: () => number
}

interface Group {
  readonly lines: Line[]
  bytes: number
  readonly full: AbortController
  readonly done: Promise<void>
}

const SEND_BYTES = 1 << 20
const MAX_GROUP_BYTES = 32 << 20
const DAY_MS = 86_400_000

export function openAppender({ open, windowMs, deadlineMs, now }: AppenderDeps): Appender {
  let group: Group | undefined
  let last: Promise<unknown> = Promise.resolve()
  let live: Live | undefined
  let closed = false

  function gather(): Group {
    const full = new AbortController()
    const until = performance.now() + deadlineMs
    const window = pause(windowMs, undefined, { signal: full.signal }).catch(() => {})
    const before = last
    const lines: Line[] = []
    const done = (async () => {
      await window
      await before
      group = undefined
      await send(lines, until)
    })()
    last = done.catch(() => {})
    return { lines, bytes: 0, full, done }
  }

  async function send(lines: Line[], until: number): Promise<void> {
    // The order within a group goes, because with it the two records of one event could be told by their places.
    shuffle(lines)
    for (const part of partsOf(lines)) {
      const left = until - performance.now()
      if (left <= 0) throw new Fault('log_down', 'kafka does not keep up, so nothing was acknowledged')
      live ??= open()
      const using = live
      try {
        await within(
          left,
          using.producer.then((producer) => sendPart(producer, part, left)),
        )
      } catch (error) {
        // After any failure its numbers may not be those the brokers expect.
        live = undefined
        using.end()
        throw asFault(error)
      }
    }
  }

  async function sendPart(producer: Pick<Producer, 'sendBatch'>, lines: readonly Line[], left: number): Promise<void> {
    // No clock time stands in the log.
    const timestamp = String(Math.floor(now() / DAY_MS) * DAY_MS)
    const topics = new Map<string, { partition: number; value: Buffer; timestamp: string }[]>()
    for (const { topic, partition, value } of lines) {
      const messages = topics.get(topic) ?? []
      topics.set(topic, messages)
      messages.push({ partition, value, timestamp })
    }
    const topicMessages = Array.from(topics, ([topic, messages]) => ({ topic, messages }))
    const timeout = Math.ceil(left)
    const batch = { acks: -1, timeout, compression: CompressionTypes.None, topicMessages }
    const answers = await producer.sendBatch(batch)
    // Where a leader changes between two tries, kafkajs takes another partition's answer for that of one it has not sent.
    const kept = new Set(
      answers.flatMap(({ topicName, partition, errorCode }) =>
        errorCode === 0 ? [placeKey({ topic: topicName, partition })] : [],
      ),
    )
    if (!lines.every((line) => kept.has(placeKey(line)))) throw new Error('a partition has not answered')
  }

  return {
    async append(lines) {
      if (closed) throw new Fault('log_down', 'the log is closed')
      const bytes = lines.reduce((sum, { value }) => sum + value.length, 0)
      group ??= gather()
      if (group.bytes > 0 && group.bytes + bytes > MAX_GROUP_BYTES)
        throw new Fault('log_down', 'kafka does not keep up, so nothing was acknowledged')
      group.bytes += bytes
      for (const line of lines) group.lines.push(line)
      if (group.bytes >= SEND_BYTES) group.full.abort()
      await group.done
    },
    async close() {
      closed = true
      await last
      live?.end()
    },
  }
}

export function openProducer(config: KafkaConfig): Live {
  const { kafka, end } = openConnection(config)
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    // While a leader moves: most of a second.
    retry: { retries: 4 },
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
  })
  return { producer: producer.connect().then(() => producer), end }
}

function* partsOf(lines: readonly Line[]): Generator<readonly Line[]> {
  let from = 0
  let bytes = 0
  for (const [index, { value }] of lines.entries()) {
    if (index > from && bytes + value.length > SEND_BYTES) {
      yield lines.slice(from, index)
      from = index
      bytes = 0
    }
    bytes += value.length
  }
  yield from === 0 ? lines : lines.slice(from)
}
