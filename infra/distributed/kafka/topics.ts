/** The log's topics as they stand in Kafka: made where they are missing, refused where they have another shape. */

import { Fault } from '../../../schemas/fault.ts'
import { type Topic, topics } from '../../../schemas/topics.ts'
import type { KafkaConfig } from '../settings.ts'
import type { Connection } from './connection.ts'

export const topicNames = Object.keys(topics) as Topic[]
export const MAX_RECORD_BYTES = 1 << 20
const HOUR_MS = 3_600_000

/** What this part of a Kafka is called, so that others have theirs. */
export const kafkaTopic = ({ prefix = 'bauta' }: KafkaConfig, topic: Topic): string => `${prefix}.${topic}`

/** Throws `config_invalid` where a topic has another number of partitions. Several processes may do this at once. */
export async function ensureTopics({ kafka }: Connection, config: KafkaConfig): Promise<void> {
  const admin = kafka.admin()
  await admin.connect()
  const present = new Set(await admin.listTopics())
  const missing = topicNames.filter((topic) => !present.has(kafkaTopic(config, topic)))
  if (missing.length > 0)
    await admin.createTopics({
      timeout: 10_000,
      topics: missing.map((topic) => ({
        topic: kafkaTopic(config, topic),
        numPartitions: config.partitions,
        replicationFactor: config.replication,
        configEntries: Object.entries(settingsOf(topic, config.replication)).map(([name, value]) => ({ name, value })),
      })),
    })
  const found = await admin.fetchTopicMetadata({ topics: topicNames.map((topic) => kafkaTopic(config, topic)) })
  for (const { name, partitions } of found.topics)
    if (partitions.length !== config.partitions)
      throw new Fault(
        'config_invalid',
        `the topic ${name} has ${partitions.length} partitions and not ${config.partitions}: set that number again, or begin new topics under another KAFKA_PREFIX`,
      )
}

/**
 * Records carry the day and not the time, so a segment holds one day (it is closed by the first record of another), and a record may be up
 * to a day younger than it says: retention is a day longer than what is kept.
 */
function settingsOf(topic: Topic, replication: number): Record<string, string> {
  return {
    'cleanup.policy': 'delete',
    'message.timestamp.type': 'CreateTime',
    'retention.ms': String((topics[topic].keepHours + 24) * HOUR_MS),
    'retention.bytes': '-1',
    'segment.ms': String(HOUR_MS),
    'max.message.bytes': String(2 * MAX_RECORD_BYTES),
    'unclean.leader.election.enable': 'false',
    // What is not on three machines is acknowledged once it is on the disk of one; otherwise once two machines have it.
    ...(replication >= 3 ? { 'min.insync.replicas': '2' } : { 'flush.messages': '1' }),
  }
}
