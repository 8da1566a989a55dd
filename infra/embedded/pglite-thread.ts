/** The thread in which PostgreSQL runs, seen from outside: calls go in, rows or faults come out, and when it has ended it says so. */

import { Worker } from 'node:worker_threads'
import { Fault } from '../../schemas/fault.ts'
import { errorOfState } from '../sql/state.ts'
import type { PgliteAnswer, PgliteCall, PgliteWorkerData } from './pglite-worker.ts'

/** `name` is what errors call the statement. */
export type Call = (sql: string, values?: readonly (string | null)[], name?: string) => Promise<readonly unknown[]>

export interface PgliteThread {
  readonly call: Call
  /** Will it answer no more? */
  gone(): boolean
  /** How long the oldest call has been waiting. */
  waitingMs(): number
  close(): Promise<void>
}

/** Throws `engine_missing`, or what keeps the engine from opening. */
export async function startPgliteThread(workerData: PgliteWorkerData): Promise<PgliteThread> {
  const worker = startFile(import.meta.url.endsWith('.ts'), workerData)
  const waiting = new Map<number, { settle(answer: PgliteAnswer): void; since: number }>()
  let count = 0
  let gone: string | undefined

  const end = (reason: string) => {
    gone ??= reason
    for (const [id, { settle }] of waiting) settle({ id, gone })
    waiting.clear()
  }
  worker.on('message', (answer: PgliteAnswer) => {
    gone ??= answer.gone
    waiting.get(answer.id)?.settle(answer)
    waiting.delete(answer.id)
    if (gone) end(gone)
  })
  worker.on('error', (error) => end(error.name))
  worker.on('exit', () => end('closed'))

  const answerTo = (id: number) =>
    new Promise<PgliteAnswer>((settle) => waiting.set(id, { settle, since: performance.now() }))
  async function send(call: Omit<PgliteCall, 'id'>): Promise<PgliteAnswer> {
    count += 1
    if (gone) return { id: count, gone }
    const answer = answerTo(count)
    worker.postMessage({ id: count, ...call } satisfies PgliteCall)
    return answer
  }
  async function close(): Promise<void> {
    if (!gone) await send({})
    await worker.terminate()
  }

  const opened = await answerTo(0)
  if (opened.missing || opened.gone || opened.state) {
    await worker.terminate()
    const reason = opened.gone ?? opened.state
    if (opened.missing) refuse('open', opened)
    throw new Fault(
      'sql_down',
      `the embedded database cannot be opened (${reason}): look at the space on its disk first`,
    )
  }
  return {
    async call(sql, values = [], name = sql) {
      const answer = await send({ sql, values })
      return answer.rows ?? refuse(name, answer)
    },
    gone: () => gone !== undefined,
    waitingMs: () => Math.max(0, ...[...waiting.values()].map(({ since }) => performance.now() - since)),
    close,
  }
}

/** A worker does not inherit the loader that reads TypeScript, and its `--import` comes too early for one. */
function startFile(fromSource: boolean, workerData: PgliteWorkerData): Worker {
  if (!fromSource) return new Worker(new URL('./pglite-worker.js', import.meta.url), { workerData })
  const loader = new URL(import.meta.resolve('tsx/esm/api'))
  const file = new URL('./pglite-worker.ts', import.meta.url)
  const code = `import('${loader}').then((tsx) => { tsx.register(); return import('${file}') })`
  return new Worker(code, { eval: true, workerData, execArgv: [] })
}

const missing =
  'The embedded database needs the optional package @electric-sql/pglite. ' +
  'Install it with `npm install --include=optional`, or run the container image, which brings it along.'

function refuse(name: string, { missing: isMissing, gone, state, constraint }: PgliteAnswer): never {
  if (isMissing) throw new Fault('engine_missing', missing)
  if (gone && state !== '53100') throw new Fault('sql_down', `${name}: the embedded database has ended (${gone})`)
  throw errorOfState(name, state, constraint)
}
