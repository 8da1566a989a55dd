/** The swap: the only file that knows which engine stands behind each port. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { Fault } from '../schemas/fault.ts'
import { clickhouseStore } from './clickhouse/store.ts'
import { openClickhouse } from './distributed/clickhouse.ts'
import { openGuardedCache } from './distributed/guarded-cache.ts'
import { openKafkaLog } from './distributed/kafka/kafka-log.ts'
import { openPostgres } from './distributed/postgres.ts'
import { openRedisCache } from './distributed/redis-cache.ts'
import { type DistributedConfig, databaseVariable, type KafkaConfig } from './distributed/settings.ts'
import { openSpooledLog, type SpoolStatus } from './distributed/spool/spooled-log.ts'
import { openChdb } from './embedded/chdb.ts'
import { lockDirectory } from './embedded/directory-lock.ts'
import { openFileLog } from './embedded/file-log/file-log.ts'
import { openMemoryCache } from './embedded/memory-cache.ts'
import { openPglite } from './embedded/pglite.ts'
import type { LogMeter } from './listeners/metrics.ts'
import type { Cache } from './ports/cache.ts'
import type { Log } from './ports/log.ts'
import { type Database, databases, type Sql } from './ports/sql.ts'
import type { Store } from './ports/store.ts'
import { type Close, closeAll } from './process/close-all.ts'
import { openLogger } from './process/logger.ts'

/** Part of the settings of the environment. */
export interface EngineConfig {
  readonly engines: 'embedded' | 'distributed'
  readonly dataDir: string
  readonly partitions: number
  readonly distributed: DistributedConfig
}

interface Ports {
  readonly log: Log
  readonly store: Store
  readonly cache: Cache
}
/** `edge`: what must go on while the log or the cache across the network is away; appends are safe on this disk then. */
export type Part = keyof Ports | 'edge' | Database
export const allParts: readonly Part[] = ['log', 'edge', 'store', 'cache', ...databases]

export interface Edge {
  spool(): SpoolStatus
  /** Names of engines that are away while the edge goes on without them. */
  degraded(): readonly string[]
}

export type Engines<P extends Part = Part> = Pick<Ports, P & keyof Ports> & {
  readonly sql: Readonly<Pick<Record<Database, Sql>, P & Database>>
  /** Only before engines across the network. */
  readonly edge: Edge | undefined
  /** In reverse order, each even if another fails; the data directory is free for others when it resolves. */
  close(): Promise<void>
}

export interface EngineOptions {
  /** Who is told what happens in engines; nobody unless said. */
  readonly logger?: Logger
  readonly meter?: LogMeter
  /** For who migrates or copies: a statement of a database may take as long as it takes. */
  readonly unhurried?: boolean
}

/**
 * All parts, or those a service may have. Throws `in_use` while another process has the data directory, `engine_missing` where a library
 * is not installed, `config_invalid` where a part is asked for that the environment does not name.
 */
export async function openEngines(config: EngineConfig): Promise<Engines>
export async function openEngines<P extends Part>(
  config: EngineConfig,
  parts: readonly P[],
  options?: EngineOptions,
): Promise<Engines<P>>
export async function openEngines(
  config: EngineConfig,
  parts: readonly Part[] = allParts,
  options: EngineOptions = {},
): Promise<Engines> {
  const closing: Close[] = []
  const close = () => closeAll(closing)
  const opening: Opening = (opened) =>
    opened.then((engine) => {
      closing.push(() => engine.close())
      return engine
    })
  try {
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
    closing.push(await lockDirectory(config.dataDir))
    const engines = await (config.engines === 'embedded'
      ? openEmbedded(config, opening)
      : openDistributed(config, { parts, opening, options }))
    return { ...engines, close }
  } catch (error) {
    await close().catch(() => {})
    throw error
  }
}

type Opening = <T extends { close(): Promise<void> }>(opened: Promise<T>) => Promise<T>

/** Side by side: the first start of the database takes seconds, on a core of its own. */
async function openEmbedded({ dataDir, partitions }: EngineConfig, opening: Opening): Promise<Omit<Engines, 'close'>> {
  const [database, store, log, cache] = await allOf([
    opening(openPglite(join(dataDir, 'sql'))),
    opening(openChdb(join(dataDir, 'clickhouse')).then(clickhouseStore)),
    opening(openFileLog({ path: join(dataDir, 'log'), partitions })),
    opening(Promise.resolve(openMemoryCache())),
  ])
  const one = database.sql()
  return { log, store, cache, sql: { vault: one, links: one, runs: one, control: one }, edge: undefined }
}

/** What was not asked for is not there; the types say so to whoever asks for it. */
async function openDistributed(
  { distributed, dataDir, partitions }: EngineConfig,
  { parts, opening, options }: { parts: readonly Part[]; opening: Opening; options: EngineOptions },
): Promise<Omit<Engines, 'close'>> {
  const { logger = openLogger({ level: 'silent', service: 'engines' }), meter, unhurried = false } = options
  const { kafka, clickhouse, redis, databases: named } = distributed
  const wanted = <T>(part: Part, config: T | undefined, variable: string): T | undefined => {
    if (!parts.includes(part)) return undefined
    if (config !== undefined) return config
    throw new Fault('config_invalid', `this process needs ${part}: set ${variable}`)
  }
  const [logAt, storeAt, cacheAt] = [
    wanted('log', kafka, 'KAFKA_BROKERS'),
    wanted('store', clickhouse, 'CLICKHOUSE_URL'),
    wanted('cache', redis, 'REDIS_URL'),
  ]
  const sqlAt = databases.flatMap((database) => {
    const at = wanted(database, named[database], databaseVariable(database))
    return at ? [[database, at] as const] : []
  })
  const edge = parts.includes('edge')
  const openLog = (at: KafkaConfig) => openKafkaLog(at, { ...(meter && { onForeign: meter.foreign }) })
  const [spooled, direct, guarded, plain, store, ...sqls] = await allOf([
    logAt &&
      edge &&
      opening(openSpooledLog({ openLog: () => openLog(logAt), partitions, path: join(dataDir, 'spool'), logger })),
    logAt && !edge && opening(openLog(logAt)),
    cacheAt && edge && opening(openGuardedCache({ openCache: () => openRedisCache(cacheAt), logger })),
    cacheAt && !edge && opening(openRedisCache(cacheAt)),
    storeAt && opening(Promise.resolve(clickhouseStore(openClickhouse(storeAt)))),
    ...sqlAt.map(([, at]) => opening(openPostgres(at, { unhurried }))),
  ])
  const sql = Object.fromEntries(sqlAt.map(([database], index) => [database, sqls[index]]))
  const degraded = () => [...(spooled ? spooled.degraded() : []), ...(guarded ? guarded.degraded() : [])]
  return {
    log: spooled || direct,
    cache: guarded || plain,
    store,
    sql,
    edge: spooled ? { spool: spooled.status, degraded } : undefined,
  } as Omit<Engines, 'close'>
}

/** All of them have come to their end before any failure is told, so that what did open is closed. */
async function allOf<T extends readonly unknown[]>(
  opening: readonly [...T],
): Promise<{ -readonly [I in keyof T]: Awaited<T[I]> }> {
  await Promise.allSettled(opening)
  return Promise.all(opening)
}
