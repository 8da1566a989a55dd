import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { beforeEach, expect, test } from 'vitest'
import { MemberRow, RunManifest } from '../../../schemas/audience.ts'
import { folderDestination } from './folder.ts'

const member = (n: number, city = 'Köln') =>
  MemberRow.parse({
    id: `x${String(n).padStart(32, '0')}`,
    interests: [
      { interest: 'energy.solar', band: 'high' },
      { interest: 'garden', band: 'low' },
    ],
    fields: { city },
  })
const manifest = RunManifest.parse({
  audience: 'solar',
  run: 'run-1',
  counts: { mayMerge: 9, linked: 5, inSegment: 4 },
  notices: ['2026-11'],
  fields: ['city'],
})
const nobody = async () => new Set<string>()

let root: string
let folder: ReturnType<typeof folderDestination>
const shipment = { audience: 'solar', run: 'run-1', signal: new AbortController().signal }
const read = (ending: string) => readFileSync(join(root, 'solar', `run-1${ending}`), 'utf8')
const ids = () => (parse(read('.csv'), { columns: true }) as { id: string }[]).map(({ id }) => Number(id.slice(1)))
const upsert = (...people: MemberRow[]) => ({ op: 'upsert', people }) as const

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bauta-exports-'))
  folder = folderDestination({ name: 'letter', root, recipient: 'id', fields: ['city'] })
})

test('nothing is to be seen before the end, and then one file with its hash', async () => {
  await folder.deliver(shipment, 1, upsert(member(1), member(2, '=1+1, "x"\n')))
  expect(readdirSync(join(root, 'solar'))).toEqual(['run-1.parts'])
  await folder.finish?.(shipment, manifest, nobody)
  expect(readdirSync(join(root, 'solar')).sort()).toEqual(['run-1.csv', 'run-1.json'])
  expect(parse(read('.csv'), { columns: true })).toEqual([
    { id: member(1).id, interests: 'energy.solar:high|garden:low', city: 'Köln' },
    { id: member(2).id, interests: 'energy.solar:high|garden:low', city: `'=1+1, "x"\n` },
  ])
  const sha256 = createHash('sha256').update(read('.csv')).digest('hex')
  expect(JSON.parse(read('.json'))).toEqual({ ...manifest, file: 'run-1.csv', rows: 2, sha256 })
})

test('a batch said again replaces its first attempt, and batches stand in their order', async () => {
  await folder.deliver(shipment, 2, upsert(member(3)))
  await folder.deliver(shipment, 1, upsert(member(1), member(2)))
  await folder.deliver(shipment, 1, upsert(member(2)))
  await folder.finish?.(shipment, manifest, nobody)
  expect(ids()).toEqual([2, 3])
})

test('who is taken off before the end, or named by the last look, is not in the file, even if named by the very last', async () => {
  await folder.deliver(shipment, 1, upsert(...[1, 2, 3, 4].map((n) => member(n))))
  await folder.deliver(shipment, 2, { op: 'remove', people: [member(1)] })
  let looks = 0
  const withdrawing = async () => {
    looks += 1
    return new Set<string>([member(2).id, ...(looks > 1 ? [member(3).id] : [])])
  }
  await folder.finish?.(shipment, manifest, withdrawing)
  expect(ids()).toEqual([4])
  expect(looks).toBe(3)
})

test('who withdraws after the end is taken out of the file and named in another', async () => {
  await folder.deliver(shipment, 1, upsert(member(1), member(2, 'Bad\nHonnef'), member(3)))
  await folder.finish?.(shipment, manifest, nobody)
  const recall = { ...shipment, run: 'recall-1' }
  await folder.deliver(recall, 1, { op: 'remove', people: [member(2)] })
  await folder.deliver(recall, 2, { op: 'remove', people: [member(3)] })
  expect(ids()).toEqual([1])
  expect(readdirSync(join(root, 'solar')).sort()).toEqual(['run-1.csv', 'run-1.json', 'run-1.recall.csv'])
  expect(read('.recall.csv')).toBe(`id\n${member(2).id}\n${member(3).id}\n`)
  expect(JSON.parse(read('.json'))).toMatchObject({ rows: 1 })
})

test('who is taken out by two at once, here or in a process that shares the folder, stays out', async () => {
  const many = Array.from({ length: 60 }, (_, n) => member(n + 1))
  await folder.deliver(shipment, 1, upsert(...many))
  await folder.finish?.(shipment, manifest, nobody)
  const other = folderDestination({ name: 'letter', root, recipient: 'id', fields: ['city'] })
  const takeOut = (n: number) =>
    (n % 2 === 0 ? folder : other).deliver({ ...shipment, run: `run-${n}` }, n, { op: 'remove', people: [member(n)] })
  await Promise.all(many.slice(0, 50).map((_, n) => takeOut(n + 1)))
  expect(ids()).toEqual([51, 52, 53, 54, 55, 56, 57, 58, 59, 60])
  expect(read('.recall.csv').trim().split('\n')).toHaveLength(51)
  expect(JSON.parse(read('.json'))).toMatchObject({ rows: 10 })
  expect(readdirSync(root)).toEqual(['solar'])
})

test('who is taken out of earlier files while one comes to its end is in none', async () => {
  await folder.deliver(shipment, 1, upsert(member(1), member(2)))
  let taking: Promise<unknown> | undefined
  const lastLook = async () => {
    taking ??= folder.deliver({ ...shipment, run: 'run-0' }, 2, { op: 'remove', people: [member(1)] })
    await Promise.race([taking, new Promise((resolve) => setTimeout(resolve, 100))])
    return new Set<string>()
  }
  await folder.finish?.(shipment, manifest, lastLook)
  await taking
  expect(ids()).toEqual([2])
})

test('nothing is written any more for a shipment that is to stop', async () => {
  const stopped = { ...shipment, signal: AbortSignal.abort() }
  expect(await folder.deliver(stopped, 1, upsert(member(1)))).toBe('unknown')
  await folder.deliver(shipment, 1, upsert(member(2)))
  const stopping = new AbortController()
  const lastLook = async () => {
    stopping.abort(new Error('closing'))
    return new Set<string>()
  }
  await expect(folder.finish?.({ ...shipment, signal: stopping.signal }, manifest, lastLook)).rejects.toThrow('closing')
  expect(readdirSync(join(root, 'solar'))).toEqual(['run-1.parts'])
  await folder.finish?.(shipment, manifest, nobody)
  expect(ids()).toEqual([2])
})

test('what runs left is deleted once their rows are not kept, whatever its file time; of unknown runs what is old', async () => {
  const of = (run: string) => ({ ...shipment, run })
  for (const run of ['old', 'recalled', 'kept', 'unknown', 'lost']) {
    await folder.deliver(of(run), 1, upsert(member(1), member(2)))
    await folder.finish?.(of(run), manifest, nobody)
  }
  await folder.deliver(of('failed'), 1, upsert(member(3)))
  writeFileSync(join(root, 'solar', 'old.csv.draft'), 'id')
  writeFileSync(join(root, 'solar', 'notes.txt'), 'mine')
  for (const run of ['old', 'kept', 'lost'])
    for (const ending of ['csv', 'json']) utimesSync(join(root, 'solar', `${run}.${ending}`), 1, 1)
  await folder.deliver(of('later'), 1, { op: 'remove', people: [member(2)] })
  for (const ending of ['csv', 'json', 'recall.csv']) utimesSync(join(root, 'solar', `lost.${ending}`), 1, 1)

  const rows = new Map([...['old', 'recalled', 'failed'].map((run) => [run, false] as const), ['kept', true] as const])
  const asked: string[] = []
  const keptRuns = async (runs: readonly string[]) => {
    asked.push(...runs)
    return rows
  }
  await folder.expire?.(Date.now() - 60_000, keptRuns, shipment.signal)
  const left = ['kept', 'unknown'].flatMap((run) => [`${run}.csv`, `${run}.json`, `${run}.recall.csv`])
  expect(readdirSync(join(root, 'solar')).sort()).toEqual([...left, 'notes.txt'].sort())
  expect(asked.sort()).toEqual(['failed', 'kept', 'lost', 'old', 'recalled', 'unknown'])
  expect(readdirSync(root)).toEqual(['solar'])
})
