/** The log's topics as they stand in Kafka: made where they are missing, refused where they have another shape. */

import { setTimeout as pause } from 'node:timers/promises'
import kafkajs, { type Admin } from 'kafkajs'
import { Fault } from '../../../schemas/fault.ts'
import { type Topic, topics } from '../../../schemas/topics.ts'
import type { KafkaConfig } from '../settings.ts'
import type { Connection } from './connection.ts'

// Not among the names that Node finds in the package, which is CommonJS.
const { ConfigResourceTypes } = kafkajs

export const topicNames = Object.keys(topics) as Topic[]
export const MAX_RECORD_BYTES = 1 << 20
const HOUR_MS = 3_600_000

/** What this part of a Kafka is called, so that others have theirs. */
export const kafkaTopic = ({ prefix = 'bauta' }: KafkaConfig, topic: Topic): string => `${prefix}.${topic}`

/** The number of a topic's first record ever, by Kafka's name of it. */
export type Bases = ReadonlyMap<string, number>

/**
 * Throws `config_invalid` where a topic has another number of partitions, or keeps its records for another time. Several processes may do
 * this at once.
 */
export async function ensureTopics({ kafka }: Connection, config: KafkaConfig, now: number): Promise<Bases> {
  const admin = kafka.admin()
  await admin.connect()
  const present = new Set(await admin.listTopics())
  const missing = topicNames.filter((topic) => !present.has(kafkaTopic(config, topic)))
  if (missing.length > 0)
    await admin.createTopics({
      timeout: 10_000,
      waitForLeaders: false,
      topics: missing.map((topic) => ({
        topic: kafkaTopic(config, topic),
        numPartitions: config.partitions,
        replicationFactor: config.replication,
        configEntries: entriesOf(settingsOf(topic, config.replication, now)),
      })),
    })
  for (const topic of missing) await untilLed(admin, kafkaTopic(config, topic))
  const names = topicNames.map((topic) => kafkaTopic(config, topic))
  const [{ topics: found }, { resources }] = await Promise.all([
    admin.fetchTopicMetadata({ topics: names }),
    admin.describeConfigs({
      includeSynonyms: false,
      resources: names.map((name) => ({ type: ConfigResourceTypes.TOPIC, name, configNames: [...CHECKED, BORN] })),
    }),
  ])
  for (const { name, partitions } of found) refuseOtherCount(name, partitions.length, config.partitions)
  const bases = resources.map(({ resourceName, configEntries }) => {
    const stands = Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue]))
    const topic = topicNames.find((each) => kafkaTopic(config, each) === resourceName)
    if (topic !== undefined) refuseOtherRetention(resourceName, stands, settingsOf(topic, config.replication, now))
    return [resourceName, Number(stands[BORN] ?? 0) * NUMBERS_A_SECOND] as const
  })
  return new Map(bases)
}

/** A broker is named as a leader a moment before it knows, and refuses what is appended in between. */
async function untilLed(admin: Admin, name: string): Promise<void> {
  for (let left = 50; ; left -= 1) {
    try {
      return void (await admin.fetchTopicOffsets(name))
    } catch (error) {
      if (left === 0) throw error
    }
    await pause(100)
  }
}

/** A visitor's partition follows from their number: with another, copies of one event would no longer meet. */
function refuseOtherCount(name: string, found: number, wanted: number): void {
  if (found === wanted) return
  const other =
    'set that number again, or begin new topics under another KAFKA_PREFIX once the old ones are read to their end'
  throw new Fault('config_invalid', `the topic ${name} has ${found} partitions and not ${wanted}: ${other}`)
}

/** Someone else made it, or changed it: kept for less it loses what was acknowledged, kept for more it breaks what visitors were told. */
function refuseOtherRetention(name: string, stands: Settings, wanted: Settings): void {
  for (const setting of CHECKED)
    if (stands[setting] !== wanted[setting])
      throw new Fault(
        'config_invalid',
        `the topic ${name} has ${setting}=${stands[setting]}: set it to ${wanted[setting]}`,
      )
}

type Settings = Readonly<Record<string, string>>
const entriesOf = (settings: Settings) => Object.entries(settings).map(([name, value]) => ({ name, value }))

const CHECKED = ['cleanup.policy', 'retention.ms'] as const

/**
 * The second in which the topic was made stands in a setting that means nothing where nothing is compacted, because Kafka's own numbers
 * begin at 0: beside topics made anew, the store would take new ranges for those of the old ones and drop them.
 */
const BORN = 'min.compaction.lag.ms'
/** More than a log takes, so that the numbers of a later one are all higher. */
const NUMBERS_A_SECOND = 2 ** 20

/**
 * Records carry the day and not the time, so a segment holds one day (it is closed by the first record of another), and a record may be up
 * to a day younger than it says: retention is a day longer than what is kept.
 */
function settingsOf(topic: Topic, replication: number, now: number): Settings {
  return {
    'cleanup.policy': 'delete',
    'message.timestamp.type': 'CreateTime',
    'retention.ms': String((topics[topic].keepHours + 24) * HOUR_MS),
    'retention.bytes': '-1',
    'segment.ms': String(HOUR_MS),
    'max.message.bytes': String(2 * MAX_RECORD_BYTES),
    'unclean.leader.election.enable': 'false',
    [BORN]: String(Math.floor(now / 1_000)),
    // What is not on three machines is acknowledged once it is on the disk of one; otherwise once two machines have it.
    ...(replication >= 3 ? { 'min.insync.replicas': '2' } : { 'flush.messages': '1' }),
  }
}
