import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Fault } from '../../../schemas/fault.ts'
import { WebPseudonym } from '../../../schemas/ids.ts'
import { counts, numbers, range } from '../../../test/fakes/counts.ts'
import { nodeDisk } from '../../embedded/file-log/disk.ts'
import { openFileLog } from '../../embedded/file-log/file-log.ts'
import type { Log, LogEntry } from '../../ports/log.ts'
import { openSpooledLog, type SpooledLog, type SpooledLogConfig } from './spooled-log.ts'

let directory: string
let closing: { close(): Promise<void> }[]
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bauta-spool-'))
  closing = []
})
afterEach(async () => {
  for (const each of closing.reverse()) await each.close()
  await rm(directory, { recursive: true })
})

const logger = pino({ level: 'silent' })
const down = () => new Fault('log_down', 'as a broker that is away')

/** A log behind that can be away, silent or well. */
async function behind() {
  const log = await openFileLog({ path: join(directory, 'log'), partitions: 2, lingerMs: 1 })
  closing.push(log)
  const world = { how: 'up' as 'up' | 'down' | 'silent', calls: 0, order: [] as string[], hangUp: [] as (() => void)[] }
  const reachable: Log = {
    ...log,
    async append(entries) {
      world.calls += 1
      if (world.how === 'down') throw down()
      if (world.how === 'silent') return new Promise((_, reject) => void world.hangUp.push(() => reject(down())))
      world.order.push(...new Set(entries.map(({ topic }) => topic)))
      await log.append(entries)
    },
    async healthy() {
      if (world.how !== 'up') throw down()
    },
    close: async () => {},
  }
  const kept = async () => numbers((await log.readToEnd('counts')).records)
  const ended = async () => (await log.readToEnd('stops')).records.map(({ p }) => Number(p)).sort()
  return { log, world, reachable, kept, ended }
}

async function spooled(log: Log, more: Partial<SpooledLogConfig> = {}): Promise<SpooledLog> {
  const path = join(directory, 'spool')
  // Only who is silent is late, as a disk may take its time.
  const quick = { deadlineMs: 60_000, handfulMs: 60_000, retryMs: 1, breaker: { openMs: 1 } }
  const opened = await openSpooledLog({ openLog: async () => log, partitions: 2, path, logger, ...quick, ...more })
  closing.push(opened)
  return opened
}

const stop = (n: number): LogEntry => {
  const p = WebPseudonym.parse(String(n).padStart(32, '0'))
  return { topic: 'stops', partition: 0, record: { site: 'demo', p, kind: 'stop', day: '2026-11-22' } }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2))
}
const emptied = (log: SpooledLog) => until(() => log.degraded().length === 0)

test('while the log is away everything is acknowledged from disk, and all of it reaches the log when it is back', async () => {
  const { world, reachable, kept } = await behind()
  const log = await spooled(reachable)
  await log.append(counts(0, 5))
  expect([log.status().appended, log.degraded()]).toEqual([{ log: 5, spool: 0 }, []])
  world.how = 'down'
  for (const n of range(5, 50)) await log.append(counts(n, n + 1))
  expect(log.status()).toMatchObject({ records: 45, appended: { log: 5, spool: 45 } })
  expect([log.degraded(), await kept()]).toEqual([['log'], range(0, 5)])
  await log.healthy()
  world.how = 'up'
  await emptied(log)
  expect(await kept()).toEqual(range(0, 50))
  await log.append(counts(50, 51))
  expect(log.status()).toMatchObject({ log: 'closed', drained: 45, appended: { log: 6, spool: 45 } })
})

test('a log that does not answer is waited for once, not by every request', async () => {
  const { world, reachable } = await behind()
  const log = await spooled(reachable, { deadlineMs: 30, breaker: { openMs: 60_000, inARow: 3 } })
  world.how = 'silent'
  // The first to wait in vain open the breaker, and with it all that wait go to the spool.
  await Promise.all(range(0, 20).map((n) => log.append(counts(n, n + 1))))
  expect(log.status()).toMatchObject({ log: 'open', records: 20 })
  const calls = world.calls
  await Promise.all(range(20, 40).map((n) => log.append(counts(n, n + 1))))
  expect(log.status()).toMatchObject({ records: 40 })
  // That of the drain.
  expect(world.calls - calls).toBeLessThan(2)
  world.how = 'down'
  for (const hangUp of world.hangUp) hangUp()
})

test('it starts while the log is away, says so, and connects when it can', async () => {
  const { reachable, kept } = await behind()
  const away = { yes: true }
  const openLog = async () => {
    if (away.yes) throw down()
    return reachable
  }
  const log = await spooled(reachable, { openLog, patienceMs: 1 })
  expect([log.status().log, log.degraded()]).toEqual(['opening', ['log']])
  await log.append(counts(0, 3))
  await expect(log.readToEnd('stops')).rejects.toMatchObject({ code: 'log_down' })
  away.yes = false
  await emptied(log)
  expect(await kept()).toEqual(range(0, 3))
})

test('settings that the log refuses are told at the start, as no waiting mends them', async () => {
  const { reachable } = await behind()
  const openLog = () => Promise.reject(new Fault('config_invalid', 'another number of partitions'))
  await expect(spooled(reachable, { openLog })).rejects.toMatchObject({ code: 'config_invalid' })
})

test('what waited when the process ended goes to the log after the next start', async () => {
  const { world, reachable, kept } = await behind()
  world.how = 'down'
  const first = await spooled(reachable)
  await first.append(counts(0, 2_500))
  await first.close()
  closing.pop()
  const second = await spooled(reachable)
  expect(second.status().records).toBe(2_500)
  world.how = 'up'
  await emptied(second)
  expect(await kept()).toEqual(range(0, 2_500))
})

/** Which stops were acknowledged although nobody can read them in the log. */
async function acknowledgedUnread(log: Pick<Log, 'append'>, ended: () => Promise<number[]>): Promise<number[]> {
  const acknowledged: number[] = []
  for (const n of [1, 2, 3])
    await log.append([stop(n)]).then(
      () => acknowledged.push(n),
      (error) => expect(error).toMatchObject({ code: 'log_down', retryable: true }),
    )
  const read = await ended()
  return acknowledged.filter((n) => !read.includes(n))
}

test('a stop is saved but never acknowledged while the log cannot be read, and goes there before all else', async () => {
  const { world, reachable, ended } = await behind()
  const log = await spooled(reachable)
  world.how = 'down'
  await log.append(counts(0, 10))
  expect(await acknowledgedUnread(log, ended)).toEqual([])
  expect([log.status().records, await ended()]).toEqual([13, []])
  world.how = 'up'
  await emptied(log)
  expect(await ended()).toEqual([1, 2, 3])
  expect(world.order.lastIndexOf('stops')).toBeLessThan(world.order.indexOf('counts'))
  await log.append([stop(4)])
  expect(await ended()).toEqual([1, 2, 3, 4])
})

test('control: a spool that acknowledges stops is found out', async () => {
  const { world, reachable, ended } = await behind()
  const log = await spooled(reachable)
  world.how = 'down'
  const careless = { append: (entries: readonly LogEntry[]) => log.append(entries).catch(() => {}) }
  expect(await acknowledgedUnread(careless, ended)).toEqual([1, 2, 3])
})

test('a spool without space acknowledges nothing and is not ready', async () => {
  const { world, reachable } = await behind()
  const full = Object.assign(new Error('as the system says it'), { code: 'ENOSPC' })
  const disk = { ...nodeDisk, failing: false }
  disk.write = async (...args) => {
    if (disk.failing) throw full
    return nodeDisk.write(...args)
  }
  const log = await spooled(reachable, { disk, breaker: { openMs: 60_000, inARow: 1 } })
  world.how = 'down'
  disk.failing = true
  for (const entries of [counts(0, 1), [stop(1)]])
    await expect(log.append(entries)).rejects.toMatchObject({ code: 'disk_full', status: 503 })
  await expect(log.healthy()).rejects.toMatchObject({ code: 'disk_full' })
  disk.failing = false
  await log.healthy()
})

test('nothing waits for longer than 48 hours, and what is handed on leaves no file behind', async () => {
  const at = { time: Date.now() }
  const { world, reachable, kept } = await behind()
  world.how = 'down'
  const log = await spooled(reachable, { now: () => at.time })
  await log.append(counts(0, 3))
  at.time += 24 * 3_600_000
  await log.append(counts(3, 6))
  expect(log.status().ageSeconds).toBeGreaterThanOrEqual(24 * 3_600)
  at.time += 24 * 3_600_000
  await log.expire(at.time)
  expect(log.status()).toMatchObject({ records: 3, expired: 3 })
  world.how = 'up'
  await emptied(log)
  expect(await kept()).toEqual([3, 4, 5])
  await until(() => log.status().bytes === 0)
  await log.close()
  closing.pop()
  for (const name of await readdir(join(directory, 'spool', 'rest')))
    expect(await readFile(join(directory, 'spool', 'rest', name), 'utf8')).not.toContain('purchase')
})

test('a clock that is set back keeps nobody from the log for longer', async () => {
  const at = { time: Date.now() }
  const { world, reachable } = await behind()
  const log = await spooled(reachable, { now: () => at.time, breaker: { openMs: 20, inARow: 1 } })
  world.how = 'down'
  await log.append(counts(0, 3))
  at.time -= 3_600_000
  world.how = 'up'
  await emptied(log)
  expect(log.status().log).toBe('closed')
})

test('a bug is not put on disk, where it would stand in the way of the rest', async () => {
  const { reachable } = await behind()
  const log = await spooled(reachable)
  await expect(log.append(counts(0, 1, 7))).rejects.toThrow(RangeError)
  expect(log.status().records).toBe(0)
})
