/** Starts every engine that the machine has, side by side: containers where Docker runs, else its own programs. */

import { startClickhouse } from './clickhouse.ts'
import {
  dockerAnswers,
  startClickhouseContainer,
  startKafkaContainer,
  startPostgresContainer,
  startRedisContainer,
} from './containers.ts'
import type { EngineKind } from './found-engines.ts'
import { startKafka } from './kafka.ts'
import { kafkaMissing } from './kafka-jars.ts'
import { findPostgres, startPostgres } from './postgres.ts'
import { findRedis, startRedis } from './redis.ts'
import type { Engine } from './server-process.ts'

export interface Started {
  readonly engines: Readonly<Partial<Record<EngineKind, Engine>>>
  /** Why each of the others did not start, and what to install. */
  readonly missing: Readonly<Partial<Record<EngineKind, string>>>
  /** All of them, each even if another fails. */
  stop(): Promise<void>
}

interface Source {
  missing(): string | undefined
  start(): Promise<Engine>
}

type Sources = Readonly<Record<EngineKind, Source>>

const programs: Sources = {
  kafka: {
    missing: () => {
      const program = kafkaMissing()
      const names = { java: 'openjdk-17-jre-headless', mvn: 'maven' } as Readonly<Record<string, string>>
      return program && `no ${program}: apt-get install ${names[program]}`
    },
    start: startKafka,
  },
  redis: {
    missing: () => (findRedis() ? undefined : 'no redis-server: apt-get install redis-server'),
    start: startRedis,
  },
  postgres: {
    missing: () => (findPostgres() ? undefined : 'no postgres: apt-get install postgresql'),
    start: startPostgres,
  },
  clickhouse: { missing: () => undefined, start: startClickhouse },
}

const containers: Sources = {
  kafka: { missing: () => undefined, start: startKafkaContainer },
  redis: { missing: () => undefined, start: startRedisContainer },
  postgres: { missing: () => undefined, start: startPostgresContainer },
  clickhouse: { missing: () => undefined, start: startClickhouseContainer },
}

export async function startEngines(): Promise<Started> {
  const sources = (await dockerAnswers()) ? containers : programs
  const engines: Partial<Record<EngineKind, Engine>> = {}
  const missing: Partial<Record<EngineKind, string>> = {}
  const starting = Object.entries(sources).map(async ([name, source]) => {
    const kind = name as EngineKind
    try {
      const why = source.missing()
      if (why) missing[kind] = why
      else engines[kind] = await source.start()
    } catch (error) {
      missing[kind] = error instanceof Error ? error.message : String(error)
    }
  })
  await Promise.all(starting)
  const stop = async () => {
    const stopping = await Promise.allSettled(Object.values(engines).map((engine) => engine?.stop()))
    for (const each of stopping) if (each.status === 'rejected') throw each.reason
  }
  return { engines, missing, stop }
}
