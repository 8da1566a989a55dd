/** A process under load is killed again and again, and loses nothing that it acknowledged, nor counts anything twice. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFileLog } from '../../infra/embedded/file-log/file-log.ts'
import { numbers } from '../fakes/counts.ts'

const KILLS = 50
/** Of a life, so that there is something to lose on the slowest machine. */
const LEAST = 20

let directory: string
let victim: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bauta-kill-'))
  victim = join(directory, 'victim.mjs')
  const entry = join(import.meta.dirname, 'log-victim.ts')
  // Once, as a process that compiles itself would mostly be killed at that.
  await build({
    entryPoints: [entry],
    outfile: victim,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  })
})
afterAll(() => rm(directory, { recursive: true }))

interface Heard {
  readonly said: Set<number>
  readonly acknowledged: Set<number>
  kills: number
}

/** One life. `kill` waits for so many acknowledgements, or so long after the birth; without it, the victim finishes. */
async function live(path: string, round: string, dedupe: boolean, again: readonly number[], heard: Heard, kill?: Kill) {
  const child = spawn(process.execPath, [victim, path, round, dedupe ? 'yes' : 'no'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  // A victim that is killed before it has read this breaks the pipe.
  child.stdin.on('error', () => {})
  child.stdin.end(again.join('\n'))
  const ended = once(child, 'close')
  const lines = createInterface({ input: child.stdout })
  const before = heard.acknowledged.size
  const acknowledges = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      const id = Number(line.slice(2))
      if (line.startsWith('s ')) heard.said.add(id)
      if (line.startsWith('a ')) heard.acknowledged.add(id)
      if (kill && 'acknowledgements' in kill && heard.acknowledged.size >= before + kill.acknowledgements) resolve()
    })
  })
  if (kill) {
    await Promise.race([ended, 'withinMs' in kill ? pause(Math.random() * kill.withinMs) : acknowledges])
    child.kill('SIGKILL')
  }
  const [code, signal] = await ended
  if (signal === 'SIGKILL') heard.kills += 1
  else if (kill || code !== 0) throw new Error(`the victim ended by itself with ${code}`)
}

type Kill = { readonly acknowledgements: number } | { readonly withinMs: number }

async function killOften(kills: number, dedupe: boolean) {
  const path = await mkdtemp(join(directory, 'data-'))
  const heard: Heard = { said: new Set(), acknowledged: new Set(), kills: 0 }
  /** As clients do: what had no answer is sent again, and some of what had one, as the answer may be lost on its way. */
  const repeated = () => {
    const unanswered = [...heard.said].filter((id) => !heard.acknowledged.has(id))
    return [...unanswered, ...[...heard.acknowledged].slice(-5)]
  }
  for (let round = 1; round <= kills; round += 1) {
    // Every fifth dies anywhere, also while it mends what the last one left.
    const acknowledgements = LEAST + Math.floor(Math.random() * 1_000)
    const kill: Kill = round % 5 === 0 ? { withinMs: 200 } : { acknowledgements }
    await live(path, String(round), dedupe, repeated(), heard, kill)
  }
  await live(path, 'last', dedupe, repeated(), heard)

  const log = await openFileLog({ path: join(path, 'log'), partitions: 2 })
  const logged = new Set(numbers((await log.readToEnd('counts')).records))
  await log.close()
  const stored: number[] = []
  for (const partition of [0, 1])
    for (const line of (await readFile(join(path, `store-${partition}`), 'utf8')).split('\n'))
      for (const id of line.split(' ').slice(1)) stored.push(Number.parseInt(id, 16))
  const once = new Set(stored)
  return {
    kills: heard.kills,
    acknowledged: heard.acknowledged.size,
    lost: [...heard.acknowledged].filter((id) => !logged.has(id) || !once.has(id)).length,
    twice: stored.length - once.size,
  }
}

test(`killed ${KILLS} times under load, the log has all that was acknowledged, and each of it counts once`, async () => {
  const { acknowledged, ...verdict } = await killOften(KILLS, true)
  expect(verdict).toEqual({ kills: KILLS, lost: 0, twice: 0 })
  expect(acknowledged).toBeGreaterThanOrEqual(((KILLS * 4) / 5) * LEAST)
})

test('control: with deduplication switched off the same kills count records twice', async () => {
  const { twice } = await killOften(4, false)
  expect(twice).toBeGreaterThan(0)
})
