import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import * as z from 'zod'
import { folderDestination } from '../../infra/destinations/folder/folder.ts'
import { defineStatement } from '../../infra/ports/sql.ts'
import { DAY_MS } from '../../schemas/week.ts'
import { openTestSql, type TestSql } from '../../test/engines/test-engines.ts'
import { contactRef, NOW, range, type Seeds, seeds, visitor } from '../../test/fakes/activation.ts'
import { exportNow, openWorld, type World } from '../../test/fakes/activation-run.ts'

let sql: TestSql
let seed: Seeds
let root: string
beforeAll(async () => {
  sql = await openTestSql()
  seed = seeds(sql)
})
afterAll(() => sql.close())
beforeEach(async () => {
  await seed.clear()
  root = mkdtempSync(join(tmpdir(), 'bauta-expiry-'))
})

const people = range(1, 40)
async function open(now: number, readers: readonly number[] = people): Promise<World> {
  const letter = folderDestination({ name: 'letter', root, recipient: 'address', fields: ['first_name'] })
  const deps = { destinations: new Map([['letter', letter]]) }
  const world = await openWorld(sql, { visitors: readers.map((n) => visitor(n)), deps })
  return Object.assign(world, { now })
}
const files = () => readdirSync(join(root, 'solar-readers'))
const filesWith = (text: string) =>
  files().filter(
    (name) => name.endsWith('.csv') && readFileSync(join(root, 'solar-readers', name), 'utf8').includes(text),
  )

test('an erasure leaves nobody in a file, also when the run has forgotten whom it brought out', async () => {
  await seed.members(people)
  await exportNow(await open(NOW))
  const later = await open(NOW + 32 * DAY_MS, people.slice(1))
  await exportNow(later)
  await later.activation.tick()
  await seed.said(1, { kind: 'erased', purpose: 'all', voice: 'operator', method: 'erasure' })
  await later.activation.tick()
  expect(filesWith('p1@example.org')).toEqual([])
  expect(filesWith('p2@example.org')).toHaveLength(1)
})

test('files stay as long as the rows of their run do', async () => {
  await seed.members(people)
  const { run } = await exportNow(await open(NOW))
  await (await open(NOW + 29 * DAY_MS)).activation.tick()
  expect(files().sort()).toEqual([`${run}.csv`, `${run}.json`])
  await (await open(NOW + 31 * DAY_MS)).activation.tick()
  expect(files()).toEqual([])
  expect((await seed.all('runs.batches')).every((batch) => batch.run !== run)).toBe(true)
})

test('a removal that is owed keeps the file until it is out, and then the file goes too', async () => {
  await seed.members(people)
  const world = await open(NOW)
  const { run } = await exportNow(world)
  await seed.said(1, { kind: 'withdrawn', purpose: 'P4' })
  const down = folderDestination({ name: 'letter', root, recipient: 'address', fields: [] })
  const deps = { destinations: new Map([['letter', { ...down, deliver: async () => 'unknown' as const }]]) }
  const stuck = Object.assign(await openWorld(sql, { deps }), { now: NOW + 31 * DAY_MS })
  await stuck.activation.tick()
  expect(files().sort()).toEqual([`${run}.csv`, `${run}.json`])
  await seed.leasesRunOut()
  await (await open(NOW + 31 * DAY_MS)).activation.tick()
  expect(files()).toEqual([])
})

const withdraw = defineStatement({
  name: 'withdraw',
  sql: "UPDATE links.links SET ending = 'withdraw' WHERE contact = $c::uuid",
  params: z.object({ c: z.string() }),
  row: z.unknown(),
})

test('devices are forgotten once no visitor id of then lives and no signal of then counts', async () => {
  await seed.member(1)
  await sql.links.run(withdraw, { c: contactRef(1) })
  await (await open(NOW)).activation.tick()
  for (const days of [0, 65 * 7]) {
    await (await open(NOW + days * DAY_MS)).activation.tick()
    expect(await seed.all('links.former')).toHaveLength(1)
  }
  await (await open(NOW + (65 * 7 + 1) * DAY_MS)).activation.tick()
  expect(await seed.all('links.former')).toEqual([])
  expect(await seed.all('links.links')).toEqual([])
})
