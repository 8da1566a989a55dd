/** redis-server from the system's packages, keeping nothing on disk, as a cache may. */

import { connect } from 'node:net'
import { findProgram, versionOf } from './find-program.ts'
import { freePort } from './free-port.ts'
import { type Engine, serverDirectory, startServer } from './server-process.ts'

export const findRedis = (): string | undefined => findProgram('redis-server')

export async function startRedis({ port }: { readonly port?: number } = {}): Promise<Engine> {
  const program = findRedis()
  if (!program) throw new Error('redis-server is not installed')
  const directory = serverDirectory('redis')
  const at = port ?? (await freePort())
  const flags = ['--bind', '127.0.0.1', '--port', String(at), '--dir', directory, '--save', '', '--appendonly', 'no']
  return startServer({
    name: `redis ${versionOf(program)}`,
    url: `redis://127.0.0.1:${at}`,
    directory,
    command: [program, ...flags],
    ready: () => pong(at),
  })
}

function pong(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.setTimeout(1_000, () => socket.destroy(new Error('no answer')))
    socket.once('error', reject)
    socket.once('data', (data) => {
      socket.destroy()
      if (data.toString().startsWith('+PONG')) resolve()
      else reject(new Error(data.toString()))
    })
  })
}
