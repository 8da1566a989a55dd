/** A disk that is really full: a small tmpfs. Nothing that was acknowledged is lost, and there is room for more when there is room. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeDurably } from '../../infra/durable-file.ts'
import { openFileLog } from '../../infra/embedded/file-log/file-log.ts'
import { counts, numbers, range } from '../fakes/counts.ts'

const MEGABYTES = 8
const LATER = 1_000_000
let disk: string
let mounted = false
beforeEach(() => {
  disk = mkdtempSync(join(tmpdir(), 'bauta-small-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${MEGABYTES}m`, 'tmpfs', disk], { stdio: 'ignore' })
    mounted = true
  } catch {
    mounted = false
  }
})
afterEach(() => {
  if (mounted) execFileSync('umount', [disk])
  rmSync(disk, { recursive: true, force: true })
})

test('what was acknowledged before the disk was full is there, what was refused is not, and later it goes on', async ({
  skip,
}) => {
  if (!mounted) skip('mounting a small disk needs root on Linux')
  const log = await openFileLog({ path: join(disk, 'log'), partitions: 1 })
  const ballast = join(disk, 'ballast')
  writeFileSync(ballast, Buffer.alloc((MEGABYTES - 1) * 2 ** 20))
  const acknowledged: number[] = []
  let refusal: unknown
  for (let n = 0; !refusal && n < 20_000; n += 100)
    await log.append(counts(n, n + 100)).then(
      () => acknowledged.push(...range(n, n + 100)),
      (error: unknown) => {
        refusal = error
      },
    )
  expect(refusal).toMatchObject({ code: 'disk_full', retryable: true })
  expect(acknowledged.length).toBeGreaterThan(0)
  rmSync(ballast)
  await log.append(counts(LATER, LATER + 1))
  await log.close()

  const again = await openFileLog({ path: join(disk, 'log'), partitions: 1 })
  const { records } = await again.readToEnd('counts')
  expect(numbers(records)).toEqual([...acknowledged, LATER])
  await again.close()
})

test('a file that the disk has no room for leaves the one before as it was', ({ skip }) => {
  if (!mounted) skip('mounting a small disk needs root on Linux')
  const file = join(disk, 'keys.json')
  writeDurably(file, 'the one before', 0o600)
  expect(() => writeDurably(file, 'x'.repeat(2 * MEGABYTES * 2 ** 20), 0o600)).toThrow('ENOSPC')
  expect(readFileSync(file, 'utf8')).toBe('the one before')
})
