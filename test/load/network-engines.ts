/** The engines across the network that were found, as the environment names them: a database and topics that nobody else has. */

import { randomBytes } from 'node:crypto'
import { createClickhouseDatabase, createPostgresDatabase } from '../engines/distributed.ts'
import { absent, foundEngines, kinds } from '../engines/found-engines.ts'

export interface NetworkEngines {
  /** `undefined` where one is not there. */
  readonly environment: Readonly<Record<string, string>> | undefined
  readonly names: string
  readonly missing: string
}

export async function networkEngines(): Promise<NetworkEngines> {
  const found = foundEngines()
  const { kafka, redis, postgres, clickhouse } = found
  const missing = kinds.filter((kind) => !found[kind]).map(absent)
  if (!kafka || !redis || !postgres || !clickhouse)
    return { environment: undefined, names: '', missing: missing.join('; ') }
  const { config } = await createClickhouseDatabase()
  const { url } = await createPostgresDatabase()
  return {
    environment: {
      KAFKA_BROKERS: kafka.url,
      KAFKA_PREFIX: `bench-${randomBytes(4).toString('hex')}`,
      REDIS_URL: redis.url,
      CLICKHOUSE_URL: config.url,
      CLICKHOUSE_DATABASE: config.database,
      DATABASE_URL: url,
    },
    names: [kafka, clickhouse, redis].map(({ name }) => name).join(', '),
    missing: '',
  }
}
