/** A process is killed again and again while its spool drains, and all that it acknowledged reaches the log. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFileLog } from '../../infra/embedded/file-log/file-log.ts'
import { numbers } from '../fakes/counts.ts'

const KILLS = 12
/** A drain takes longer than that. */
const WITHIN_MS = 60

let directory: string
let victim: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bauta-spool-kill-'))
  victim = join(directory, 'victim.mjs')
  const entryPoints = [join(import.meta.dirname, 'spool-victim.ts')]
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" }
  await build({
    entryPoints,
    outfile: victim,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    banner,
  })
})
afterAll(() => rm(directory, { recursive: true }))

async function live(path: string, round: string, behind: string, acknowledged: Set<number>): Promise<'hit' | 'missed'> {
  const child = spawn(process.execPath, [victim, path, round, behind], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  let drained = false
  const drains = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('a ')) acknowledged.add(Number(line.slice(2)))
      if (line === 'd') resolve()
      if (line === 'e') drained = true
    })
  })
  if (round !== 'last') {
    await Promise.race([drains, ended])
    await pause(Math.random() * WITHIN_MS)
    child.kill('SIGKILL')
  }
  const [code, signal] = await ended
  if (round === 'last' ? code !== 0 : signal !== 'SIGKILL') throw new Error(`the victim ended by itself with ${code}`)
  return drained ? 'missed' : 'hit'
}

async function killOften(kills: number, behind: 'durable' | 'forgetful') {
  const path = await mkdtemp(join(directory, 'data-'))
  const acknowledged = new Set<number>()
  let hits = 0
  for (let round = 1; hits < kills && round <= 5 * kills; round += 1)
    if ((await live(path, String(round), behind, acknowledged)) === 'hit') hits += 1
  await live(path, 'last', behind, acknowledged)
  const log = await openFileLog({ path: join(path, 'log'), partitions: 1 })
  const logged = numbers((await log.readToEnd('counts')).records)
  await log.close()
  const there = new Set(logged)
  const lost = [...acknowledged].filter((id) => !there.has(id)).length
  return { hits, acknowledged: acknowledged.size, lost }
}

test(`killed ${KILLS} times while it drains, the spool loses nothing that it acknowledged`, async () => {
  const { acknowledged, hits, lost } = await killOften(KILLS, 'durable')
  expect({ hits, lost }).toEqual({ hits: KILLS, lost: 0 })
  expect(acknowledged).toBeGreaterThan(KILLS * 1_000)
})

test('control: where the log behind acknowledges what it has not saved, the same kills lose records', async () => {
  const { lost } = await killOften(4, 'forgetful')
  expect(lost).toBeGreaterThan(0)
})
