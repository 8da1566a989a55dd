/** The cache in Redis. */

import { Fault } from '../../schemas/fault.ts'
import type { Cache } from '../ports/cache.ts'
import type { RedisConfig } from './settings.ts'

export async function openRedisCache({ url }: RedisConfig): Promise<Cache> {
  throw new Fault('engine_missing', `redis at ${url}`)
}
