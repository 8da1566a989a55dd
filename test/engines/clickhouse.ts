/** ClickHouse's HTTP interface in a child process, with chdb behind it, for machines that have no ClickHouse server: `chdb behind HTTP`. */

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from './free-port.ts'
import { type Engine, serverDirectory, startServer } from './server-process.ts'

const script = fileURLToPath(new URL('./clickhouse-process.ts', import.meta.url))

/** User `default` with no password, unless told of others. */
export async function startClickhouse({
  port,
  users = { default: '' },
}: {
  readonly port?: number
  readonly users?: Readonly<Record<string, string>>
} = {}): Promise<Engine> {
  const directory = serverDirectory('clickhouse')
  const at = port ?? (await freePort())
  const url = `http://127.0.0.1:${at}`
  const flags = ['--port', String(at), '--path', join(directory, 'data'), '--users', JSON.stringify(users)]
  return startServer({
    name: 'chdb behind HTTP',
    url,
    directory,
    command: [process.execPath, '--import', import.meta.resolve('tsx'), script, ...flags],
    // Each question holds a thread while the engine works at it.
    env: { UV_THREADPOOL_SIZE: '16' },
    async ready() {
      const answer = await fetch(`${url}/ping`)
      if (!answer.ok) throw new Error(`/ping answered ${answer.status}`)
    },
  })
}
