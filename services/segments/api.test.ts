import { Hono } from 'hono'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditOf } from '../../infra/control/audit.ts'
import { openMemoryCache } from '../../infra/embedded/memory-cache.ts'
import type { AdminEnv } from '../../infra/listeners/admin-api.ts'
import { answerError } from '../../infra/listeners/http.ts'
import type { Store } from '../../infra/ports/store.ts'
import type { Role } from '../../schemas/role.ts'
import { dayOf, weekStart } from '../../schemas/week.ts'
import { openTestSql, openTestStore, type TestSql } from '../../test/engines/test-engines.ts'
import { house, NOW, WEEK, webPseudonym } from '../../test/fakes/web-records.ts'
import { takeSnapshot } from '../profiles/upkeep/take-snapshot.ts'
import { segmentsApi } from './api.ts'
import { segmentDefinitions } from './definitions.ts'

let store: Store
let sql: TestSql
beforeAll(async () => {
  ;[store, sql] = await Promise.all([openTestStore(), openTestSql()])
  // 130 are interested in solar by four views of this week, 20 of them in gardens too, and 70 more came last week.
  const people = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => webPseudonym(from + n))
  const of = (interest: string, week: number, n: number) => (p: string) => ({
    site: 'demo',
    interest,
    p,
    week,
    rule: 'r',
    kind: 'view',
    n,
  })
  const signals = [
    ...people(0, 130).map(of('energy.solar', WEEK, 4)),
    ...people(0, 20).map(of('garden', WEEK, 1)),
    ...people(130, 200).map(of('energy.solar', WEEK - 1, 1)),
    ...people(200, 400).map(of('energy', WEEK, 50)),
  ]
  await store.append('signals', signals, 'api:signals')
  const traits = { country: 'DE', device: 'mobile', language: 'de' }
  // The last two hundred are not live: their notice was retired.
  const profiles = people(0, 400).map((p, n) => ({
    site: 'demo',
    p,
    until: WEEK,
    notice: n < 200 ? '2026-11' : '2025-01',
    week: WEEK,
    ...traits,
  }))
  await store.append('profiles', profiles, 'api:profiles')
  const day = dayOf(NOW)
  const traffic = { site: 'demo', day, type: 'page_view', referrer: '', campaign: '', device: 'mobile', seconds: 0 }
  await store.append(
    'traffic',
    [
      { ...traffic, path: '/solar', n: 30, referrer: 'search.example', campaign: 'spring' },
      { ...traffic, path: '/solar', type: 'engaged', n: 9, seconds: 120 },
      { ...traffic, path: '/rare', n: 9, referrer: 'tiny.example' },
      { ...traffic, path: '/rarer', n: 8 },
      { ...traffic, path: '/old', n: 50, day: dayOf(NOW - 9 * 86_400_000) },
    ],
    'api:traffic',
  )
  const act = { site: 'demo', day, path: '/shop' }
  await store.append(
    'acts',
    [
      { ...act, hour: 9, type: 'purchase', n: 10 },
      { ...act, hour: 10, type: 'purchase', n: 9 },
    ],
    'api:acts',
  )
  await takeSnapshot({ house, store }, 'demo', NOW)
})
afterAll(async () => {
  await store.close()
  await sql.close()
})

function app(role: Role = 'analyst') {
  const served = new Hono<AdminEnv>()
  served.use(async (context, next) => {
    context.set('actor', { name: 'ada', role })
    await next()
  })
  served.onError(answerError(pino({ level: 'silent' })))
  const deps = { house, store, cache: openMemoryCache(), now: () => NOW }
  served.route('/', segmentsApi({ ...deps, definitions: segmentDefinitions({ ...deps, control: sql.control }) }))
  return async (method: string, to: string, body?: unknown) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await served.request(to, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: answer.status === 204 ? undefined : await answer.json() }
  }
}
const solar = { interest: 'energy.solar', band: 'medium' }

describe('definitions', () => {
  test('are made, listed beside those of the file, changed and removed, and the audit says by whom', async () => {
    const send = app()
    expect(
      await send('PUT', '/segments/gardeners', { site: 'demo', tree: { interest: 'garden', band: 'low' } }),
    ).toMatchObject({ status: 200 })
    const tree = { all: [{ segment: 'solar' }, { interest: 'garden', band: 'low' }] }
    expect(await send('PUT', '/segments/gardeners', { site: 'demo', tree })).toMatchObject({
      status: 200,
      body: { source: 'api', tree },
    })
    expect((await send('GET', '/segments')).body).toMatchObject({
      segments: [
        { name: 'gardeners', source: 'api', tree },
        { name: 'solar', source: 'file', tree: solar },
      ],
    })
    expect(await send('GET', '/segments/gardeners')).toMatchObject({ status: 200, body: { tree } })
    expect(await send('DELETE', '/segments/gardeners')).toEqual({ status: 204, body: undefined })
    expect(await send('GET', '/segments/gardeners')).toMatchObject({
      status: 404,
      body: { error: { message: 'no segment is named gardeners; there are solar' } },
    })
    const audit = auditOf('control')
    const entries = await audit.entries(sql.control, 0, 10)
    expect(entries).toMatchObject([
      {},
      {},
      { actor: 'ada', act: 'segments.write', detail: { segment: 'gardeners', removed: true } },
    ])
    expect(await audit.verify(sql.control)).toBeUndefined()
  })

  test('of the file are read-only', async () => {
    const refused = { status: 409, body: { error: { message: expect.stringContaining('stands in bauta.yaml') } } }
    expect(await app()('PUT', '/segments/solar', { site: 'demo', tree: solar })).toMatchObject(refused)
    expect(await app()('DELETE', '/segments/solar')).toMatchObject(refused)
  })

  test('that do not hold, break another or are in use are refused with their reason', async () => {
    const send = app()
    const message = async (method: string, to: string, body?: unknown) => {
      const answer = await send(method, to, body)
      return [answer.status, (answer.body as { error: { message: string } }).error.message]
    }
    expect(
      await message('PUT', '/segments/a', { site: 'demo', tree: { any: [{ interest: 'wind', band: 'low' }] } }),
    ).toEqual([400, 'any[0].interest: no interest is named wind; there are energy, energy.solar, garden'])
    expect(await message('PUT', '/segments/a', { site: 'nowhere', tree: solar })).toEqual([
      404,
      'no site is named nowhere; there are demo, quiet',
    ])
    const many = { any: Array.from({ length: 25 }, () => solar) }
    await send('PUT', '/segments/a', { site: 'demo', tree: many })
    await send('PUT', '/segments/b', { site: 'demo', tree: { any: [{ segment: 'a' }, many] } })
    expect(await message('PUT', '/segments/a', { site: 'demo', tree: { segment: 'b' } })).toEqual([
      400,
      'segment b > any[0].segment: leads back to itself: a > b > a',
    ])
    expect(await message('PUT', '/segments/a', { site: 'demo', tree: { all: [many, solar] } })).toMatchObject([
      400,
      expect.stringMatching(/break the segment b:\nat most 50/),
    ])
    expect(await message('PUT', '/segments/a', { site: 'quiet', tree: solar })).toMatchObject([
      409,
      expect.stringContaining('another site'),
    ])
    expect(await message('DELETE', '/segments/a')).toEqual([409, 'a is in use by the segment b'])
    await send('DELETE', '/segments/b')
    expect(await send('DELETE', '/segments/a')).toMatchObject({ status: 204 })
  })
})

describe('POST /segments/preview', () => {
  test('answers an estimate by name or tree, and only of live profiles', async () => {
    const about = (estimate: number, text: string) => ({
      status: 200,
      body: { estimate, floor: 50, exact: false, text, asOf: dayOf(weekStart(WEEK)) },
    })
    expect(await app('marketer')('POST', '/segments/preview', { name: 'solar' })).toEqual(about(150, 'about 150'))
    expect(
      await app()('POST', '/segments/preview', { site: 'demo', tree: { interest: 'energy', band: 'high' } }),
    ).toEqual(about(0, 'fewer than 50'))
    expect(
      await app()('POST', '/segments/preview', { site: 'demo', tree: { interest: 'garden', band: 'low' } }),
    ).toEqual(about(0, 'fewer than 50'))
  })

  test('answers the same question the same while a snapshot stands, however it is written, and says so where there is none', async () => {
    const send = app()
    const site = 'demo'
    const first = await send('POST', '/segments/preview', { site, tree: { all: [solar, { seen: { weeks: 2 } }] } })
    const more = Array.from({ length: 200 }, (_, n) => webPseudonym(10_000 + n))
    await store.append(
      'profiles',
      more.map((p) => ({ site, p, until: WEEK, notice: '2026-11', week: WEEK, country: '', device: '', language: '' })),
      'api:more',
    )
    await store.append(
      'signals',
      more.map((p) => ({ site, p, interest: 'energy.solar', week: WEEK, rule: 'r', kind: 'search', n: 9 })),
      'api:more',
    )
    expect(
      await send('POST', '/segments/preview', { site, tree: { all: [{ seen: { weeks: 2 } }, solar, solar] } }),
    ).toEqual(first)
    const now = () => app()('POST', '/segments/preview', { site, tree: solar })
    expect((await now()).body).toMatchObject({ estimate: 150 })
    await takeSnapshot({ house, store }, site, NOW)
    expect((await now()).body).toMatchObject({ estimate: 350 })
    expect(await send('POST', '/segments/preview', { site: 'quiet', tree: solar })).toMatchObject({
      status: 409,
      body: { error: { message: expect.stringContaining('`bauta segment snapshot` takes it now') } },
    })
  })

  test('refuses a tree that does not hold, a name that is not there, and a question without either', async () => {
    const send = app()
    expect(await send('POST', '/segments/preview', { site: 'demo', tree: { all: [] } })).toMatchObject({
      status: 400,
      body: { error: { message: 'all: a list with at least one condition' } },
    })
    expect(await send('POST', '/segments/preview', { name: 'none' })).toMatchObject({ status: 404 })
    expect(await send('POST', '/segments/preview', { site: 'demo' })).toMatchObject({ status: 400 })
  })
})

test('POST /segments/explain shows the statement, what is bound, and the conditions in words', async () => {
  const tree = {
    any: [{ not: { segment: 'solar' } }, { count: { kind: 'search', interest: 'garden', weeks: 4, min: 2 } }],
  }
  const { body } = await app()('POST', '/segments/explain', { site: 'demo', tree })
  expect(body).toMatchObject({
    sql: expect.stringContaining('bitmapAnd'),
    params: { site: 'demo', p1: 'interest:energy.solar', p3: 'acts:garden:search', p4: WEEK - 3, p5: 2 },
    conditions: [
      'at least one of',
      '  not',
      '    interest in energy.solar is medium or more: a score of at least 4',
      '  search about garden at least 2 times within the last 4 ISO weeks, this one included',
    ],
  })
})

describe('reports', () => {
  test('interests by week and band are rounded to 50, and nothing is told of cells under 50', async () => {
    const { status, body } = await app()('GET', '/reports/interests?site=demo&weeks=3')
    expect(status).toBe(200)
    const weeks = (oldest: number | null, before: number | null, now: number | null) =>
      [oldest, before, now].map((profiles, at) => ({ monday: dayOf(weekStart(WEEK - 2 + at)), profiles }))
    // With the two hundred of the question above.
    expect((body as { interests: unknown[] }).interests).toEqual([
      {
        interest: 'energy',
        name: 'energy!',
        bands: { low: null, medium: 150, high: 200 },
        weeks: weeks(null, 50, 350),
      },
      {
        interest: 'energy.solar',
        name: 'energy.solar!',
        bands: { low: null, medium: 150, high: 200 },
        weeks: weeks(null, 50, 350),
      },
      {
        interest: 'garden',
        name: 'garden!',
        bands: { low: null, medium: null, high: null },
        weeks: weeks(null, null, null),
      },
    ])
    expect((await app()('GET', '/reports/interests?site=demo&weeks=14')).status).toBe(400)
    expect((await app()('GET', '/reports/interests?site=nowhere')).status).toBe(404)
  })

  test('traffic comes from the counters, small cells counted together', async () => {
    const day = dayOf(NOW)
    expect((await app()('GET', `/reports/traffic?site=demo&from=${day}&to=${day}`)).body).toEqual({
      ...{ site: 'demo', from: day, to: day, floor: 10 },
      pages: { rows: [{ name: '/solar', views: 30, seconds: 120 }], other: 17 },
      referrers: { rows: [{ name: 'search.example', views: 30, seconds: 0 }], other: null },
      campaigns: { rows: [{ name: 'spring', views: 30, seconds: 0 }], other: null },
      days: [{ day, views: 47 }],
      acts: [{ type: 'purchase', hours: Array.from({ length: 24 }, (_, hour) => (hour === 9 ? 10 : null)) }],
    })
    expect((await app()('GET', `/reports/traffic?site=demo&from=${day}&to=2020-01-01`)).status).toBe(400)
  })
})

test.each([
  ['integration', 'GET', '/segments'],
  ['marketer', 'PUT', '/segments/x'],
  ['marketer', 'DELETE', '/segments/x'],
  ['privacy', 'POST', '/segments/preview'],
  ['privacy', 'GET', '/reports/interests?site=demo'],
  ['integration', 'GET', '/reports/traffic?site=demo&from=2026-01-01&to=2026-01-02'],
] as const)('the role %s may not %s %s', async (role, method, path) => {
  expect((await app(role)(method, path, method === 'GET' ? undefined : { site: 'demo', tree: solar })).status).toBe(403)
})
