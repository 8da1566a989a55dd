import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type ImportedKind, noteImported } from '../../infra/control/imported.ts'
import { Fault } from '../../schemas/fault.ts'
import { openTestSql, type TestSql } from '../../test/engines/test-engines.ts'
import { quiet, type Seeds, seeds, testConfig } from '../../test/fakes/activation.ts'
import type { RunRow } from './queries/runs.ts'
import { openSchedules } from './schedule.ts'

let sql: TestSql
let seed: Seeds
beforeAll(async () => {
  sql = await openTestSql()
  seed = seeds(sql)
})
afterAll(() => sql.close())
beforeEach(() => seed.clear())

const nightly = { audience: 'solar-readers', cron: '30 2 * * *', timezone: 'Europe/Berlin' }
async function open(schedules: object, from: string) {
  const started: string[] = []
  const world = { now: Date.parse(from), started, held: false }
  const start = async (audience: string, by: string) => {
    if (world.held) throw new Fault('conflict', 'a run is held')
    started.push(`${by}: ${audience}`)
    return {} as RunRow
  }
  const config = testConfig({ schedules })
  const opened = await openSchedules({ control: sql.control, config, start, clock: () => world.now, logger: quiet })
  const at = async (time: string) => {
    world.now = Date.parse(time)
    await opened.tick()
    return started.length
  }
  const imported = (kind: ImportedKind) => noteImported({ control: sql.control, config, clock: () => world.now }, kind)
  return Object.assign(world, { at, imported, schedules: opened })
}

test('a time is that of its zone, in summer and in winter, and comes once', async () => {
  const { at, schedules, started } = await open({ nightly }, '2026-10-23T12:00:00Z')
  expect((await schedules.list())[0]).toMatchObject({
    name: 'nightly',
    next: ['2026-10-24T00:30:00.000Z', '2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'],
  })
  expect(await at('2026-10-24T00:29:59Z')).toBe(0)
  expect(await at('2026-10-24T00:30:00Z')).toBe(1)
  expect(await at('2026-10-24T00:31:00Z')).toBe(1)
  expect(started).toEqual(['schedule nightly: solar-readers'])
})

test('a time that passed while nobody was there is reported; within the hour it is made up for', async () => {
  const first = await open({ nightly }, '2026-11-01T12:00:00Z')
  expect(await first.at('2026-11-02T02:15:00Z')).toBe(1)
  const later = await open({ nightly }, '2026-11-05T08:00:00Z')
  expect(await later.at('2026-11-05T08:00:00Z')).toBe(0)
  expect((await later.schedules.list())[0]).toMatchObject({ missed: '2026-11-05T01:30:00.000Z' })
  expect(await later.at('2026-11-06T01:30:05Z')).toBe(1)
})

test('after an import it begins; while another run is held the import stays due', async () => {
  const world = await open({ fresh: { audience: 'solar-readers', afterImport: 'contacts' } }, '2026-11-01T12:00:00Z')
  await world.imported('orders')
  expect(await world.at('2026-11-01T12:00:01Z')).toBe(0)
  await world.imported('contacts')
  world.held = true
  expect(await world.at('2026-11-01T12:00:02Z')).toBe(0)
  expect((await world.schedules.list())[0]).toMatchObject({ importDue: true })
  world.held = false
  expect(await world.at('2026-11-01T12:00:03Z')).toBe(1)
  expect(await world.at('2026-11-01T12:00:04Z')).toBe(1)
})

test('paused it begins nothing, and shows no next time', async () => {
  const { at, schedules } = await open({ nightly }, '2026-11-01T12:00:00Z')
  await schedules.setPaused('nightly', true, 'mia')
  expect((await schedules.list())[0]).toMatchObject({ paused: true, next: [] })
  expect(await at('2026-11-02T01:30:00Z')).toBe(0)
  await schedules.setPaused('nightly', false, 'mia')
  expect(await at('2026-11-02T01:31:00Z')).toBe(1)
  expect((await seed.all('control.audit')).map(({ act }) => act)).toEqual(['schedules.pause', 'schedules.resume'])
})

test('a time that is none is refused with its schedule’s name', async () => {
  await expect(open({ nightly: { ...nightly, cron: '99 * * * *' } }, '2026-11-01T12:00:00Z')).rejects.toThrow(
    /schedules.nightly: "99/,
  )
  await expect(open({ nightly: { ...nightly, timezone: 'Nowhere' } }, '2026-11-01T12:00:00Z')).rejects.toThrow(
    /Nowhere/,
  )
})
