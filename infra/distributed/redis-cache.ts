/** The cache in Redis. One that is away answers with a fault at once and keeps nobody waiting; nothing is queued for its return. */

import { Redis } from 'ioredis'
import { Fault } from '../../schemas/fault.ts'
import type { Cache } from '../ports/cache.ts'
import type { RedisConfig } from './settings.ts'

const COMMAND_MS = 500
/** A command that found no answer in time has failed, but waits in memory for one until its connection ends. */
const SILENT_MS = 1_000
const CONNECT_MS = 2_000
const MAX_WAIT_MS = 2_000

/** The window begins with its first use, and more uses do not prolong it. One script, as a key that never expires would refuse for ever. */
const takeScript = `
  local uses = redis.call('INCR', KEYS[1])
  if uses == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
  return uses`

/** `prefix` keeps apart what several installations have in one Redis. */
export async function openRedisCache({ url, password }: RedisConfig, prefix = 'bauta:'): Promise<Cache> {
  const redis = new Redis(url, {
    // What the URL says of it comes first.
    ...(password === undefined ? {} : { password }),
    connectionName: 'bauta',
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_MS,
    commandTimeout: COMMAND_MS,
    socketTimeout: SILENT_MS,
    // With chance, as all collectors lose it at the same moment.
    retryStrategy: (times) => Math.min(MAX_WAIT_MS, 50 * 2 ** Math.min(times, 6)) * (0.5 + Math.random() / 2),
    // One that was demoted to a replica: the address leads to another by now.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  })
  // Whoever asks is told.
  redis.on('error', () => {})
  // One that is away is no reason not to start.
  await redis.connect().catch(() => {})

  const valueKey = (key: string) => `${prefix}value:${key}`
  const usesKey = (key: string) => `${prefix}uses:${key}`
  const ttlMs = (seconds: number) => Math.max(1, Math.round(seconds * 1_000))

  return {
    get: (key) => down(redis.get(valueKey(key))).then((value) => value ?? undefined),
    set: (key, value, ttlSeconds) => down(redis.set(valueKey(key), value, 'PX', ttlMs(ttlSeconds))).then(() => {}),
    delete: (key) => down(redis.del(valueKey(key))).then(() => {}),
    take: (key, limit, windowSeconds) =>
      down(redis.eval(takeScript, 1, usesKey(key), ttlMs(windowSeconds))).then((uses) => Number(uses) <= limit),
    healthy: () => down(redis.ping()).then(() => {}),
    close: async () => redis.disconnect(),
  }
}

/** An error of the client carries the command with its keys and values, so nothing of it goes on but the kind. */
function down<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: { readonly code?: unknown; readonly message?: unknown }) => {
    const [, kind] = /^([A-Z]{3,20})\b/.exec(String(error.message)) ?? []
    const why = typeof error.code === 'string' ? error.code : (kind ?? 'no answer')
    throw new Fault('cache_down', `the cache cannot be asked: ${why}`)
  })
}
