/** Processes of the bench, each held to one core: what is measured on the first, who measures it on the second. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

export const MEASURED_CORE = 0
export const MEASURING_CORE = 1
/** For what only prepares. */
export const BOTH_CORES = `${MEASURED_CORE},${MEASURING_CORE}`

export interface PinnedOptions {
  readonly core: number | typeof BOTH_CORES
  /** Handed over as a line of JSON. */
  readonly input: unknown
  readonly nodeOptions?: readonly string[]
  /** Bundled to one file as for production, or run from its source where it finds its files beside it. */
  readonly how?: 'bundle' | 'source'
}

export interface Pinned {
  readonly pid: number
  /** The first line it said. */
  readonly answer: unknown
  /** The most memory it has held, and what it holds now, in bytes. */
  memory(): { readonly peak: number; readonly now: number }
  /** Seconds of processor time so far. */
  processorSeconds(): number
  stop(): Promise<void>
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const bundles = new Map<string, Promise<string>>()

/** Starts a script of this folder and resolves when it has said its first line. It ends when its standard input does. */
export async function startPinned(script: string, options: PinnedOptions): Promise<Pinned> {
  const { core, input, nodeOptions = [], how = 'bundle' } = options
  const source = fileURLToPath(new URL(`${script}.ts`, import.meta.url))
  const run = how === 'bundle' ? [await bundle(script, source)] : ['--import', 'tsx', source]
  const command = ['-c', String(core), process.execPath, ...nodeOptions, ...run]
  const child = spawn('taskset', command, {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  child.stdin.write(`${JSON.stringify(input)}\n`)
  const answer = JSON.parse(await firstLine(script, child)) as unknown
  const pid = child.pid ?? 0
  return {
    pid,
    answer,
    memory: () => ({ peak: statusBytes(pid, 'VmHWM'), now: statusBytes(pid, 'VmRSS') }),
    processorSeconds: () => processorSeconds(pid),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.stdin.end()
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(late)
    },
  }
}

/** Runs a script to its one answer. */
export async function runPinned(script: string, options: PinnedOptions): Promise<unknown> {
  const { answer, stop } = await startPinned(script, options)
  await stop()
  return answer
}

async function firstLine(script: string, child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Error(`${script} ended with ${signal ?? code} and no answer`)))
    if (child.stdout) createInterface(child.stdout).once('line', resolve)
  })
}

/** Beside the installed packages, which stay outside the bundle as they do in production. */
function bundle(script: string, source: string): Promise<string> {
  const outfile = `${root}node_modules/.cache/bauta-bench/${script}.js`
  const building = build({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  }).then(() => outfile)
  const known = bundles.get(script) ?? building
  bundles.set(script, known)
  return known
}

function statusBytes(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0)
}

/** Linux counts in hundredths of a second. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}
