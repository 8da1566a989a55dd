/** Topics and groups of a test's own in a real Kafka, and waits that suit a test. */

import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import type { KafkaTuning } from '../../infra/distributed/kafka/kafka-log.ts'
import type { KafkaConfig } from '../../infra/distributed/settings.ts'

export const testKafka = (brokers: string): KafkaConfig => ({
  brokers: brokers.split(','),
  partitions: 2,
  replication: 1,
  prefix: `test-${randomUUID()}`,
  tls: false,
  sasl: undefined,
})

/** Six seconds are the shortest session that brokers allow. */
export const quick: KafkaTuning = { lingerMs: 5, retryMs: 1, sessionMs: 6_000, rebalanceMs: 500 }

export async function deleteTopics({ brokers, prefix }: KafkaConfig): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${prefix}.`))
    await admin.deleteTopics({ topics })
  } finally {
    await admin.disconnect()
  }
}
