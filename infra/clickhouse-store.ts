/** The store over any ClickHouse. Which engine answers is not its business. */

import type { ClickHouseClient } from '@clickhouse/client'
import * as z from 'zod'
import { Fault } from '../schemas/fault.ts'
import { everyInsert, MAX_BLOCK_ROWS } from './clickhouse-settings.ts'
import type { Store } from './ports/store.ts'
import { readRows } from './read-rows.ts'

/** One a job: an embedded connection keeps the settings of its last statement, and makes all others wait behind a long one. */
export interface Connections {
  readonly admin: ClickHouseClient
  readonly asking: ClickHouseClient
  readonly appending: ClickHouseClient
  readonly watching: ClickHouseClient
}

export function clickhouseStore({ admin, asking, appending, watching }: Connections): Store {
  return {
    async ask({ name, sql, params: schema, row }, params) {
      const question = { query: `/* ${name} */ ${sql}`, query_params: schema.parse(params) }
      const answer = await attempt(name, async () => {
        const result = await asking.query({ ...question, format: 'JSONEachRow' })
        return result.json()
      })
      return readRows(name, row, answer)
    },

    async append(table, rows, token) {
      const clickhouse_settings = { ...everyInsert, insert_deduplication_token: Token.parse(token) }
      if (rows.length > MAX_BLOCK_ROWS) throw new RangeError(`${rows.length} rows are more than one block`)
      if (rows.length === 0) return
      const insert = { table, values: rows, format: 'JSONEachRow', clickhouse_settings } as const
      await attempt(`append to ${table}`, () => appending.insert(insert))
    },

    async command({ name, sql, params: schema }, params) {
      const command = { query: `/* ${name} */ ${sql}`, query_params: schema.parse(params) }
      await attempt(name, () => admin.command(command))
    },

    async healthy() {
      const asked = watching.query({ query: 'SELECT 1', format: 'JSONEachRow' }).then((result) => result.json())
      await attempt('health', () => within(HEALTHY_MS, asked))
    },

    async close() {
      await Promise.all([admin.close(), asking.close(), appending.close(), watching.close()])
    },
  }
}

const HEALTHY_MS = 4_000

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('Timeout error.')), ms)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** The embedded engine writes a setting's value into its SQL, so a token is a name and nothing else. */
const Token = z.string().regex(/^[\w:.-]{1,200}$/)

/** The engine gave out, or the way to it: the same question may be answered later. */
const ofEngine = ['TIMEOUT_EXCEEDED', 'MEMORY_LIMIT_EXCEEDED', 'NETWORK_ERROR', 'SOCKET_TIMEOUT', 'TOO_MANY_PARTS']
const ofSocket = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'Timeout error.']
const passing = new Set([...ofEngine, ...ofSocket])

/** By shape, because each engine's package has a ClickHouseError of its own. Only what the engine says has a type. */
const EngineError = z.object({ type: z.string().optional(), code: z.string().optional(), message: z.string() })

/** Also for those who migrate: it lets nothing of what the engine says through but the type of its error. */
export async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { type, code, message } = EngineError.parse(error)
    const reason = type ?? code ?? message
    if (type === 'NOT_ENOUGH_SPACE' || (type && message.includes('errno: 28,')))
      throw new Fault('disk_full', 'the disk of the store is full: free some space, nothing acknowledged is lost')
    if (passing.has(reason)) throw new Fault('store_down', `${what}: ${reason}`)
    // Its own words quote parameters and rows, pseudonyms among them, so the type is all that goes on.
    throw type ? new Error(`${what}: ${type}`) : error
  }
}
