import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openTestSql, type TestSql } from '../../test/engines/test-engines.ts'
import { fakeDestination, range, type Seeds, seeds, testConfig, visitor } from '../../test/fakes/activation.ts'
import { call, exportNow, openWorld, type World } from '../../test/fakes/activation-run.ts'

let sql: TestSql
let seed: Seeds
let world: World
beforeAll(async () => {
  sql = await openTestSql()
  seed = seeds(sql)
})
afterAll(() => sql.close())
beforeEach(async () => {
  await seed.clear()
  await seed.members(range(1, 24))
  const config = testConfig({ schedules: { nightly: { audience: 'solar-readers', cron: '0 3 * * *' } } })
  const deps = {
    config,
    destinations: new Map([
      ['letter', fakeDestination('letter')],
      ['esp', fakeDestination('esp')],
    ]),
  }
  world = await openWorld(sql, { visitors: range(1, 24).map((n) => visitor(n)), deps })
})

const mine = {
  site: 'demo',
  selection: { all: [{ source: 'crm' }, { attribute: 'first_name', exists: true }] },
  segment: { all: [{ segment: 'solar' }, { seen: { weeks: 2 } }] },
  destination: 'letter',
  fields: ['first_name'],
  interests: 1,
  minimum: 20,
}

test('an audience can be written, read, previewed, tried dry and deleted, and each stands in the audit', async () => {
  expect((await call(world, 'PUT', '/audiences/mine', mine)).status).toBe(200)
  expect((await call(world, 'GET', '/audiences/mine')).body).toMatchObject({ ...mine, name: 'mine', from: 'api' })
  const waterfall = {
    selected: 24,
    notLocked: 24,
    notSuppressed: 24,
    mayMail: 24,
    mayMerge: 24,
    linked: 24,
    inSegment: 24,
  }
  expect((await call(world, 'POST', '/audiences/mine/preview')).body).toEqual({
    audience: 'mine',
    exact: true,
    minimum: 20,
    waterfall,
    hidden: null,
  })
  const dry = (await call(world, 'POST', '/runs', { audience: 'mine', dryRun: true })).body
  expect(dry).toMatchObject({ waterfall, sample: Array(5).fill({ interests: [{ band: 'medium' }], fields: {} }) })
  expect(JSON.stringify(dry)).not.toContain('@')
  expect((await call(world, 'DELETE', '/audiences/mine')).status).toBe(200)
  expect((await call(world, 'GET', '/audiences/mine')).status).toBe(404)
  const acts = (await seed.all('control.audit')).map(({ act, actor }) => `${actor} ${act}`)
  expect(acts).toEqual(
    expect.arrayContaining([
      'mia audiences.write',
      'mia audiences.preview',
      'mia audiences.dry_run',
      'mia audiences.delete',
    ]),
  )
})

test('of a few selected people only who may read consents learns what they agreed to, in a preview, a dry run and a held run', async () => {
  const one = { ...mine, selection: { attribute: 'first_name', equals: 'Ada7' } }
  await call(world, 'PUT', '/audiences/one', one)
  const { run } = (await call(world, 'POST', '/runs', { audience: 'one' })).body
  const asks = [
    ['POST', '/audiences/one/preview'],
    ['POST', '/audiences/one/dry-run'],
    ['GET', `/runs/${run}`],
  ] as const
  const later = { notLocked: null, notSuppressed: null, mayMail: null, mayMerge: null, linked: null, inSegment: null }
  const reason = 'fewer than 20 people are selected, so nothing more is said of them'
  for (const [method, path] of asks) {
    expect((await call(world, method, path)).body).toMatchObject({
      waterfall: { selected: 1, ...later },
      hidden: reason,
    })
    const exact = { waterfall: { selected: 1, mayMerge: 1, inSegment: 1 }, hidden: null }
    const role = method === 'GET' ? 'privacy' : 'admin'
    expect((await call(world, method, path, undefined, role)).body).toMatchObject(exact)
  }
  expect((await call(world, 'GET', '/runs?audience=one')).body).toMatchObject([{ waterfall: later, hidden: reason }])
  expect((await call(world, 'POST', `/runs/${run}/approve`)).status).toBe(422)
  const kept = await seed.all('runs.runs')
  expect(kept.find((each) => each.run === run)).toMatchObject({ waterfall: { inSegment: 1 } })
})

test('from the first step on that fewer than the minimum reach, numbers are hidden', async () => {
  for (const n of range(1, 6)) await seed.said(n, { kind: 'withdrawn', purpose: 'P4' })
  await call(world, 'PUT', '/audiences/mine', mine)
  expect((await call(world, 'POST', '/audiences/mine/preview')).body).toMatchObject({
    waterfall: { selected: 24, mayMail: 24, mayMerge: null, linked: null, inSegment: null },
    hidden: 'mayMerge and what comes after it: fewer than 20 people',
  })
})

test('what the file names is read-only', async () => {
  expect((await call(world, 'PUT', '/audiences/solar-readers', mine)).status).toBe(409)
  expect((await call(world, 'DELETE', '/audiences/solar-readers')).status).toBe(409)
})

test('a wrong audience is refused with all its mistakes by path', async () => {
  const wrong = { ...mine, selection: { any: [{ sorce: 'crm' }] }, segment: { segment: 'solor' }, fields: ['phone'] }
  const { status, body } = await call(world, 'PUT', '/audiences/mine', wrong)
  expect(status).toBe(422)
  const { message } = body.error as { message: string }
  expect(message).toContain('selection: any[0]: there is no condition of sorce')
  expect(message).toContain('segment: segment: no segment is named solor')
  expect(message).toContain('fields: letter may not receive phone')
  expect((await call(world, 'POST', '/runs', { audience: 'nobody' })).status).toBe(404)
})

test('when an audience is deleted, whom it brought out is taken back', async () => {
  await call(world, 'PUT', '/audiences/mine', mine)
  const letter = fakeDestination('letter')
  const deps = { destinations: new Map([['letter', letter]]) }
  const again = await openWorld(sql, { visitors: range(1, 24).map((n) => visitor(n)), deps })
  const { body } = await call(again, 'POST', '/runs', { audience: 'mine' })
  await call(again, 'POST', `/runs/${body.run}/approve`)
  await again.activation.settled()
  expect(letter.holds.size).toBe(24)
  await call(again, 'DELETE', '/audiences/mine')
  await again.activation.tick()
  expect(letter.holds.size).toBe(0)
})

test('an analyst reaches nothing here, and the privacy officer sees runs and starts none', async () => {
  const { run } = await exportNow(world)
  const asks = [
    ['GET', '/audiences'],
    ['GET', '/audiences/solar-readers'],
    ['POST', '/audiences/solar-readers/preview'],
    ['POST', '/audiences/solar-readers/dry-run'],
    ['POST', '/runs'],
    ['GET', '/runs'],
    ['GET', `/runs/${run}`],
    ['POST', `/runs/${run}/approve`],
    ['POST', `/runs/${run}/retry`],
    ['POST', `/runs/${run}/recall`],
    ['GET', '/schedules'],
    ['POST', '/schedules/nightly/run'],
    ['POST', '/schedules/nightly/pause'],
  ] as const
  const body = { audience: 'solar-readers' }
  const statuses = async (role: 'analyst' | 'privacy') => {
    const answers = await Promise.all(
      asks.map(([method, path]) => call(world, method, path, method === 'POST' ? body : undefined, role)),
    )
    return answers
      .map(({ status }, n) => (status === 403 ? undefined : asks[n]?.join(' ')))
      .filter((each) => each !== undefined)
  }
  expect(await statuses('analyst')).toEqual([])
  expect(await statuses('privacy')).toEqual(['GET /runs', `GET /runs/${run}`])
})

test('schedules are listed, paused, resumed and run', async () => {
  expect((await call(world, 'GET', '/schedules')).body).toMatchObject([
    { name: 'nightly', next: [expect.any(String), {}, {}].map(() => expect.any(String)) },
  ])
  expect((await call(world, 'POST', '/schedules/nightly/pause')).body).toMatchObject({ paused: true })
  expect((await call(world, 'POST', '/schedules/nightly/resume')).body).toMatchObject({ paused: false })
  expect((await call(world, 'POST', '/schedules/nightly/run')).body).toMatchObject({ state: 'held', startedBy: 'mia' })
  expect((await call(world, 'POST', '/schedules/none/run')).status).toBe(404)
})

test('every route stands in the OpenAPI document', () => {
  const { paths } = world.activation.api.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 't', version: '1' } })
  expect(Object.keys(paths ?? {}).sort()).toEqual([
    '/audiences',
    '/audiences/{name}',
    '/audiences/{name}/dry-run',
    '/audiences/{name}/preview',
    '/runs',
    '/runs/{run}',
    '/runs/{run}/approve',
    '/runs/{run}/recall',
    '/runs/{run}/retry',
    '/schedules',
    '/schedules/{name}/pause',
    '/schedules/{name}/resume',
    '/schedules/{name}/run',
  ])
})
