/** A server as a child process: started, waited for, killed, started again on the same files, stopped for good. */

import { type ChildProcess, spawn } from 'node:child_process'
import { chownSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** An engine that tests run against, and that they may do harm to. */
export interface Engine {
  /** As it is reported: `redis 7.0.15`, `chdb behind HTTP`. */
  readonly name: string
  readonly url: string
  /** Of the server itself, no shell before it. Another after each restart. */
  readonly pid: number
  /** Dead when it resolves, and its files as it left them. */
  kill9(): Promise<void>
  /** Again, on the same port and files; killed before, if it lives. Resolves when it answers. */
  restart(): Promise<void>
  /** Asked to end, and its files deleted. */
  stop(): Promise<void>
}

/** As whom a server runs: not as root, where it refuses to. */
export interface User {
  readonly uid: number
  readonly gid: number
}

export interface Server {
  readonly name: string
  readonly url: string
  readonly directory: string
  readonly command: readonly [string, ...string[]]
  readonly env?: Readonly<Record<string, string>>
  readonly user?: User | undefined
  /** Throws until it answers. */
  ready(): Promise<void>
  /** That it ends on at once, having written what it must. */
  readonly signal?: NodeJS.Signals
}

const READY_MS = 240_000
const END_MS = 20_000
const POLL_MS = 50

export async function startServer(server: Server): Promise<Engine> {
  let child = await open(server)
  const kill9 = () => end(child, 'SIGKILL')
  return {
    name: server.name,
    url: server.url,
    get pid() {
      return child.pid ?? 0
    },
    kill9,
    async restart() {
      await kill9()
      child = await open(server)
    },
    async stop() {
      await end(child, server.signal ?? 'SIGTERM')
      rmSync(server.directory, { recursive: true, force: true })
    },
  }
}

/** Of its own, so that whoever asks deletes it; the server's user may write there. */
export function serverDirectory(name: string, user?: User): string {
  const directory = mkdtempSync(join(tmpdir(), `bauta-${name}-`))
  if (user) chownSync(directory, user.uid, user.gid)
  return directory
}

async function open({ name, directory, command, env, user, ready }: Server): Promise<ChildProcess> {
  const logFile = join(directory, 'server.log')
  const log = openSync(logFile, 'a')
  const [program, ...args] = dying(command)
  const child = spawn(program, args, {
    cwd: directory,
    env: { ...process.env, ...env },
    stdio: ['ignore', log, log],
    // A terminal's Ctrl-C reaches whoever started it, and that stops it in order.
    detached: true,
    ...user,
  })
  closeSync(log)
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Error(`it ended with ${code ?? signal}`)))
  })
  ended.catch(() => {})
  try {
    await Promise.race([ended, answering(ready)])
  } catch (error) {
    child.kill('SIGKILL')
    const said = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-20).join('\n')
    throw new Error(`${name} did not start: ${error instanceof Error ? error.message : error}\n${said}`)
  }
  return child
}

/** A server dies with who started it, however that one dies. */
function dying(command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  return existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL', ...command] : command
}

export async function answering(ready: () => Promise<void>, ms = READY_MS): Promise<void> {
  const late = Date.now() + ms
  for (;;) {
    try {
      return await ready()
    } catch (error) {
      if (Date.now() > late) throw new Error(`no answer in ${ms / 1000} s`, { cause: error })
      await pause(POLL_MS)
    }
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  // One that was stopped in its tracks hears no signal but this.
  const patience = setTimeout(() => child.kill('SIGKILL'), END_MS)
  await ended
  clearTimeout(patience)
}
