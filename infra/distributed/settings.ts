/** Where the engines across the network are and how to get in, from the environment. A process is given only what it needs. */

import * as z from 'zod'
import { Fault } from '../../schemas/fault.ts'
import { type StoreUser, storeUsers } from '../clickhouse/grants.ts'
import { type Database, databases } from '../ports/sql.ts'
import { readNamed } from '../process/secrets.ts'
import { type Grantee, grantees } from '../sql/grants.ts'

export interface KafkaConfig {
  readonly brokers: readonly string[]
  readonly partitions: number
  readonly replication: number
  /** What names of topics and groups begin with; `bauta` unless set. */
  readonly prefix?: string
  /** PEM of who signed the brokers' certificates; `true` trusts those that the system does. */
  readonly tls: { readonly ca: string } | boolean
  readonly sasl: { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string } | undefined
  /** A consumer that was not heard of for so long is given up by its group; `undefined` takes the adapter's word. */
  readonly sessionMs?: number | undefined
}
export type SaslMechanism = z.infer<typeof Variables>['KAFKA_SASL_MECHANISM']

export interface ClickhouseConfig {
  readonly url: string
  readonly username: string
  readonly password: string
  readonly database: string
  /** Tables are made on all its nodes, and replicated. `undefined` for a server of its own. */
  readonly cluster: string | undefined
}

/** `password` where the URL holds none. */
export interface RedisConfig {
  readonly url: string
  readonly password: string | undefined
}
export interface PostgresConfig {
  readonly url: string
  readonly password: string | undefined
}

/** `undefined` is what this process was not given. */
export interface DistributedConfig {
  readonly kafka: KafkaConfig | undefined
  readonly clickhouse: ClickhouseConfig | undefined
  readonly redis: RedisConfig | undefined
  readonly databases: Readonly<Partial<Record<Database, PostgresConfig>>>
  /** What services log in with, for who makes their roles. */
  readonly passwords: Readonly<Partial<Record<Grantee, string>>>
  readonly storePasswords: Readonly<Partial<Record<StoreUser, string>>>
}

/** Each database by a variable of its own, with the role that may see it; one URL for all where one role may see all. */
export const databaseVariable = (database: Database): string => `${database.toUpperCase()}_DATABASE_URL`

const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (text) => protocols.some((each) => text.startsWith(`${each}://`)),
      `begins with ${protocols.join(':// or ')}://`,
    )
const postgresUrl = url('postgres', 'postgresql').optional()

const Variables = z.object({
  KAFKA_BROKERS: z
    .string()
    .transform((text) => text.split(',').map((each) => each.trim()))
    .optional(),
  KAFKA_REPLICATION: z.coerce.number().pipe(z.int().min(1).max(9)).default(1),
  KAFKA_PREFIX: z
    .string()
    .regex(/^[\w-]+$/)
    .default('bauta'),
  KAFKA_TLS: z.enum(['true', 'false']).default('false'),
  KAFKA_TLS_CA_FILE: z.string().optional(),
  KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).default('scram-sha-512'),
  KAFKA_USERNAME: z.string().optional(),
  KAFKA_PASSWORD: z.string().default(''),
  KAFKA_SESSION_MS: z.coerce.number().pipe(z.int().min(1_000).max(300_000)).optional(),
  CLICKHOUSE_URL: url('http', 'https').optional(),
  CLICKHOUSE_USER: z.string().default('default'),
  CLICKHOUSE_PASSWORD: z.string().default(''),
  CLICKHOUSE_DATABASE: z.string().regex(/^\w+$/).default('default'),
  /** A name, because it becomes part of statements. */
  CLICKHOUSE_CLUSTER: z
    .string()
    .regex(/^[\w{}-]+$/)
    .optional(),
  REDIS_URL: url('redis', 'rediss').optional(),
  REDIS_PASSWORD: z.string().optional(),
  DATABASE_URL: postgresUrl,
  VAULT_DATABASE_URL: postgresUrl,
  LINKS_DATABASE_URL: postgresUrl,
  RUNS_DATABASE_URL: postgresUrl,
  CONTROL_DATABASE_URL: postgresUrl,
  DATABASE_PASSWORD: z.string().optional(),
  BAUTA_VAULT_PASSWORD: z.string().optional(),
  BAUTA_ACTIVATION_PASSWORD: z.string().optional(),
  BAUTA_SEGMENTS_PASSWORD: z.string().optional(),
  BAUTA_PROFILES_PASSWORD: z.string().optional(),
  CLICKHOUSE_PROFILES_PASSWORD: z.string().optional(),
  CLICKHOUSE_SEGMENTS_PASSWORD: z.string().optional(),
  CLICKHOUSE_ACTIVATION_PASSWORD: z.string().optional(),
})

const passwordVariable = (grantee: Grantee) => `BAUTA_${grantee.toUpperCase() as Uppercase<Grantee>}_PASSWORD` as const
const storePasswordVariable = (user: StoreUser) =>
  `CLICKHOUSE_${user.toUpperCase() as Uppercase<StoreUser>}_PASSWORD` as const

/** Throws `config_invalid` with all that is wrong. `set` has its secrets from files already, see `engineSecrets`. */
export function readDistributed(
  set: Readonly<Record<string, string | undefined>>,
  partitions: number,
): DistributedConfig {
  const parsed = Variables.safeParse(set)
  if (!parsed.success)
    throw new Fault('config_invalid', `the environment is not usable:\n${z.prettifyError(parsed.error)}`)
  const found = parsed.data
  return Object.freeze({
    kafka: found.KAFKA_BROKERS && {
      brokers: found.KAFKA_BROKERS,
      partitions,
      replication: found.KAFKA_REPLICATION,
      prefix: found.KAFKA_PREFIX,
      tls: found.KAFKA_TLS_CA_FILE
        ? { ca: readNamed('KAFKA_TLS_CA_FILE', found.KAFKA_TLS_CA_FILE) }
        : found.KAFKA_TLS === 'true',
      sasl: found.KAFKA_USERNAME
        ? { mechanism: found.KAFKA_SASL_MECHANISM, username: found.KAFKA_USERNAME, password: found.KAFKA_PASSWORD }
        : undefined,
      sessionMs: found.KAFKA_SESSION_MS,
    },
    clickhouse: found.CLICKHOUSE_URL
      ? {
          url: found.CLICKHOUSE_URL,
          username: found.CLICKHOUSE_USER,
          password: found.CLICKHOUSE_PASSWORD,
          database: found.CLICKHOUSE_DATABASE,
          cluster: found.CLICKHOUSE_CLUSTER,
        }
      : undefined,
    redis: found.REDIS_URL ? { url: found.REDIS_URL, password: found.REDIS_PASSWORD } : undefined,
    databases: Object.fromEntries(
      databases.flatMap((database) => {
        const at = found[databaseVariable(database) as keyof typeof found] ?? found.DATABASE_URL
        return typeof at === 'string' ? [[database, { url: at, password: found.DATABASE_PASSWORD }]] : []
      }),
    ),
    passwords: given(grantees, (grantee) => found[passwordVariable(grantee)]),
    storePasswords: given(storeUsers, (user) => found[storePasswordVariable(user)]),
  })
}

function given<N extends string>(names: readonly N[], find: (name: N) => string | undefined) {
  const pairs = names.map((name) => [name, find(name)] as const).filter(([, value]) => value)
  return Object.fromEntries(pairs) as Partial<Record<N, string>>
}

/** What a process may be given of secrets to get in, each also by a file. */
export const engineSecrets: readonly string[] = [
  'KAFKA_PASSWORD',
  'CLICKHOUSE_PASSWORD',
  'REDIS_PASSWORD',
  'DATABASE_PASSWORD',
  ...grantees.map(passwordVariable),
  ...storeUsers.map(storePasswordVariable),
]
