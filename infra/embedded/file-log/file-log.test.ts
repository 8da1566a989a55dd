import { appendFile, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { count, counts, numbers, range } from '../../../test/fakes/counts.ts'
import type { Log } from '../../ports/log.ts'
import { type Disk, nodeDisk } from './disk.ts'
import { type FileLogConfig, openFileLog } from './file-log.ts'
import { encodeFrames } from './frame.ts'

const HOUR_MS = 3_600_000
/** It stands still, as a file ends with its hour. */
const NOW = Date.UTC(2026, 10, 2, 9, 30)

let path: string
let opened: Log[]
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'bauta-log-'))
  opened = []
})
afterEach(async () => {
  for (const log of opened) await log.close()
  await rm(path, { recursive: true })
})

async function open(config: Partial<FileLogConfig> = {}): Promise<Log> {
  const log = await openFileLog({ path, partitions: 1, lingerMs: 1, retryMs: 1, now: () => NOW, ...config })
  opened.push(log)
  return log
}
const files = async () => (await readdir(join(path, 'counts', '0'))).map((name) => join(path, 'counts', '0', name))
const lastFile = async () => (await files()).at(-1) ?? ''
const kept = async (log: Log) => numbers((await log.readToEnd('counts')).records)

/** A disk that does what is asked of it until it is told to fail. */
function failingDisk() {
  const failing = { write: '', sync: '', failed: 0 }
  const failure = (code: string) => Object.assign(new Error('as the system says it'), { code })
  const disk: Disk = {
    ...nodeDisk,
    async write(file, bytes, position, of) {
      if (failing.write === '') return nodeDisk.write(file, bytes, position, of)
      // A disk that fills up takes what still fits.
      await nodeDisk.write(file, bytes.subarray(0, bytes.length >> 1), position, of)
      throw failure(failing.write)
    },
    async sync(file, of) {
      if (failing.sync === '') return nodeDisk.sync(file, of)
      failing.failed += 1
      throw failure(failing.sync)
    },
  }
  return { disk, failing }
}

test('a full disk acknowledges nothing, says so, and the log goes on when there is space', async () => {
  const { disk, failing } = failingDisk()
  const log = await open({ disk })
  await log.append(counts(0, 3))
  const whole = await readFile(await lastFile())
  failing.write = 'ENOSPC'
  const full = { code: 'disk_full', retryable: true, message: expect.stringContaining('nothing was acknowledged') }
  await expect(log.append(counts(3, 6))).rejects.toMatchObject(full)
  expect(await readFile(await lastFile())).toEqual(whole)
  await expect(log.healthy()).rejects.toMatchObject({ code: 'disk_full' })
  failing.write = ''
  await log.healthy()
  await log.append(counts(6, 9))
  expect(await kept(log)).toEqual([0, 1, 2, 6, 7, 8])
  await log.close()
  expect(await kept(await open())).toEqual([0, 1, 2, 6, 7, 8])
})

test('a failed sync is never believed afterwards: the log goes on in another file, and reads none of what failed', async () => {
  const { disk, failing } = failingDisk()
  const log = await open({ disk })
  for (const from of [0, 3]) {
    failing.sync = 'EIO'
    await expect(log.append(counts(90, 99))).rejects.toMatchObject({ code: 'log_down' })
    failing.sync = ''
    await log.append(counts(from, from + 3))
  }
  const [first, second, ...none] = await files()
  expect([first, second, none]).toEqual([expect.any(String), expect.any(String), []])
  await log.close()
  // As if the truncation had not reached the disk either.
  await appendFile(first ?? '', encodeFrames([JSON.stringify(count(99))]))
  expect(await kept(await open())).toEqual(range(0, 6))
})

test('a consumer waits out a disk that refuses its position, and loses nothing', async () => {
  const { disk, failing } = failingDisk()
  const log = await open({ disk })
  await log.append(counts(0, 5))
  const got: number[] = []
  const each = async ({ records }: { records: readonly { id: string }[] }) => void got.push(...numbers(records))
  const consumer = await log.consume({ group: 'store', topics: ['counts'], maxRecords: 2, each })
  failing.sync = 'EIO'
  const caughtUp = consumer.caughtUp()
  while (failing.failed < 2) await new Promise(setImmediate)
  failing.sync = ''
  await caughtUp
  expect(got.sort()).toEqual(range(0, 5))
})

test('a torn tail is cut off, and numbers go on behind what is whole', async () => {
  const log = await open()
  await log.append(counts(0, 3))
  const { upTo } = await log.readToEnd('counts')
  await log.close()
  const whole = await readFile(await lastFile())
  const torn = encodeFrames([JSON.stringify(count(3))])
  await appendFile(await lastFile(), torn.subarray(0, torn.length - 1))
  const mended = await open()
  expect(await mended.readToEnd('counts')).toMatchObject({ upTo })
  expect(await readFile(await lastFile())).toEqual(whole)
  await mended.append(counts(4, 5))
  expect(numbers((await mended.readToEnd('counts', upTo)).records)).toEqual([4])
})

test('damage before acknowledged records is named with the way out, and given up only by an operator', async () => {
  const log = await open({ segmentBytes: 200 })
  for (const n of range(0, 6)) await log.append(counts(n, n + 1))
  await log.close()
  const [sealed = ''] = await files()
  const bytes = await readFile(sealed)
  bytes[bytes.length - 5] = 0
  await writeFile(sealed, bytes)

  const damaged = await open({ segmentBytes: 200 })
  const message = expect.stringMatching(/^\S+\.log is damaged at byte \d+, .* rename it to \d+\.lost/)
  await expect(damaged.readToEnd('counts')).rejects.toMatchObject({ code: 'log_down', message })
  const got: number[] = []
  const each = async ({ records }: { records: readonly { id: string }[] }) => void got.push(...numbers(records))
  const options = { group: 'store', topics: ['counts'] as const, maxRecords: 100, each }
  const consumer = await damaged.consume(options)
  await expect(consumer.stopped).rejects.toMatchObject({ message })
  await damaged.close()

  await rename(sealed, sealed.replace(/log$/, 'lost'))
  const given = await open({ segmentBytes: 200 })
  const left = await kept(given)
  expect(left).toEqual([0, 2, 3, 4, 5])
  const again = await given.consume(options)
  await again.caughtUp()
  expect(got).toEqual(left)
})

test('a file ends when it is full, and with its hour', async () => {
  let time = NOW
  const log = await open({ now: () => time, segmentBytes: 1000 })
  await log.append(counts(0, 1))
  await log.append(counts(1, 2))
  expect(await files()).toHaveLength(1)
  time += HOUR_MS
  await log.append(counts(2, 3))
  expect(await files()).toHaveLength(2)
  await log.append(counts(3, 20))
  await log.append(counts(20, 21))
  expect(await files()).toHaveLength(3)
  expect(await kept(log)).toEqual(range(0, 21))
})

test('numbers never start over: a log made anew names no range that the last one named', async () => {
  let time = NOW
  const first = await open({ now: () => time })
  await first.append(counts(0, 100))
  const { upTo } = await first.readToEnd('counts')
  await first.close()
  await rm(join(path, 'counts'), { recursive: true })
  time += 1000
  const second = await open({ now: () => time })
  expect((await second.readToEnd('counts')).upTo[0]).toBeGreaterThan(upTo[0] ?? 0)
})

test('numbers go on after all records have expired', async () => {
  const log = await open()
  await log.append(counts(0, 10))
  const { upTo } = await log.readToEnd('counts')
  await log.expire(NOW + 50 * HOUR_MS)
  await log.close()
  expect(await (await open()).readToEnd('counts')).toEqual({ upTo, records: [] })
})

test('another number of partitions is refused, as visitors would move between them', async () => {
  await (await open({ partitions: 2 })).close()
  await expect(open({ partitions: 3 })).rejects.toMatchObject({ code: 'config_invalid' })
})

test('the order within a group tells nothing of the order of arrival', async () => {
  const log = await open()
  await log.append(counts(0, 100))
  const { records } = await log.readToEnd('counts')
  const order = records.map(({ id }) => Number.parseInt(id, 16))
  expect(numbers(records)).toEqual(range(0, 100))
  expect(order).not.toEqual(range(0, 100))
})

test('a file holds lengths, checksums and records, and nothing of when they came', async () => {
  const log = await open()
  await log.append(counts(0, 1))
  const bytes = await readFile(await lastFile())
  expect(JSON.parse(bytes.subarray(8).toString())).toEqual(count(0))
})
