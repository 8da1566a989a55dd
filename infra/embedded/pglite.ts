/** PostgreSQL inside this process, by PGlite: one engine and one connection for all databases, which are its schemas. */

import { AsyncLocalStorage } from 'node:async_hooks'
import type * as z from 'zod'
import { Fault } from '../../schemas/fault.ts'
import type { Sql, SqlSession, Statement } from '../ports/sql.ts'
import { readRows } from '../read-rows.ts'
import { compileStatement } from '../sql/statement.ts'
import { type Call, startPgliteThread } from './pglite-thread.ts'
import { keepUp } from './pglite-upkeep.ts'

export interface Pglite {
  /** The same for each database: a transaction of one keeps all others waiting. Its `close` does nothing, the engine is everyone's. */
  sql(): Sql
  close(): Promise<void>
}

export interface PgliteOptions {
  readonly upkeepMs?: number
  /** How much of the write-ahead log may stand before a checkpoint. */
  readonly walBytes?: number
}

/** `path` is a directory that nobody else has open; without one all is in memory. Throws `engine_missing`. */
export async function openPglite(path?: string, options: PgliteOptions = {}): Promise<Pglite> {
  const { upkeepMs = 10_000, walBytes = 64 << 20 } = options
  const transacting = new AsyncLocalStorage<{ open: boolean }>()
  let thread = await startPgliteThread({ path })
  let last: Promise<unknown> = Promise.resolve()
  let asked = 0
  let closed = false

  /** What was committed is on disk, so an engine that ended is opened again; never within a transaction, whose first half is lost. */
  async function living(): Promise<Call> {
    if (closed) throw new Fault('sql_down', 'the embedded database is closed')
    if (path !== undefined && thread.gone()) {
      await thread.close()
      thread = await startPgliteThread({ path })
    }
    return thread.call
  }

  /** One connection: whoever is inside is alone. */
  async function alone<T>(work: (call: Call) => Promise<T>): Promise<T> {
    // It would wait for itself for ever.
    if (transacting.getStore()?.open) throw new Error('inside a transaction only its own session may be asked')
    const mine = last.then(async () => work(await living()))
    last = mine.catch(() => {})
    return mine
  }

  async function transaction<T>(call: Call, work: (session: SqlSession) => Promise<T>): Promise<T> {
    const state = { open: true }
    let failure: unknown
    const session: SqlSession = {
      async run(statement, params) {
        if (!state.open) throw new Error(`${statement.name}: its transaction is over`)
        try {
          return await run(call, statement, params)
        } catch (error) {
          failure ??= error
          throw error
        }
      },
    }
    await call('BEGIN')
    try {
      const result = await transacting.run(state, () => work(session))
      // After a failure nothing would be kept, so a failure that was caught and forgotten must not look like success.
      if (failure) throw failure
      state.open = false
      await call('COMMIT')
      return result
    } catch (error) {
      state.open = false
      await call('ROLLBACK').catch(() => {})
      throw error
    }
  }

  const sql: Sql = {
    run(statement, params) {
      asked += 1
      return alone((call) => run(call, statement, params))
    },
    transaction(work) {
      asked += 1
      return alone((call) => transaction(call, work))
    },
    async healthy() {
      // Not behind the others: a long statement is no illness. One that never ends is, and an engine that will not open again.
      if (thread.waitingMs() > HUNG_MS)
        throw new Fault('sql_down', 'the embedded database has not answered for a minute')
      if (thread.gone() || closed) await alone(async () => {})
    },
    close: async () => {},
  }

  const upkeep = setInterval(() => {
    if (asked === 0 || closed) return
    asked = 0
    // What fails here fails those who ask as well, and they are told.
    void alone((call) => keepUp(call, walBytes)).catch(() => {})
  }, upkeepMs)
  upkeep.unref()

  async function close(): Promise<void> {
    clearInterval(upkeep)
    await last
    closed = true
    await thread.close()
  }
  return { sql: () => sql, close }
}

const HUNG_MS = 60_000

async function run<P extends z.ZodObject, R extends z.ZodType>(
  call: Call,
  statement: Statement<P, R>,
  params: z.input<P>,
): Promise<z.output<R>[]> {
  const { text, bind } = compileStatement(statement)
  const answer = await call(text, bind(statement.params.parse(params)), statement.name)
  return readRows(statement.name, statement.row, answer)
}
