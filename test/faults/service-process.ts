/** A service of the product as a process: started, killed, stopped in its tracks, woken, and given a wrong clock. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

export interface Service {
  readonly name: string
  /** Dead when it resolves. */
  kill9(): Promise<void>
  /** Resolves when it answers; killed before, if it lives. */
  restart(): Promise<void>
  /** Asked to end in order. */
  end(): Promise<void>
  /** No instruction more, until it is woken: it does not know that time went by. */
  freeze(): void
  wake(): void
  /** `+5h`, `-3h`, `+0`. Heeded within a second, and only where the machine has libfaketime. */
  turnClock(by: string): void
  running(): boolean
}

export interface ServiceOptions {
  readonly name: string
  readonly command: readonly string[]
  readonly directory: string
  readonly env: Readonly<Record<string, string>>
  /** Answers 200 when it is up. */
  readonly health: string
}

const UP_MS = 240_000
const faketimes = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((at) => `/usr/lib/${at}/faketime/libfaketimeMT.so.1`)
export const faketime = faketimes.find((path) => existsSync(path))

/** It dies with who started it, however that one dies. */
function dying(command: readonly string[]): readonly string[] {
  return existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL', ...command] : command
}

export async function startService(options: ServiceOptions): Promise<Service> {
  const { name, command, directory, env, health } = options
  const clock = join(directory, `${name}.clock`)
  const out = openSync(join(directory, `${name}.log`), 'a')
  let child: ChildProcess | undefined
  const turnClock = (by: string) => writeFileSync(clock, `${by}\n`)
  turnClock('+0')

  const withClock = faketime
    ? { LD_PRELOAD: faketime, FAKETIME_TIMESTAMP_FILE: clock, FAKETIME_CACHE_DURATION: '1', DONT_FAKE_MONOTONIC: '1' }
    : {}
  async function start(): Promise<void> {
    const [file = '', ...args] = dying(command)
    const started = spawn(file, args, {
      cwd: directory,
      env: { PATH: process.env.PATH, ...withClock, ...env },
      stdio: ['ignore', out, out],
    })
    child = started
    for (const until = Date.now() + UP_MS; ; await pause(25)) {
      if (started.exitCode !== null || started.signalCode !== null)
        throw new Error(`${name} ended with ${started.exitCode ?? started.signalCode}; see ${name}.log in ${directory}`)
      if ((await fetch(health).catch(() => undefined))?.ok) return
      if (Date.now() > until) throw new Error(`${name} does not answer; see ${name}.log in ${directory}`)
    }
  }
  const running = () => child !== undefined && child.exitCode === null && child.signalCode === null
  async function endBy(signal: NodeJS.Signals): Promise<void> {
    if (!child || !running()) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  await start()
  return {
    name,
    kill9: () => endBy('SIGKILL'),
    async restart() {
      await endBy('SIGKILL')
      await start()
    },
    end: () => endBy('SIGTERM'),
    freeze: () => void child?.kill('SIGSTOP'),
    wake: () => void child?.kill('SIGCONT'),
    turnClock,
    running,
  }
}
