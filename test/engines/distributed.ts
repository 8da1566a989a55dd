/** The engines across the network for tests: in each file a database of its own, migrated, and gone at its end. */

import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { Client } from 'pg'
import { clickhouseStore } from '../../infra/clickhouse/store.ts'
import { openClickhouse } from '../../infra/distributed/clickhouse.ts'
import { openPostgres } from '../../infra/distributed/postgres.ts'
import type { ClickhouseConfig } from '../../infra/distributed/settings.ts'
import { migrateDatabases, migrateStore } from '../../infra/migrate.ts'
import type { Store } from '../../infra/ports/store.ts'
import { oneForAll, type TestSql } from './embedded.ts'
import { absent, foundEngines } from './found-engines.ts'

export interface TestDatabase {
  readonly url: string
  drop(): Promise<void>
}

/** An empty database in the PostgreSQL that was found; its URL is a superuser's. */
export async function createPostgresDatabase(): Promise<TestDatabase> {
  const { postgres } = foundEngines()
  if (!postgres) throw new Error(absent('postgres'))
  const name = freshName()
  const url = new URL(postgres.url)
  url.pathname = `/${name}`
  await inPostgres(postgres.url, `CREATE DATABASE ${name}`)
  return { url: url.href, drop: () => inPostgres(postgres.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

export async function openPostgresSql(): Promise<TestSql> {
  const { url, drop } = await createPostgresDatabase()
  const sql = await openPostgres({ url, password: undefined })
  await migrateDatabases(oneForAll(sql))
  return { ...oneForAll(sql), close: () => sql.close().finally(drop) }
}

export interface TestClickhouse {
  readonly config: ClickhouseConfig
  drop(): Promise<void>
}

/** An empty database in the ClickHouse that was found. */
export async function createClickhouseDatabase(): Promise<TestClickhouse> {
  const { clickhouse } = foundEngines()
  if (!clickhouse) throw new Error(absent('clickhouse'))
  const { url } = clickhouse
  const database = freshName()
  await inClickhouse(url, `CREATE DATABASE ${database}`)
  return {
    config: { url, username: 'default', password: '', database, cluster: undefined },
    drop: () => inClickhouse(url, `DROP DATABASE IF EXISTS ${database} SYNC`),
  }
}

export async function openClickhouseStore(): Promise<Store> {
  const { config, drop } = await createClickhouseDatabase()
  const store = clickhouseStore(openClickhouse(config))
  await migrateStore(store)
  return { ...store, close: () => store.close().finally(drop) }
}

export interface TestInstallation {
  /** Variables by which a process finds each of these parts. */
  readonly addresses: Readonly<Record<'log' | 'store' | 'cache', Readonly<Record<string, string>>>>
  /** A superuser's. */
  readonly postgresUrl: string
  drop(): Promise<void>
}

/** A part of every engine for one installation: names in Kafka and databases of its own, an empty database in Redis. */
export async function createInstallation(): Promise<TestInstallation> {
  const { kafka, redis } = foundEngines()
  if (!kafka) throw new Error(absent('kafka'))
  if (!redis) throw new Error(absent('redis'))
  const [postgres, { config, drop }] = await Promise.all([createPostgresDatabase(), createClickhouseDatabase()])
  const redisUrl = await emptyRedis(redis.url)
  return {
    addresses: {
      log: { KAFKA_BROKERS: kafka.url, KAFKA_PREFIX: config.database },
      store: { CLICKHOUSE_URL: config.url, CLICKHOUSE_DATABASE: config.database },
      cache: { REDIS_URL: redisUrl },
    },
    postgresUrl: postgres.url,
    drop: async () => void (await Promise.all([postgres.drop(), drop()])),
  }
}

/** The one of this worker: Redis numbers its databases, and another worker's installation is in use meanwhile. */
async function emptyRedis(url: string): Promise<string> {
  const own = Object.assign(new URL(url), { pathname: `/${process.env.VITEST_POOL_ID ?? 0}` }).href
  const redis = new Redis(own)
  await redis.flushdb().finally(() => redis.disconnect())
  return own
}

const freshName = () => `test_${randomBytes(6).toString('hex')}`

async function inPostgres(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

async function inClickhouse(url: string, statement: string): Promise<void> {
  const answer = await fetch(url, { method: 'POST', body: statement })
  if (!answer.ok) throw new Error(await answer.text())
}
