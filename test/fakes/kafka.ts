/** Topics and groups of a test's own in a real Kafka, and waits that suit a test. */

import { randomUUID } from 'node:crypto'
import { type Admin, Kafka, logLevel } from 'kafkajs'
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
export const quick: KafkaTuning = { lingerMs: 5, retryMs: 1, sessionMs: 6_000, heartbeatMs: 200, rebalanceMs: 500 }

export async function deleteTopics(config: KafkaConfig): Promise<void> {
  await asAdmin(config, async (admin) => {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${config.prefix}.`))
    await admin.deleteTopics({ topics })
  })
}

/** What the product never does to a Kafka, or nobody but an operator. */
export async function asAdmin<T>(
  { brokers }: KafkaConfig,
  work: (admin: Admin, kafka: Kafka) => Promise<T>,
): Promise<T> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await work(admin, kafka)
  } finally {
    await admin.disconnect()
  }
}
