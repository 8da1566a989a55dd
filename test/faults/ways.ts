/** The engines of the world, and a way of its own to each of them for every member: through a proxy. */

import { startClickhouse } from '../engines/clickhouse.ts'
import { freePort } from '../engines/free-port.ts'
import { startKafka } from '../engines/kafka.ts'
import { startPostgres } from '../engines/postgres.ts'
import { startRedis } from '../engines/redis.ts'
import type { Engine } from '../engines/server-process.ts'
import { type FaultProxy, openProxy } from './proxy.ts'
import { clickhouseTap, kafkaTap } from './taps.ts'

export type EngineName = 'kafka' | 'redis' | 'postgres' | 'clickhouse'
export type Ways = Readonly<Partial<Record<EngineName, FaultProxy>>>

export interface Engines {
  readonly all: Readonly<Record<EngineName, Engine>>
  /** Proxies for one member; Kafka tells each client the port of its own. */
  openWays(member: string, names: readonly EngineName[]): Promise<Ways>
  /** What a process is told of where its engines are. */
  addresses(ways: Ways): Record<string, string>
}

const taps = { kafka: kafkaTap, clickhouse: clickhouseTap } as const

/** `members` are those that Kafka is reached by. What starts is stopped by what is pushed to `closing`. */
export async function startEngines(members: readonly string[], closing: (() => unknown)[]): Promise<Engines> {
  const doors = await Promise.all(
    members.map(async (member) => ({ member, listenPort: await freePort(), advertisedPort: await freePort() })),
  )
  const advertised = doors.map(({ member, ...ports }) => ({ name: member.toUpperCase().replace('-', ''), ...ports }))
  const keep = async (starting: Promise<Engine>): Promise<Engine> => {
    const engine = await starting
    closing.push(async () => {
      process.kill(engine.pid, 'SIGCONT')
      await engine.stop()
    })
    return engine
  }
  const [kafka, redis, postgres, clickhouse] = await Promise.all([
    keep(startKafka({ port: await freePort(), advertised, properties: { 'group.min.session.timeout.ms': '1000' } })),
    keep(startRedis({ port: await freePort() })),
    keep(startPostgres({ port: await freePort() })),
    keep(startClickhouse({ port: await freePort() })),
  ])
  const all = { kafka, redis, postgres, clickhouse }
  const portOf = (name: EngineName) => Number(/:(\d+)(?:\/|$)/.exec(all[name].url)?.[1])

  return {
    all,
    async openWays(member, names) {
      const door = doors.find((each) => each.member === member)
      const opened = names.map(async (name) => {
        const ports =
          name === 'kafka' && door
            ? { upstream: door.listenPort, port: door.advertisedPort }
            : { upstream: portOf(name) }
        const tap = name === 'kafka' || name === 'clickhouse' ? { tap: taps[name] } : {}
        return [name, await openProxy({ ...ports, ...tap })] as const
      })
      return Object.fromEntries(await Promise.all(opened))
    },
    addresses(ways) {
      const at = (name: EngineName) => ways[name]?.port ?? portOf(name)
      const through = (name: EngineName) => all[name].url.replace(`:${portOf(name)}`, `:${at(name)}`)
      return {
        KAFKA_BROKERS: `127.0.0.1:${at('kafka')}`,
        REDIS_URL: through('redis'),
        DATABASE_URL: through('postgres'),
        CLICKHOUSE_URL: through('clickhouse'),
      }
    },
  }
}
