/** PostgreSQL inside this process, by PGlite: one engine and one connection for all databases, which are its schemas. */

import { AsyncLocalStorage } from 'node:async_hooks'
import { Worker } from 'node:worker_threads'
import type * as z from 'zod'
import { Fault } from '../../schemas/fault.ts'
import type { Sql, SqlSession, Statement } from '../ports/sql.ts'
import { readRows } from '../read-rows.ts'
import { compileStatement } from '../sql-statement.ts'
import type { PgliteAnswer, PgliteCall, PgliteWorkerData } from './pglite-worker.ts'

export interface Pglite {
  /** The same engine for each of them: a transaction of one keeps all others waiting. */
  sql(): Sql
  close(): Promise<void>
}

/** `path` is a directory that nobody else has open; without one all is in memory. Throws `engine_missing`. */
export async function openPglite(path?: string): Promise<Pglite> {
  const worker = await startWorker({ path })
  const transacting = new AsyncLocalStorage<{ open: boolean }>()
  let last: Promise<unknown> = Promise.resolve()

  /** One connection: whoever is inside is alone. */
  async function alone<T>(work: () => Promise<T>): Promise<T> {
    // It would wait for itself for ever.
    if (transacting.getStore()?.open) throw new Error('inside a transaction only its own session may be asked')
    const before = last
    const mine = before.then(work, work)
    last = mine.catch(() => {})
    return mine
  }

  async function transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    const state = { open: true }
    let failure: unknown
    const session: SqlSession = {
      async run(statement, params) {
        if (!state.open) throw new Error(`${statement.name}: its transaction is over`)
        try {
          return await run(worker.call, statement, params)
        } catch (error) {
          failure ??= error
          throw error
        }
      },
    }
    await worker.call('BEGIN')
    try {
      const result = await transacting.run(state, () => work(session))
      // After a failure nothing would be kept, so a failure that was caught and forgotten must not look like success.
      if (failure) throw failure
      await worker.call('COMMIT')
      return result
    } catch (error) {
      await worker.call('ROLLBACK').catch(() => {})
      throw error
    } finally {
      state.open = false
    }
  }

  const sql: Sql = {
    run: (statement, params) => alone(() => run(worker.call, statement, params)),
    transaction: (work) => alone(() => transaction(work)),
    // Not behind the others: a long statement is not an illness. A dead engine is.
    healthy: async () => worker.alive(),
    // The engine is everyone's; whoever opened it closes it.
    close: async () => {},
  }
  return { sql: () => sql, close: () => last.then(worker.close) }
}

type Call = (sql: string, values?: readonly (string | null)[], name?: string) => Promise<readonly unknown[]>

async function run<P extends z.ZodObject, R extends z.ZodType>(
  call: Call,
  statement: Statement<P, R>,
  params: z.input<P>,
): Promise<z.output<R>[]> {
  const { text, bind } = compileStatement(statement)
  const answer = await call(text, bind(statement.params.parse(params)), statement.name)
  return readRows(statement.name, statement.row, answer)
}

const missing =
  'The embedded database needs the optional package @electric-sql/pglite. Install it with `npm install --include=optional`, ' +
  'or use a PostgreSQL server: BAUTA_ENGINES=distributed.'

async function startWorker(workerData: PgliteWorkerData) {
  const worker = startFile(import.meta.url.endsWith('.ts'), workerData)
  const waiting = new Map<number, (answer: PgliteAnswer) => void>()
  let count = 0
  let gone: string | undefined

  const end = (reason: string) => {
    gone ??= reason
    for (const [id, settle] of waiting) settle({ id, gone })
    waiting.clear()
  }
  worker.on('message', (answer: PgliteAnswer) => {
    if (answer.gone) gone ??= answer.gone
    waiting.get(answer.id)?.(answer)
    waiting.delete(answer.id)
  })
  worker.on('error', (error) => end(error.name))
  worker.on('exit', () => end('closed'))

  const answerTo = (id: number) => new Promise<PgliteAnswer>((resolve) => waiting.set(id, resolve))
  async function send(call: Omit<PgliteCall, 'id'>): Promise<PgliteAnswer> {
    count += 1
    if (gone) return { id: count, gone }
    const answer = answerTo(count)
    worker.postMessage({ id: count, ...call } satisfies PgliteCall)
    return answer
  }
  const call: Call = async (sql, values = [], name = sql) => {
    const answer = await send({ sql, values })
    return answer.rows ?? refuse(name, answer)
  }
  const alive = () => void (gone && refuse('health', { id: 0, gone }))
  async function close(): Promise<void> {
    if (!gone) await send({})
    await worker.terminate()
  }

  const opened = await answerTo(0)
  if (opened.missing || opened.gone || opened.state) {
    await worker.terminate()
    refuse('open', opened)
  }
  return { call, alive, close }
}

/** A worker does not inherit the loader that reads TypeScript, and its `--import` comes too early for one. */
function startFile(fromSource: boolean, workerData: PgliteWorkerData): Worker {
  if (!fromSource) return new Worker(new URL('./pglite-worker.js', import.meta.url), { workerData })
  const loader = new URL(import.meta.resolve('tsx/esm/api'))
  const file = new URL('./pglite-worker.ts', import.meta.url)
  const code = `import('${loader}').then((tsx) => { tsx.register(); return import('${file}') })`
  return new Worker(code, { eval: true, workerData, execArgv: [] })
}

/** Connection, resources, a serialisation that failed: the same may go well later. */
const passing = /^(08|40|53|57P)/

function refuse(name: string, { missing: isMissing, gone, state, constraint }: PgliteAnswer): never {
  if (isMissing) throw new Fault('engine_missing', missing)
  if (gone) throw new Fault('sql_down', `${name}: the embedded database has ended (${gone}): restart to open it again`)
  if (state === '23505') throw new Fault('conflict', `${name}: ${constraint} holds one already`)
  if (state === '53100') throw new Fault('disk_full', 'the disk of the database is full: free some space')
  if (state && passing.test(state)) throw new Fault('sql_down', `${name}: SQLSTATE ${state}`)
  throw new Error(`${name}: SQLSTATE ${state}`)
}
