import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { readEnvironment } from '../../infra/process/environment.ts'
import { DAY_MS, WEEK_MS } from '../../schemas/week.ts'
import { importVisits } from './import-visits.ts'
import { outputTo } from './output.ts'
import { shiftTo } from './replay-visits.ts'

const root = mkdtempSync(join(tmpdir(), 'bauta-import-visits-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const file = join(root, 'visits.ndjson')
writeFileSync(file, '{"visitor": 1, "t": "2015-05-17T10:05:03Z", "path": "/"}\n')
const empty = join(root, 'empty.ndjson')
writeFileSync(empty, 'no page view\n')

function imported(change: { file?: string; site?: string } = {}) {
  const BAUTA_CONFIG = fileURLToPath(new URL('../demo/bauta.yaml', import.meta.url))
  const settings = readEnvironment({ BAUTA_DATA: 'data', BAUTA_CONFIG }, root)
  const output = outputTo(process.stdout, process.stderr, false)
  return importVisits({ settings, output, file, site: 'demo', clock: Date.now, ...change })
}

test('what cannot be replayed is refused before anything is made', async () => {
  await expect(imported({ site: 'elsewhere' })).rejects.toMatchObject({ code: 'not_found' })
  await expect(imported({ file: join(root, 'nothing') })).rejects.toMatchObject({ code: 'invalid' })
  await expect(imported({ file: empty })).rejects.toMatchObject({ code: 'invalid' })
  mkdirSync(join(root, 'data-visits', 'log'), { recursive: true })
  await expect(imported()).rejects.toMatchObject({ code: 'conflict' })
  expect([existsSync(join(root, 'data')), existsSync(join(root, 'data-visits.kek'))]).toEqual([false, false])
})

test('times move by whole weeks, as far as they can without lying ahead', () => {
  const now = Date.UTC(2026, 10, 22, 12)
  expect(shiftTo(now, now)).toBe(0)
  expect(shiftTo(now, now + 1)).toBe(-WEEK_MS)
  expect(shiftTo(now, now - 20 * DAY_MS)).toBe(2 * WEEK_MS)
})
