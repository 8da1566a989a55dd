/**
 * A connection to the brokers that is thrown away whole at the first sign of trouble: a new one is made in milliseconds, and what kafkajs
 * remembers of a broken one can only mislead.
 */

import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { type Cluster, type ISocketFactoryArgs, Kafka, type KafkaConfig as KafkaOptions, logLevel } from 'kafkajs'
import { Fault } from '../../../schemas/fault.ts'
import type { KafkaConfig } from '../settings.ts'

export interface Connection {
  readonly kafka: Kafka
  /** Cuts every socket: whoever waits for an answer learns at once that none will come. */
  end(): void
}

const CONNECT_MS = 3_000
const REQUEST_MS = 10_000
const METADATA_MS = 60_000

/** Opens its sockets as they are needed. */
export function openConnection(config: KafkaConfig): Connection {
  const sockets = new Set<Socket>()
  let ended = false
  const socketFactory = (to: ISocketFactoryArgs): Socket => {
    if (ended) throw new Error('this connection was given up')
    const socket = openSocket(to)
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    return socket
  }
  return {
    kafka: new Kafka({ ...optionsOf(config), socketFactory }),
    end() {
      ended = true
      for (const socket of sockets) socket.destroy(new Error('this connection was given up'))
    },
  }
}

/** The brokers, connected and knowing about the topics. */
export async function reachCluster({ kafka }: Connection, topics: readonly string[]): Promise<Cluster> {
  const cluster = clusterOf(kafka)
  await cluster.connect()
  await cluster.addMultipleTargetTopics([...topics])
  return cluster
}

/** kafkajs hands its cluster, with all requests by broker, to whoever assigns partitions: a door of its public interface. */
function clusterOf(kafka: Kafka): Cluster {
  let cluster: Cluster | undefined
  kafka.consumer({
    groupId: 'never joined',
    readUncommitted: true,
    allowAutoTopicCreation: false,
    metadataMaxAge: METADATA_MS,
    partitionAssigners: [
      (given) => {
        cluster = given.cluster
        return {
          name: 'none',
          version: 0,
          assign: async () => [],
          protocol: () => ({ name: '', metadata: Buffer.alloc(0) }),
        }
      },
    ],
  })
  if (cluster === undefined) throw new Error('kafkajs has changed: it makes its assigners late')
  return cluster
}

function optionsOf({ brokers, tls, sasl }: KafkaConfig): KafkaOptions {
  return {
    brokers: [...brokers],
    clientId: 'bauta',
    ssl: typeof tls === 'object' ? { ca: tls.ca } : tls,
    ...(sasl && { sasl: saslOptions(sasl) }),
    connectionTimeout: CONNECT_MS,
    authenticationTimeout: CONNECT_MS,
    requestTimeout: REQUEST_MS,
    retry: { retries: 2, initialRetryTime: 50, maxRetryTime: 500 },
    // Its messages may quote what it was given. What went wrong is thrown as well.
    logLevel: logLevel.NOTHING,
    logCreator: () => () => {},
  }
}

function saslOptions({
  mechanism,
  username,
  password,
}: NonNullable<KafkaConfig['sasl']>): NonNullable<KafkaOptions['sasl']> {
  if (mechanism === 'plain') return { mechanism, username, password }
  if (mechanism === 'scram-sha-256') return { mechanism, username, password }
  return { mechanism, username, password }
}

function openSocket({ host, port, ssl, onConnect }: ISocketFactoryArgs): Socket {
  const name = isIP(host) ? {} : { servername: host }
  const socket = ssl
    ? connectTls({ host, port, ...name, ...(typeof ssl === 'object' && ssl) }, onConnect)
    : connectPlain({ host, port }, onConnect)
  return socket.setNoDelay(true).setKeepAlive(true, 30_000)
}

/** `log_down` when the work takes longer; it is not waited for any more, so whoever calls must end what it hangs on. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Fault('log_down', 'kafka does not answer in time')), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

export function asFault(error: unknown): Fault {
  if (error instanceof Fault) return error
  return new Fault('log_down', 'kafka is out of reach', { cause: error })
}
