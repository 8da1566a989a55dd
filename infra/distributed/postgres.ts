/** One database in PostgreSQL: a pool of connections behind the port, with statements and values as on the embedded engine. */

import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import { DatabaseError, Pool, type PoolClient, type QueryResult } from 'pg'
import type * as z from 'zod'
import { Fault } from '../../schemas/fault.ts'
import type { Sql, SqlSession, Statement } from '../ports/sql.ts'
import { readRows } from '../read-rows.ts'
import { errorOfState } from '../sql/state.ts'
import { compileStatement } from '../sql/statement.ts'
import { rowTypes } from './postgres-types.ts'
import type { PostgresConfig } from './settings.ts'

/** Parameters of the URL of the same names come before these; `sslmode` and `sslrootcert` are heeded there too. */
const limits = {
  max: 8,
  connectionTimeoutMillis: 5_000,
  idleTimeoutMillis: 30_000,
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  statement_timeout: 60_000,
  // Later than the server's own: it ends the wait for one that is gone without a word.
  query_timeout: 65_000,
  lock_timeout: 20_000,
  idle_in_transaction_session_timeout: 60_000,
}
/** Tables that are rewritten or compared whole are asked for as long as it takes. The library passes no zero on, so `options` says it. */
const unlimited = { statement_timeout: 0, query_timeout: 0, idle_in_transaction_session_timeout: 0 }
const unlimitedOptions = ' -c statement_timeout=0 -c idle_in_transaction_session_timeout=0'
/**
 * What a server may have set otherwise, and statements rely on. Compiling a statement pays for long reports alone: a question that takes 40
 * microseconds took 30 milliseconds with it, wherever the server had no statistics yet and believed it to be long.
 */
const options = '-c TimeZone=UTC -c DateStyle=ISO -c default_transaction_isolation=read\\ committed -c jit=off'

export interface PostgresTuning {
  /** For who migrates or copies. */
  readonly unhurried?: boolean
}

/** Opens no connection yet: a database that is away is told by `healthy`, and by the first that asks. */
export async function openPostgres(config: PostgresConfig, { unhurried = false }: PostgresTuning = {}): Promise<Sql> {
  const pool = new Pool({
    ...limits,
    ...(unhurried && unlimited),
    options: unhurried ? options + unlimitedOptions : options,
    application_name: 'bauta',
    types: rowTypes,
    connectionString: connectionOf(config),
  })
  // Whoever asks next is told; a connection that dies while nobody uses it is no reason to end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const transacting = new AsyncLocalStorage<{ open: boolean }>()
  const prepared = preparedNames()

  async function connected<T>(name: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
    // Another connection would wait for the locks of this one, and as many as the pool holds for one another.
    if (transacting.getStore()?.open) throw new Error('inside a transaction only its own session may be asked')
    const client = await pool.connect().catch((error) => Promise.reject(errorOf(name, error)))
    let broken = false
    try {
      return await work(client)
    } catch (error) {
      broken = isDown(error)
      throw error
    } finally {
      // After a fault of the server or of the way there nobody knows what state it is in.
      client.release(broken)
    }
  }

  async function run<P extends z.ZodObject, R extends z.ZodType>(
    client: PoolClient,
    statement: Statement<P, R>,
    params: z.input<P>,
  ): Promise<z.output<R>[]> {
    const { text, bind } = compileStatement(statement)
    const values = bind(statement.params.parse(params))
    const { rows } = await ask(client, statement.name, { ...prepared(text, values), text, values })
    return readRows(statement.name, statement.row, rows)
  }

  async function transact<T>(client: PoolClient, work: (session: SqlSession) => Promise<T>): Promise<T> {
    const state = { open: true }
    let failure: unknown
    const session: SqlSession = {
      async run(statement, params) {
        if (!state.open) throw new Error(`${statement.name}: its transaction is over`)
        try {
          return await run(client, statement, params)
        } catch (error) {
          failure ??= error
          throw error
        }
      },
    }
    await ask(client, 'begin', { text: 'BEGIN' })
    try {
      const result = await transacting.run(state, () => work(session))
      // After a failure nothing would be kept, so a failure that was caught and forgotten must not look like success.
      if (failure) throw failure
      state.open = false
      await ask(client, 'commit', { text: 'COMMIT' })
      return result
    } catch (error) {
      state.open = false
      // A connection in doubt is closed, and what it began ends with it.
      if (!isDown(error)) await ask(client, 'rollback', { text: 'ROLLBACK' })
      throw error
    }
  }

  return {
    run: (statement, params) => connected(statement.name, (client) => run(client, statement, params)),
    transaction: (work) => connected('transaction', (client) => transact(client, work)),
    healthy: () =>
      connected('healthy', async (client) => {
        const { rows } = await ask(client, 'healthy', { text: 'SELECT pg_is_in_recovery() AS standby' })
        if (rows[0]?.standby !== false) throw new Fault('sql_down', 'the database is a standby, which takes no writes')
      }),
    close: () => pool.end(),
  }
}

const isDown = (error: unknown) => error instanceof Fault && error.code === 'sql_down'

interface Question {
  readonly name?: string
  readonly text: string
  readonly values?: (string | null)[]
}

async function ask(client: PoolClient, name: string, question: Question): Promise<QueryResult> {
  try {
    return await client.query(question)
  } catch (error) {
    throw errorOf(name, error)
  }
}

/** Messages of the server and of parsers quote values, so none goes on. */
function errorOf(name: string, error: unknown): Error {
  if (error instanceof DatabaseError) return errorOfState(name, error.code, error.constraint)
  const { name: kind, code } = error as { name?: unknown; code?: unknown }
  // pg says `Error` of a connection that ended or was too slow; of a bug JavaScript says more.
  if (kind === 'Error' || kind === 'AggregateError')
    return new Fault('sql_down', `${name}: no connection to the database (${typeof code === 'string' ? code : 'lost'})`)
  return new Error(`${name}: ${kind}`)
}

const PREPARE_FROM = 3
const MOST_TEXTS = 1_000

/**
 * A name from the third time a text is asked: parsed and planned once a connection. Not at once, because statements that are made for one
 * selection would stay in the server's memory for nothing. A name is of its text, as two services may call two statements the same.
 */
function preparedNames(): (text: string, values: readonly unknown[]) => { name?: string } {
  const asked = new Map<string, { times: number; readonly name: string }>()
  return (text, values) => {
    if (values.length === 0) return {}
    let known = asked.get(text)
    if (!known) {
      if (asked.size >= MOST_TEXTS) asked.clear()
      known = { times: 0, name: createHash('sha256').update(text).digest('hex').slice(0, 32) }
      asked.set(text, known)
    }
    known.times += 1
    return known.times < PREPARE_FROM ? {} : { name: known.name }
  }
}

function connectionOf({ url, password }: PostgresConfig): string {
  if (password === undefined) return url
  try {
    const at = new URL(url)
    if (!at.password && !at.searchParams.has('password')) at.password = encodeURIComponent(password)
    return at.href
  } catch {
    throw new Fault('config_invalid', 'the address of a database is no URL like postgres://user@host:5432/name')
  }
}
