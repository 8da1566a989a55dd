/**
 * `npm run docs`: does what the documents tell a reader to do. The marked blocks of each are run in their order, in one directory that looks
 * like a clone, each with what the ones before it left in directory and environment. Blocks that need engines find them through the variables
 * of `npm run engines`, and are skipped, said so, where there are none.
 */

import { spawn } from 'node:child_process'
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { absent, foundEngines } from '../engines/found-engines.ts'
import { freePorts } from '../engines/free-port.ts'
import { type Block, readBlocks } from './read-blocks.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs')).flatMap((name) => (name.endsWith('.md') ? `docs/${name}` : [])),
]
const PATIENCE_MS = 600_000
const say = (line: string) => void process.stderr.write(`${line}\n`)

const found = foundEngines()
/** With those behind it, which services are put on. */
const port = await freePorts(10)
/** As documents name what they run on; a reader sets them, or has the engines where the documents say. */
const addresses = {
  KAFKA_BROKERS: found.kafka?.url,
  REDIS_URL: found.redis?.url,
  DATABASE_URL: found.postgres?.url,
  CLICKHOUSE_URL: found.clickhouse?.url,
  PORT: String(port),
  PERSON_PORT: String(port + 1),
  ADMIN_PORT: String(port + 2),
}

const sum = { run: 0, skipped: 0, failed: 0 }
for (const document of documents) {
  const blocks = readBlocks(readFileSync(join(root, document), 'utf8'))
  if (blocks.length > 0) await runDocument(document, blocks)
}
say(`${sum.run} blocks run, ${sum.failed} failed, ${sum.skipped} skipped`)
process.exitCode = sum.failed > 0 ? 1 : 0

async function runDocument(document: string, blocks: readonly Block[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bauta-docs-'))
  const groups: number[] = []
  for (const name of readdirSync(root)) if (name !== '.git') symlinkSync(join(root, name), join(directory, name))
  writeFileSync(join(directory, '.left'), '')
  try {
    for (const block of blocks) {
      const at = `${document}:${block.line}`
      const missing = block.needs.filter((kind) => !found[kind])
      if (missing.length > 0) {
        sum.skipped += 1
        say(`skipped ${at}: ${missing.map(absent).join('; ')}`)
        continue
      }
      const { code, output } = await runBlock(block, directory, (group) => groups.push(group))
      sum.run += 1
      if (code === 0) {
        say(`ran ${at}`)
        continue
      }
      sum.failed += 1
      say(`\n${at} ended with ${code}:\n\n${block.text}\n${output}`)
      // What comes after builds on it.
      return
    }
  } finally {
    await endAll(groups)
    rmSync(directory, { recursive: true, force: true })
  }
}

async function runBlock(block: Block, directory: string, onStarted: (group: number) => void) {
  const script = join(directory, '.block')
  const printed = join(directory, '.output')
  const left = 'trap \'{ export -p; declare -f; echo "cd \\"$PWD\\""; } > "$LEFT"\' EXIT'
  writeFileSync(script, `set -euo pipefail\nsource "$LEFT"\n${left}\n${block.text}`)
  const output = openSync(printed, 'w')
  // A group of its own, so that what it leaves running can be ended with it.
  const child = spawn('bash', [script], {
    cwd: directory,
    detached: true,
    stdio: ['ignore', output, output],
    env: { ...process.env, ...withValues(addresses), LEFT: join(directory, '.left') },
  })
  closeSync(output)
  if (child.pid) onStarted(child.pid)
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
  const late = new AbortController()
  const code = await Promise.race([ended, pause(PATIENCE_MS, 124, { signal: late.signal })])
  late.abort()
  return { code, output: readFileSync(printed, 'utf8') }
}

function withValues(values: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

async function endAll(groups: readonly number[]): Promise<void> {
  const tell = (signal: NodeJS.Signals | 0) => groups.filter((group) => attempt(() => process.kill(-group, signal)))
  tell('SIGTERM')
  for (let waited = 0; waited < 15_000 && tell(0).length > 0; waited += 200) await pause(200)
  tell('SIGKILL')
}

function attempt(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
