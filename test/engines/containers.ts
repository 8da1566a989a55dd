/** The same engines as containers, of the images that docker-compose.yml names, where a Docker engine answers. */

import { readFileSync } from 'node:fs'
import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer, Wait } from 'testcontainers'
import { parse } from 'yaml'
import * as z from 'zod'
import type { EngineKind } from './found-engines.ts'
import { freePort } from './free-port.ts'
import type { Advertised, KafkaOptions } from './kafka.ts'
import type { Engine } from './server-process.ts'

const PASSWORD = 'of-the-tests'
const LOOPBACK = '127.0.0.1'
const START_MS = 180_000

const Compose = z.object({ services: z.record(z.string(), z.object({ image: z.string().optional() })) })
const repositories: Readonly<Record<EngineKind, string>> = {
  kafka: 'apache/kafka',
  redis: 'redis',
  postgres: 'postgres',
  clickhouse: 'clickhouse/clickhouse-server',
}

export async function dockerAnswers(): Promise<boolean> {
  return getContainerRuntimeClient().then(
    () => true,
    () => false,
  )
}

/** As docker-compose.yml has it, with its tag. */
export function imageOf(kind: EngineKind): string {
  const text = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8')
  const images = Object.values(Compose.parse(parse(text)).services).map(({ image }) => image)
  const image = images.find((each) => each?.startsWith(`${repositories[kind]}:`))
  if (!image) throw new Error(`docker-compose.yml has no image of ${repositories[kind]}`)
  return image
}

export async function startRedisContainer(): Promise<Engine> {
  const port = await freePort()
  return open('redis', `redis://${LOOPBACK}:${port}`, [{ container: 6379, host: port }], (container) =>
    container.withCommand(['redis-server', '--save', '', '--appendonly', 'no']),
  )
}

export async function startPostgresContainer(): Promise<Engine> {
  const port = await freePort()
  const url = `postgres://postgres:${PASSWORD}@${LOOPBACK}:${port}/postgres`
  return open('postgres', url, [{ container: 5432, host: port }], (container) =>
    container
      .withEnvironment({ POSTGRES_PASSWORD: PASSWORD })
      .withCommand(['postgres', '-c', 'max_connections=300'])
      // While it makes its cluster it answers on a socket only.
      .withWaitStrategy(Wait.forSuccessfulCommand('pg_isready -h 127.0.0.1 -U postgres')),
  )
}

export async function startClickhouseContainer(): Promise<Engine> {
  const port = await freePort()
  return open('clickhouse', `http://${LOOPBACK}:${port}`, [{ container: 8123, host: port }], (container) =>
    container
      // Else the user without a password is let in from inside the container only.
      .withEnvironment({ CLICKHOUSE_SKIP_USER_SETUP: '1' })
      .withUlimits({ nofile: { soft: 262_144, hard: 262_144 } })
      .withWaitStrategy(Wait.forHttp('/ping', 8123)),
  )
}

export async function startKafkaContainer({ advertised = [], properties = {} }: KafkaOptions = {}): Promise<Engine> {
  const port = await freePort()
  const own = { name: 'PLAINTEXT', listenPort: port, advertisedPort: port }
  const ports = [own, ...advertised].map(({ listenPort }) => ({ container: listenPort, host: listenPort }))
  return open('kafka', `${LOOPBACK}:${port}`, ports, (container) =>
    container
      .withEnvironment({ ...kafkaEnvironment([own, ...advertised]), ...inCapitals(properties) })
      .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/)),
  )
}

/** The image makes a property of every variable that begins so. */
function kafkaEnvironment(listeners: readonly Advertised[]): Record<string, string> {
  const of = (host: string, port: 'listenPort' | 'advertisedPort') =>
    listeners.map((each) => `${each.name}://${host}:${each[port]}`).join(',')
  const protocols = listeners.map(({ name, protocol = 'PLAINTEXT' }) => `${name}:${protocol}`)
  return inCapitals({
    'node.id': '1',
    'process.roles': 'broker,controller',
    'controller.quorum.voters': '1@localhost:29093',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: `${of('0.0.0.0', 'listenPort')},CONTROLLER://localhost:29093`,
    'advertised.listeners': of(LOOPBACK, 'advertisedPort'),
    'listener.security.protocol.map': ['CONTROLLER:PLAINTEXT', ...protocols].join(','),
    'log.flush.interval.messages': '1',
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'broker.session.timeout.ms': '2000',
    'broker.heartbeat.interval.ms': '500',
  })
}

function inCapitals(properties: Readonly<Record<string, string>>): Record<string, string> {
  const named = Object.entries(properties).map(([key, value]) => [
    `KAFKA_${key.toUpperCase().replaceAll('.', '_')}`,
    value,
  ])
  return Object.fromEntries(named)
}

type Ports = readonly { readonly container: number; readonly host: number }[]

async function open(
  kind: EngineKind,
  url: string,
  ports: Ports,
  prepare: (container: GenericContainer) => GenericContainer,
): Promise<Engine> {
  const image = imageOf(kind)
  const prepared = prepare(new GenericContainer(image).withExposedPorts(...ports).withStartupTimeout(START_MS))
  const started: StartedTestContainer = await prepared.start()
  const runtime = await getContainerRuntimeClient()
  const handle = runtime.container.getById(started.getId())
  const pidNow = async () => (await handle.inspect()).State.Pid
  const running = async () => (await handle.inspect()).State.Running
  let pid = await pidNow()
  const kill9 = async () => {
    if (!(await running())) return
    await handle.kill({ signal: 'SIGKILL' })
    await handle.wait()
  }
  return {
    name: `${image} in Docker`,
    url,
    get pid() {
      return pid
    },
    kill9,
    async restart() {
      await kill9()
      // The ports are the same, as they were asked for by number.
      await started.restart()
      pid = await pidNow()
    },
    async stop() {
      await started.stop()
    },
  }
}
