/** The log in Kafka. */

import { setTimeout as pause } from 'node:timers/promises'
import { Fault } from '../../../schemas/fault.ts'
import type { Topic } from '../../../schemas/topics.ts'
import type { ConsumeOptions, Log } from '../../ports/log.ts'
import type { KafkaConfig } from '../settings.ts'
import { openAsker } from './asker.ts'
import { asFault, openConnection, within } from './connection.ts'
import { type KafkaConsumer, startConsumer } from './consumer.ts'
import { boundsOf, type Place } from './fetch.ts'
import { foreignRecords } from './foreign.ts'
import { type GroupOffsets, groupOffsets } from './group-offsets.ts'
import { openAppender, openProducer } from './producer.ts'
import { readToEnd, scan } from './reader.ts'
import { type Bases, ensureTopics, kafkaTopic, MAX_RECORD_BYTES, topicNames } from './topics.ts'

/** What tests turn; the product takes what stands here. */
export interface KafkaTuning {
  /** How long the first record of a group waits for company. */
  readonly windowMs?: number
  /** How long records at the end wait, so that a batch is worth its while. */
  readonly lingerMs?: number
  /** First pause before a batch is handed out again; it doubles up to ten seconds. */
  readonly retryMs?: number
  /** An append is refused after so long, whatever the brokers do. */
  readonly appendMs?: number
  /** The same for a question to them. */
  readonly askMs?: number
  readonly sessionMs?: number
  readonly heartbeatMs?: number
  readonly rebalanceMs?: number
  readonly now?: () => number
  readonly offsets?: GroupOffsets
}

const STUCK_MS = 30_000
const HEALTH_MS = 3_000

export interface KafkaOptions extends KafkaTuning {
  /** Told once of each record that this process finds in a topic and that none of our producers wrote. */
  readonly onForeign?: (topic: Topic) => void
}

export async function openKafkaLog(config: KafkaConfig, options: KafkaOptions = {}): Promise<Log> {
  const { windowMs = 5, lingerMs = 50, retryMs = 100, appendMs = 5_000, askMs = 5_000 } = options
  const {
    sessionMs = config.sessionMs ?? 15_000,
    heartbeatMs = 1_000,
    rebalanceMs = 60_000,
    now = Date.now,
    offsets = groupOffsets,
    onForeign = () => {},
  } = options
  const bases = await prepare(config, now(), askMs * 3)

  const places = (topic: Topic): Place[] =>
    Array.from({ length: config.partitions }, (_, partition) => ({ topic: kafkaTopic(config, topic), partition }))
  const names = new Map(topicNames.map((topic) => [kafkaTopic(config, topic), topic]))
  const tellForeign = foreignRecords({ nameOf: (topic) => kafkaTopic(config, topic), warn, onForeign })
  const baseOf = ({ topic }: Pick<Place, 'topic'>) => bases.get(topic) ?? 0
  const reading = (topic: Topic) => ({
    places: places(topic),
    base: baseOf({ topic: kafkaTopic(config, topic) }),
    deadlineMs: askMs,
    tellForeign,
  })
  const openOwnAsker = () => openAsker({ config, topics: [...names.keys()], deadlineMs: askMs })
  const asker = openOwnAsker()
  const appender = openAppender({ open: () => openProducer(config), windowMs, deadlineMs: appendMs, now })
  const consumers = new Set<KafkaConsumer>()
  const taken = new Set<string>()
  const broken = new Map<string, unknown>()
  let closed = false

  return {
    partitions: config.partitions,

    async append(entries) {
      const lines = entries.map(({ topic, partition, record }) => {
        const value = Buffer.from(JSON.stringify(record))
        if (!Number.isInteger(partition) || partition < 0 || partition >= config.partitions)
          throw new RangeError(`${topic} has no partition ${partition}`)
        if (value.length > MAX_RECORD_BYTES) throw new RangeError(`a record of ${value.length} bytes is too long`)
        return { topic: kafkaTopic(config, topic), partition, value }
      })
      await appender.append(lines)
    },

    async consume<T extends Topic>(options: ConsumeOptions<T>) {
      const { group } = options
      if (!/^[\w-]+$/.test(group)) throw new RangeError('a group is named by letters, digits, _ and -')
      if (closed) throw new Fault('log_down', 'the log is closed')
      if (taken.has(group)) throw new Fault('in_use', `the group ${group} has a consumer in this process already`)
      taken.add(group)
      broken.delete(group)
      const own = options.topics.flatMap(places)
      // The names are those of its own topics.
      const topicOf = ({ topic }: Place) => names.get(topic) as T
      const timing = { lingerMs, retryMs, sessionMs, heartbeatMs, rebalanceMs, now }
      const consumer = startConsumer(
        { config, asker, offsets, topicOf, baseOf, places: own, tellForeign, warn, ...timing },
        {
          ...options,
          group: kafkaGroup(config, group),
        },
      )
      consumers.add(consumer)
      consumer.stopped
        .catch((error) => broken.set(group, error))
        .finally(() => {
          consumers.delete(consumer)
          taken.delete(group)
        })
      return consumer
    },

    readToEnd(topic, from = {}) {
      return readToEnd({ ...reading(topic), asker, topic }, from)
    },

    async scan(topic, each, bounds = {}) {
      // Its pages are large, and a fence shall not wait behind them.
      const own = openOwnAsker()
      try {
        await scan({ ...reading(topic), asker: own, topic }, each, bounds)
      } finally {
        own.close()
      }
    },

    /** Kafka does it by the topics' own retention. */
    async expire() {},

    async healthy() {
      const [group] = broken.keys()
      if (group !== undefined)
        throw new Fault('log_down', `the consumer ${group} has stopped`, { cause: broken.get(group) })
      for (const consumer of consumers) {
        const trouble = consumer.trouble()
        if (trouble && trouble.ms > STUCK_MS)
          throw new Fault('log_down', 'a consumer could not work for long', { cause: trouble.error })
      }
      await within(
        HEALTH_MS,
        asker.ask((cluster) => boundsOf(cluster, topicNames.flatMap(places), 'end')),
      )
    },

    async close() {
      closed = true
      await Promise.all(Array.from(consumers, (consumer) => consumer.close()))
      await appender.close()
      asker.close()
    },
  }
}

/** Beside other installations in the same Kafka, each has its own. */
const kafkaGroup = ({ prefix = 'bauta' }: KafkaConfig, group: string): string => `${prefix}.${group}`

async function prepare(config: KafkaConfig, now: number, deadlineMs: number): Promise<Bases> {
  for (const until = performance.now() + deadlineMs; ; await pause(200)) {
    const connection = openConnection(config)
    try {
      return await within(until - performance.now(), ensureTopics(connection, config, now))
    } catch (error) {
      if ((error as Error).name === 'KafkaJSSASLAuthenticationError')
        throw new Fault('config_invalid', 'kafka refuses KAFKA_USERNAME with KAFKA_PASSWORD, or this way to log in')
      // What was just made is not known to every broker at once.
      if (asFault(error).code !== 'log_down' || performance.now() > until) throw asFault(error)
    } finally {
      connection.end()
    }
  }
}

/** To the operator, by way of the process: the port has no logger. */
function warn(message: string): void {
  process.emitWarning(message, 'KafkaLog')
}
