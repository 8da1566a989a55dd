/** The store over any ClickHouse. Which engine answers is not its business. */

import type { ClickHouseClient } from '@clickhouse/client'
import * as z from 'zod'
import type { Store } from '../ports/store.ts'
import { readRows } from '../read-rows.ts'
import { attempt, CutShort, persist } from './errors.ts'
import { everyInsert, MAX_BLOCK_ROWS } from './settings.ts'

/** One a job: an embedded connection keeps the settings of its last statement, and makes all others wait behind a long one. */
export interface Connections {
  readonly admin: Pick<ClickHouseClient, 'command' | 'close'>
  readonly asking: Pick<ClickHouseClient, 'query' | 'close'>
  readonly appending: Pick<ClickHouseClient, 'insert' | 'close'>
  readonly watching: Pick<ClickHouseClient, 'query' | 'close'>
  /** How often a question or a named insert is said when the way to the engine breaks. Commands are said once: not all of them may be said twice. */
  readonly tries: number
}

export function clickhouseStore({ admin, asking, appending, watching, tries }: Connections): Store {
  return {
    async ask({ name, sql, params: schema, row }, params) {
      const question = {
        query: `/* ${name} */ ${sql}`,
        query_params: schema.parse(params),
        format: 'JSONEachRow',
      } as const
      const answer = () => asking.query(question).then((result) => result.text())
      return readRows(name, row, await persist(tries, () => attempt(name, async () => wholeAnswer(await answer()))))
    },

    async append(table, rows, token) {
      const clickhouse_settings = { ...everyInsert, insert_deduplication_token: Token.parse(token) }
      if (rows.length > MAX_BLOCK_ROWS) throw new RangeError(`${rows.length} rows are more than one block`)
      if (rows.length === 0) return
      const insert = { table, values: rows, format: 'JSONEachRow', clickhouse_settings } as const
      await persist(tries, () => attempt(`append to ${table}`, () => appending.insert(insert)))
    },

    async command({ name, sql, params: schema }, params) {
      const command = { query: `/* ${name} */ ${sql}`, query_params: schema.parse(params) }
      await attempt(name, () => admin.command(command))
    },

    async healthy() {
      const asked = watching.query({ query: 'SELECT 1', format: 'JSONEachRow' }).then((result) => result.text())
      await attempt('health', async () => wholeAnswer(await within(HEALTHY_MS, asked)))
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

/** A list with an end: an answer that is cut, or that an error stands in the middle of, is none. */
function wholeAnswer(text: string): unknown[] {
  let answer: unknown
  try {
    answer = JSON.parse(text)
  } catch {
    throw new CutShort()
  }
  if (!Array.isArray(answer)) throw new CutShort()
  return answer
}

/** The embedded engine writes a setting's value into its SQL, so a token is a name and nothing else. */
const Token = z.string().regex(/^[\w:.-]{1,200}$/)
