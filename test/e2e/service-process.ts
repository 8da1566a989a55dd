/** One service as `bauta <name>` runs it: a process of its own, with the environment of an operator and nothing else. */

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type RunFile, readRunFile } from '../../infra/process/run-file.ts'
import { answering } from '../engines/server-process.ts'

const main = fileURLToPath(new URL('../../services/cli/main.ts', import.meta.url))
/** Of those who were asked to end and did, all closed. */
const ASKED = 130
/** Characters of what it said last, for who looks into why it ended. */
const SAID = 2_000

export interface ServiceProcess {
  /** Where its admin listener is, and its own token there. */
  readonly run: RunFile
  /** Asks it to end; rejects if it does not end as asked. */
  stop(): Promise<void>
}

export interface Command {
  readonly args: readonly string[]
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
  log(text: string): void
}

export async function startService(command: Command): Promise<ServiceProcess> {
  const { child, ended, said } = begin(command)
  const directory = join(command.cwd, command.environment.BAUTA_DATA ?? '')
  const ready = answering(async () => {
    const run = readRunFile(directory)
    if (!run || run.pid !== child.pid) throw new Error('no run.json')
    const answer = await fetch(`${run.url}/readyz`)
    if (!answer.ok) throw new Error(await answer.text())
  })
  await Promise.race([
    ready,
    ended.then((code) => {
      throw new Error(`${command.args.join(' ')} ended with ${code} before it was ready: ${said()}`)
    }),
  ])
  const run = readRunFile(directory)
  if (!run) throw new Error('run.json went away')
  return {
    run,
    async stop() {
      child.kill('SIGTERM')
      const code = await ended
      if (code !== ASKED) throw new Error(`${command.args.join(' ')} ended with ${code} when it was asked to end`)
    },
  }
}

/** Runs it to its end; rejects unless that is well. */
export async function runCommand(command: Command): Promise<void> {
  const { ended, said } = begin(command)
  const code = await ended
  if (code !== 0) throw new Error(`${command.args.join(' ')} ended with ${code}: ${said()}`)
}

function begin({ args, cwd, environment, log }: Command) {
  const { PATH = '', HOME = '', TMPDIR } = process.env
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main, ...args], {
    cwd,
    env: { PATH, HOME, ...(TMPDIR && { TMPDIR }), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // Not one that outlives its tests.
  const kill = () => void child.kill('SIGKILL')
  process.once('exit', kill)
  let last = ''
  const hear = (text: string) => {
    last = (last + text).slice(-SAID)
    log(text)
  }
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', hear)
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      process.off('exit', kill)
      resolve(code ?? signal ?? 'nothing')
    })
  })
  return { child, ended, said: () => last }
}
