/** PostgreSQL from the system's packages: a cluster of its own, never the one that the package starts. */

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { findProgram, postgresFolders, versionOf } from './find-program.ts'
import { freePort } from './free-port.ts'
import { type Engine, serverDirectory, startServer, type User } from './server-process.ts'

const PASSWORD = 'of-the-tests'
const RUN_BY = ['postgres', 'nobody']

export const findPostgres = (): string | undefined => findProgram('postgres', postgresFolders())

/** Its URL is the superuser's, so that a test can make roles and databases. */
export async function startPostgres({ port }: { readonly port?: number } = {}): Promise<Engine> {
  const program = findPostgres()
  const initdb = findProgram('initdb', postgresFolders())
  if (!program || !initdb) throw new Error('postgres and initdb are not installed')
  const user = ordinaryUser()
  const directory = serverDirectory('postgres', user)
  const data = join(directory, 'data')
  const passwordFile = join(directory, 'password')
  writeFileSync(passwordFile, PASSWORD, { mode: 0o644 })
  const cluster = ['--pgdata', data, '--username', 'postgres', '--pwfile', passwordFile]
  const kind = ['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C.UTF-8']
  execFileSync(initdb, [...cluster, ...kind], { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'], ...user })
  const at = port ?? (await freePort())
  const url = `postgres://postgres:${PASSWORD}@127.0.0.1:${at}/postgres`
  const set = [
    `port=${at}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${directory}`,
    'max_connections=300',
  ]
  return startServer({
    name: `PostgreSQL ${versionOf(program)}`,
    url,
    directory,
    command: [program, '-D', data, ...set.flatMap((each) => ['-c', each])],
    user,
    ready: () => answers(url),
    // Its fast shutdown; the other waits for every client to go.
    signal: 'SIGINT',
  })
}

async function answers(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  try {
    await client.connect()
    await client.query('SELECT 1')
  } finally {
    await client.end()
  }
}

/** It refuses to run as root. */
function ordinaryUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of RUN_BY) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {}
  }
  throw new Error(`PostgreSQL does not run as root, and this machine has no user ${RUN_BY.join(' or ')}`)
}
