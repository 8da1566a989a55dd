/** The power fails while the log is away and the spool takes everything: what it acknowledged must be found after the start. */

import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pino from 'pino'
import { expect, test } from 'vitest'
import { openSpooledLog } from '../../infra/distributed/spool/spooled-log.ts'
import { type Disk, nodeDisk } from '../../infra/embedded/file-log/disk.ts'
import { openFileLog } from '../../infra/embedded/file-log/file-log.ts'
import { Fault } from '../../schemas/fault.ts'
import { counts, numbers } from '../fakes/counts.ts'

const CUTS = 12
/** Until what the spool kept has drained; of one that is damaged it may be in vain. */
const PATIENCE_MS = { sound: 120_000, broken: 5_000 }
const logger = pino({ level: 'silent' })

/** A disk that remembers what was synced of each file; after the cut, the rest is there in part or not at all. */
function mortalDisk(syncing: boolean) {
  const synced = new Map<string, Buffer>()
  let dead = false
  const alive = () => {
    if (dead) throw Object.assign(new Error('no power'), { code: 'EIO' })
  }
  const disk: Disk = {
    ...nodeDisk,
    async write(...of) {
      alive()
      await nodeDisk.write(...of)
    },
    async sync(file, path) {
      alive()
      if (!syncing) return
      const bytes = readFileSync(path)
      await nodeDisk.sync(file, path)
      synced.set(path, bytes)
    },
  }
  function cut(root: string): Map<string, Buffer> {
    dead = true
    const left = new Map<string, Buffer>()
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      const [written, safe] = [readFileSync(path), synced.get(path) ?? Buffer.alloc(0)]
      const reached = safe.length + Math.floor(Math.random() * Math.max(0, written.length - safe.length + 1))
      left.set(relative(root, path), Buffer.concat([safe, written.subarray(safe.length, reached)]))
    }
    return left
  }
  return { disk, cut }
}

/** How many of the acknowledged are gone; all of them where the spool says that it is damaged. */
async function cutPower(syncing: boolean): Promise<number> {
  const root = await mkdtemp(join(tmpdir(), 'bauta-spool-cut-'))
  const [before, after] = [join(root, 'before'), join(root, 'after')]
  await mkdir(before)
  const { disk, cut } = mortalDisk(syncing)
  const away = () => Promise.reject(new Fault('log_down', 'as a broker that is away'))
  const common = { partitions: 2, logger, retryMs: 20 }
  const spool = await openSpooledLog({ ...common, openLog: away, path: before, disk, patienceMs: 1 })
  const acknowledged: number[] = []
  let [alive, n] = [true, 0]
  const load = Array.from({ length: 6 }, async () => {
    while (alive) {
      const from = n
      n += 3
      const ok = await spool.append(counts(from, from + 3)).then(
        () => alive,
        () => false,
      )
      if (ok) acknowledged.push(from, from + 1, from + 2)
    }
  })
  const enough = 1 + Math.random() * 300
  while (acknowledged.length < enough) await pause(1)
  alive = false
  const left = cut(before)
  await Promise.all(load)
  await spool.close().catch(() => {})
  for (const [name, bytes] of left) {
    await mkdir(dirname(join(after, name)), { recursive: true })
    await writeFile(join(after, name), bytes)
  }

  const log = await openFileLog({ path: join(root, 'log'), partitions: 2, lingerMs: 1 })
  const kept = async () => new Set(numbers((await log.readToEnd('counts')).records))
  const openLog = async () => ({ ...log, close: async () => {} })
  const mended = await openSpooledLog({ ...common, openLog, path: after }).catch(() => undefined)
  const until = Date.now() + PATIENCE_MS[syncing ? 'sound' : 'broken']
  while (mended && mended.status().records > 0 && Date.now() < until) await pause(5)
  await mended?.close()
  const found = await kept()
  await log.close()
  await rm(root, { recursive: true })
  return acknowledged.filter((each) => !found.has(each)).length
}

async function cutOften(syncing: boolean): Promise<number> {
  let lost = 0
  for (let cut = 0; cut < CUTS; cut += 1) lost += await cutPower(syncing)
  return lost
}

test(`a power cut loses nothing that the spool acknowledged`, async () => {
  expect(await cutOften(true)).toBe(0)
})

test('control: with syncing switched off the same cuts lose acknowledged records', async () => {
  expect(await cutOften(false)).toBeGreaterThan(0)
})
