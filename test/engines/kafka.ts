/** A real Kafka broker on this machine's Java: one node, its own controller, on loopback. */

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Kafka, logLevel } from 'kafkajs'
import { freePort } from './free-port.ts'
import { KAFKA_VERSION, kafkaJars } from './kafka-jars.ts'
import { type Engine, serverDirectory, startServer } from './server-process.ts'

/** A further way in, that clients are told another port of: that of a proxy before it. */
export interface Advertised {
  /** In capitals: `PROXIED`. */
  readonly name: string
  readonly listenPort: number
  readonly advertisedPort: number
  readonly protocol?: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
}

export interface KafkaOptions {
  readonly port?: number
  readonly advertised?: readonly Advertised[]
  /** Of the server's own properties, over those below. */
  readonly properties?: Readonly<Record<string, string>>
  readonly heapMb?: number
}

/** Its URL is `host:port`, as the clients have it. */
export async function startKafka({
  port,
  advertised = [],
  properties = {},
  heapMb = 512,
}: KafkaOptions = {}): Promise<Engine> {
  const jars = await kafkaJars()
  const directory = serverDirectory('kafka')
  const [at, controller] = [port ?? (await freePort()), await freePort()]
  const file = join(directory, 'server.properties')
  const all = { ...settings(directory, at, controller, advertised), ...properties }
  const lines = Object.entries(all).map(([key, value]) => `${key}=${value}\n`)
  writeFileSync(file, lines.join(''))
  const java = (mb: number, ...command: readonly string[]) => [
    ...['-XX:+UseSerialGC', `-Xmx${mb}m`, `-Dkafka.logs.dir=${directory}`, '-cp', join(jars, '*'), ...command],
  ]
  // Said as one word with its option: an id may begin with a dash.
  const cluster = `--cluster-id=${randomBytes(16).toString('base64url')}`
  await promisify(execFile)('java', java(128, 'kafka.tools.StorageTool', 'format', cluster, '-c', file))
  const url = `127.0.0.1:${at}`
  return startServer({
    name: `Kafka ${KAFKA_VERSION}`,
    url,
    directory,
    command: ['java', ...java(heapMb, 'kafka.Kafka', file)],
    ready: () => answers(url),
  })
}

function settings(directory: string, port: number, controller: number, advertised: readonly Advertised[]) {
  const listeners = [{ name: 'PLAINTEXT', listenPort: port, advertisedPort: port }, ...advertised]
  const each = (port: 'listenPort' | 'advertisedPort') =>
    listeners.map((listener) => `${listener.name}://127.0.0.1:${listener[port]}`)
  const protocols = advertised.map(({ name, protocol = 'PLAINTEXT' }) => `${name}:${protocol}`)
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: [...each('listenPort'), `CONTROLLER://127.0.0.1:${controller}`].join(','),
    'advertised.listeners': each('advertisedPort').join(','),
    'listener.security.protocol.map': ['PLAINTEXT:PLAINTEXT', 'CONTROLLER:PLAINTEXT', ...protocols].join(','),
    'log.dirs': join(directory, 'logs'),
    // A broker without others acknowledges what only its memory holds, unless told to write each message through.
    'flush.messages': '1',
    'log.flush.interval.messages': '1',
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'log.cleaner.dedupe.buffer.size': '2097152',
    // How long a broker that was killed is waited for before it may come back.
    'broker.session.timeout.ms': '2000',
    'broker.heartbeat.interval.ms': '500',
    'num.network.threads': '2',
    'num.io.threads': '4',
  }
}

async function answers(broker: string): Promise<void> {
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 0 } })
  const admin = kafka.admin()
  try {
    await admin.connect()
    const { controller } = await admin.describeCluster()
    if (controller === null) throw new Error('it has no controller yet')
  } finally {
    await admin.disconnect()
  }
}
