import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'
import { readVisits, type VisitLine } from './read-visits.ts'

const root = mkdtempSync(join(tmpdir(), 'bauta-read-visits-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const lines = [
  '{"visitor": 7, "t": "2015-05-17T10:05:03Z", "path": "/ä", "referrer": "https://a.example/", "ua": "x", "more": 1}',
  '{"visitor": 7, "t": "2015-05-17T10:0',
  '{"visitor": 7, "t": "yesterday", "path": "/"}',
  '',
  '{"visitor": 8, "t": "2015-05-17T12:05:03+02:00", "path": "/"}',
]
const expected = [
  {
    number: 1,
    visit: { visitor: 7, t: Date.UTC(2015, 4, 17, 10, 5, 3), path: '/ä', referrer: 'https://a.example/', ua: 'x' },
  },
  { number: 2, visit: undefined },
  { number: 3, visit: undefined },
  { number: 5, visit: { visitor: 8, t: Date.UTC(2015, 4, 17, 10, 5, 3), path: '/', referrer: '', ua: '' } },
]

async function all(file: string): Promise<VisitLine[]> {
  const found: VisitLine[] = []
  for await (const line of readVisits(file)) found.push(line)
  return found
}

async function read(name: string, content: string | Uint8Array) {
  const file = join(root, name)
  writeFileSync(file, content)
  return all(file)
}

test('plain and gzipped files say the same, with each line that is no page view by its number', async () => {
  expect(await read('plain.ndjson', lines.join('\n'))).toEqual(expected)
  expect(await read('zipped.ndjson.gz', gzipSync(`${lines.join('\n')}\n`))).toEqual(expected)
})

test('a file that was cut off is not half a file: it is none', async () => {
  const whole = gzipSync(lines.join('\n'))
  await expect(read('cut.gz', whole.subarray(0, whole.length - 10))).rejects.toMatchObject({ code: 'invalid' })
  await expect(all(join(root, 'gone.gz'))).rejects.toMatchObject({ code: 'invalid' })
})
