import { randomUUID } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type CsvRow, readCsv, scanCsv } from './csv.ts'

const folder = mkdtempSync(join(tmpdir(), 'bauta-csv-'))
function fileOf(content: string | Buffer): string {
  const file = join(folder, `${randomUUID()}.csv`)
  writeFileSync(file, content)
  return file
}

async function read(content: string | Buffer): Promise<{ header: readonly string[]; rows: CsvRow[] }> {
  const file = fileOf(content)
  const scan = await scanCsv(file, 'detect')
  const rows: CsvRow[] = []
  for await (const row of readCsv(file, scan)) rows.push(row)
  expect(scan.rows).toBe(rows.length)
  return { header: scan.header, rows }
}

test('comma or semicolon, BOM or none, any line end, quotes and empty lines', async () => {
  const expected = { header: ['id', 'name'], rows: [{ line: 2, cells: ['1', 'Ärger, groß; "so"'] }] }
  expect(await read('id,name\n1,"Ärger, groß; ""so"""\n')).toEqual(expected)
  expect(await read('\ufeffid;name\r\n1;"Ärger, groß; ""so"""\r\n\r\n')).toEqual(expected)
  expect(await read('"id";"name"\n1;"Ärger, groß; ""so"""')).toEqual(expected)
  expect((await read('id;"Name, Vorname"\n')).header).toEqual(['id', 'Name, Vorname'])
})

test('lines are counted as an editor counts them', async () => {
  const { rows } = await read('id,note\n1,"two\nlines"\n\n2,x\n')
  expect(rows.map(({ line }) => line)).toEqual([3, 5])
})

test('a row keeps the number of cells it has', async () => {
  const { rows } = await read('a,b\n1\n1,2,3\n')
  expect(rows.map(({ cells }) => cells.length)).toEqual([1, 3])
})

test('what cannot be read is refused with its line, and without its content', async () => {
  const cases: [string | Buffer, RegExp][] = [
    ['', /file is empty/],
    ['\ufeff', /file is empty/],
    ['id,name\n1,"secret\n2,x\n', /never closed/],
    ['id,name\n1,"secret"x\n', /line 2: .*closing quote/],
    ['id,name\n1,se"cret\n', /line 2: a quote stands inside/],
    [`id,name\n1,${'secret '.repeat(40_000)}\n`, /longer than 262144/],
    [Buffer.from('id,name\n1,Müller\n2,secret\n', 'latin1'), /not UTF-8: line 2, byte 11 .*windows-1252/],
    [Buffer.concat([Buffer.from('a,b\n1,�\n3,'), Buffer.from([0xc3])]), /not UTF-8: line 3, byte 12/],
    [Buffer.from('\ufeffid,name\n', 'utf16le'), /not UTF-8: line 1, byte 0/],
  ]
  for (const [content, reason] of cases) {
    const refusal = read(content)
    await expect(refusal).rejects.toMatchObject({ code: 'invalid', message: expect.stringMatching(reason) })
    await expect(refusal).rejects.toMatchObject({ message: expect.not.stringContaining('secret') })
  }
})

test('a character may lie across two chunks of the file', async () => {
  const text = `id,name\n${Array.from({ length: 20_000 }, (_, at) => `${at},äöüß€😀\n`).join('')}`
  const { rows } = await read(text)
  expect(new Set(rows.map(({ cells }) => cells[1]))).toEqual(new Set(['äöüß€😀']))
})
