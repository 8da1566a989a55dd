import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { EventsAnswer } from '../schemas/event.ts'
import { parseLinkToken } from '../schemas/link-token.ts'
import { DAY_MS } from '../schemas/week.ts'
import { origin, webWorld, wireEvent } from '../test/fakes/web.ts'

const json = { 'content-type': 'application/json' }
const NAME = '__Host-bauta_demo'
const reasons = async (response: Response) =>
  EventsAnswer.parse(await response.json()).refused.map(({ reason }) => reason)
const read = async <T>(response: Response) => (await response.json()) as T
const codeOf = async (response: Response) =>
  `${response.status} ${(await read<{ error: { code: string } }>(response)).error.code}`
interface Answer {
  purposes: string[]
  receipt: string
  token: string
  state: string
  interests: { id: string; name: string; band: string }[]
}
type Browser = ReturnType<Awaited<ReturnType<typeof webWorld>>['browser']>
const answerOf = (response: Response) => read<Answer>(response)

describe('consent', () => {
  test('is answered with a cookie and a receipt, and its proof leads to no pseudonym', async () => {
    const { browser, of, records } = await webWorld()
    const visitor = browser()
    const response = await visitor.consent(['P1', 'P2', 'P3'], {}, { path: '/kunde/max@example.com' })
    const { purposes, receipt } = await answerOf(response)
    expect([response.status, purposes]).toEqual([200, ['P1', 'P2', 'P3']])
    expect(response.headers.get('set-cookie')).toMatch(
      /^__Host-bauta_demo=.*; Max-Age=\d+; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    )
    expect(of('device_consents')).toEqual([
      {
        receipt,
        site: 'demo',
        purposes: ['P1', 'P2', 'P3'],
        notice: '2026-11',
        noticeHash: expect.stringMatching(/^[0-9a-f]{64}$/),
        language: 'de',
        method: 'banner',
        path: '/kunde/:id',
        at: '2026-11-22T12:00:00.000Z',
      },
    ])
    expect(records).toHaveLength(1)
  })

  test('unknown, denied, expired, retired or forged is no consent: nothing is written and no cookie is set', async () => {
    const { browser, records, world, deps } = await webWorld()
    const ask = async (visitor: ReturnType<typeof browser>) => {
      const response = await visitor.events([wireEvent({ time: world.time })])
      expect(response.headers.get('set-cookie')).toBeNull()
      return reasons(response)
    }
    const unknown = browser()
    expect(await ask(unknown)).toEqual(['no_consent'])

    const denied = browser()
    expect((await denied.consent([])).headers.get('set-cookie')).toBeNull()
    expect((await denied.consent(['P2', 'P3'])).headers.get('set-cookie')).toBeNull()
    expect(await ask(denied)).toEqual(['no_consent'])
    expect(records).toEqual([])

    const granted = browser()
    await granted.consent(['P1', 'P2'])
    const value = granted.jar.get(NAME) ?? ''
    const forged = browser()
    forged.jar.set(NAME, value.replace('P1P2', 'P1P2P3'))
    expect(await ask(forged)).toEqual(['no_consent'])
    const doubled = await granted.events([wireEvent()], { cookie: `${NAME}=${value}; ${NAME}=x` })
    expect(await reasons(doubled)).toEqual(['no_consent'])
    expect(await ask(granted)).toEqual([])
    world.time += 395 * DAY_MS
    expect(await ask(granted)).toEqual(['no_consent'])
    expect(deps.sites.get('demo')?.notices.get('2026-10')?.retired).toBe(true)
  })

  test('needs a notice that is shown, for those purposes, in that language; a withdrawal needs none', async () => {
    const { browser } = await webWorld()
    const visitor = browser()
    for (const bad of [{ notice: '2026-10' }, { notice: 'mail' }, { notice: 'x' }, { lang: 'fr' }])
      expect(await codeOf(await visitor.consent(['P1'], {}, bad))).toBe('400 invalid')
    await visitor.consent(['P1', 'P2'])
    expect((await visitor.consent(['P1'], {}, { notice: 'old' })).status).toBe(200)
    expect((await visitor.consent([], {}, { notice: 'old' })).status).toBe(200)
    expect(visitor.jar.size).toBe(0)
  })

  test('a TC string can refuse and never grant', async () => {
    const { browser } = await webWorld()
    const tc = (...purposes: number[]) => {
      const core = Buffer.alloc(30)
      core[0] = 2 << 2
      for (const purpose of purposes)
        core[(151 + purpose) >> 3] = (core[(151 + purpose) >> 3] ?? 0) | (128 >> ((151 + purpose) & 7))
      return core.toString('base64url')
    }
    const granted = async (purposes: string[], text: string) =>
      (await answerOf(await browser().consent(purposes, {}, { tc: text }))).purposes
    expect(await granted(['P1', 'P2', 'P3'], tc(1, 3, 5, 8, 9))).toEqual(['P1', 'P2', 'P3'])
    expect(await granted(['P1', 'P2', 'P3'], tc(1, 3, 8, 9))).toEqual(['P1', 'P2'])
    expect(await granted(['P1'], tc(1, 3, 5, 8, 9))).toEqual(['P1'])
    for (const bad of ['', 'nonsense', tc()]) expect(await granted(['P1', 'P2', 'P3'], bad)).toEqual([])
  })

  test('withdrawn from the profile, the id ends and the old cookie is refused, also when replayed', async () => {
    const { browser, of } = await webWorld()
    const visitor = browser()
    await visitor.consent(['P1', 'P2', 'P3'])
    const old = visitor.jar.get(NAME) ?? ''
    await visitor.events([wireEvent()])
    await visitor.consent(['P1', 'P2'])
    expect(of('stops')).toEqual([{ site: 'demo', p: of('signals')[0]?.p, kind: 'stop', day: '2026-11-22' }])
    expect(visitor.jar.get(NAME)?.split('~')[1]).not.toBe(old.split('~')[1])
    expect(await reasons(await visitor.events([wireEvent()]))).toEqual([])
    const replayed = await visitor.events([wireEvent()], { cookie: `${NAME}=${old}` })
    expect(await reasons(replayed)).toEqual(['no_consent'])
    expect(of('signals')).toHaveLength(1)
  })

  test('is read beside cookies whose names end like ours or whose values read alike', async () => {
    const { browser } = await webWorld()
    const visitor = browser()
    await visitor.consent(['P1', 'P2'])
    const own = `${NAME}=${visitor.jar.get(NAME)}`
    for (const others of [`x${NAME}=1; ${own}`, `${own}; a=b ${NAME}=1`, `a=${NAME}=1;${own}`])
      expect(await reasons(await visitor.events([wireEvent()], { cookie: others }))).toEqual([])
    const within = await visitor.events([wireEvent()], { cookie: `a=b ${own}` })
    expect(await reasons(within)).toEqual(['no_consent'])
  })

  test.each([
    ['a withdrawal', (visitor: Browser, cookie: string) => visitor.consent([], { cookie })],
    [
      'a wish to be forgotten',
      (visitor: Browser, cookie: string) => visitor.send('DELETE', '/v1/visitor?site=demo', undefined, { cookie }),
    ],
  ])('%s ends all that was issued, whatever lies beside it, and clears what cannot be read', async (_, say) => {
    const { browser, of } = await webWorld()
    const [one, other] = [browser(), browser()]
    const own: string[] = []
    for (const visitor of [one, other]) {
      await visitor.consent(['P1', 'P2', 'P3'])
      await visitor.events([wireEvent()])
      own.push(`${NAME}=${visitor.jar.get(NAME)}`)
    }
    const [first = '', second = ''] = own
    const [p, q] = of('signals').map((signal) => signal.p)
    const ended = async (cookie: string) => {
      const before = of('stops').length
      const response = await say(one, cookie)
      expect(response.status).toBeLessThan(300)
      return [
        response.headers.get('set-cookie')?.split(';')[0],
        ...of('stops')
          .slice(before)
          .map((stop) => stop.p)
          .sort(),
      ]
    }
    const cleared = `${NAME}=`
    for (const cookie of [`x${NAME}=1; ${first}`, `${first}; ${NAME}=x`, `${NAME}=; ${first}`, `${first}; ${first}`])
      expect(await ended(cookie)).toEqual([cleared, p])
    expect(await ended(`${first}; a=1; ${second}`)).toEqual([cleared, ...[p, q].sort()])
    expect(await ended(`${NAME}=unreadable`)).toEqual([cleared])
    expect(await ended(`x${NAME}=1`)).toEqual([undefined])
    for (const cookie of own) expect(await reasons(await one.events([wireEvent()], { cookie }))).toEqual(['no_consent'])
  })

  test('granted beside a second cookie of that name takes nothing up, and what was before has ended', async () => {
    const { browser, of } = await webWorld()
    const visitor = browser()
    await visitor.consent(['P1', 'P2', 'P3'])
    await visitor.events([wireEvent()])
    const old = visitor.jar.get(NAME) ?? ''
    await visitor.consent(['P1', 'P2'], { cookie: `${NAME}=${old}; ${NAME}=x` })
    expect(visitor.jar.get(NAME)?.split('~')[1]).not.toBe(old.split('~')[1])
    expect(of('stops').map((stop) => stop.p)).toEqual(of('signals').map((signal) => signal.p))
  })

  test('a withdrawal that could not be saved is answered as such, and counts when it is said again', async () => {
    const { browser, of, world } = await webWorld()
    const visitor = browser()
    await visitor.consent(['P1', 'P3'])
    world.down = true
    const failed = await visitor.consent([])
    expect([await codeOf(failed), failed.headers.get('retry-after'), visitor.jar.size]).toEqual([
      '503 log_down',
      '5',
      1,
    ])
    world.down = false
    await visitor.consent([])
    expect([of('stops').length, visitor.jar.size]).toEqual([1, 0])
  })

  test('a withdrawal while the log is away is not acknowledged, holds at once nevertheless, and is done when said again', async () => {
    const { browser, of, world } = await webWorld()
    const [one, other] = [browser(), browser()]
    for (const visitor of [one, other]) await visitor.consent(['P1', 'P2', 'P3'])
    world.away = true
    const [withdrawn, taken] = await Promise.all([one.consent([]), other.events([wireEvent()])])
    expect([await codeOf(withdrawn), withdrawn.headers.get('retry-after')]).toEqual(['503 log_down', '5'])
    expect([taken.status, await reasons(taken)]).toEqual([202, []])
    expect(await reasons(await one.events([wireEvent()]))).toEqual(['no_consent'])
    expect(await codeOf(await one.send('DELETE', '/v1/visitor?site=demo'))).toBe('503 log_down')
    world.away = false
    expect([(await one.consent([])).status, one.jar.size, of('stops').length]).toEqual([200, 0, 1])
  })

  test('when withdrawals cannot be read, no consent counts', async () => {
    const down = {
      has: () => Promise.reject(new Error('down')),
      add: async () => {},
      refresh: async () => {},
      healthy: async () => {},
      close: async () => {},
    }
    const { browser, records } = await webWorld({ deps: { refused: down } })
    const visitor = browser()
    await visitor.consent(['P1', 'P2'])
    expect(await codeOf(await visitor.events([wireEvent()]))).toBe('503 consent_unreadable')
    expect(records).toHaveLength(1)
  })
})

describe('GPC and DNT', () => {
  const cases = [
    { header: 'sec-gpc', left: ['P1', 'P2'], stops: 1 },
    { header: 'dnt', left: ['P1'], stops: 1 },
  ]
  test.each(cases)(
    '$header withdraws on any request, and its absence restores nothing',
    async ({ header, left, stops }) => {
      const routes: [string, string, unknown?][] = [
        ['POST', '/v1/events', { site: 'demo', sent: 0, events: [null] }],
        ['POST', '/v1/link', { site: 'demo' }],
        ['GET', '/v1/profile?site=demo'],
      ]
      for (const [method, path, body] of routes) {
        const { browser, of } = await webWorld()
        const visitor = browser()
        await visitor.consent(['P1', 'P2', 'P3'])
        await visitor.send(method, path, body, { [header]: '1' })
        expect(of('stops')).toHaveLength(stops)
        expect(of('device_consents').at(-1)).toMatchObject({ purposes: left, method: 'signal' })
        const profile = await visitor.send('GET', '/v1/profile?site=demo')
        expect((await answerOf(profile)).purposes).toEqual(left)
        expect(profile.headers.get('set-cookie')).toBeNull()
      }
    },
  )

  test.each(cases)('$header beats the banner', async ({ header, left }) => {
    const { browser } = await webWorld()
    const response = await browser().consent(['P1', 'P2', 'P3'], { [header]: '1' })
    expect((await answerOf(response)).purposes).toEqual(left)
  })

  test('an event that brings the signal is taken without the profile', async () => {
    const { browser, of } = await webWorld()
    const visitor = browser()
    await visitor.consent(['P1', 'P2', 'P3'])
    expect(await reasons(await visitor.events([wireEvent()], { 'sec-gpc': '1' }))).toEqual([])
    expect([of('events').length, of('signals').length]).toEqual([1, 0])
  })
})

describe('the door', () => {
  test('opens to the origins of the site and to its own pages, and to nobody else', async () => {
    const { browser, app } = await webWorld()
    const visitor = browser()
    for (const [site, from] of [
      ['demo', 'https://evil.example'],
      ['demo', 'null'],
      ['demo', `${origin}.evil`],
      ['other', origin],
    ]) {
      const response = await visitor.send('POST', '/v1/link', { site }, { origin: from ?? '' })
      expect(response.headers.get('access-control-allow-origin')).toBe(from === origin ? origin : null)
      expect(await codeOf(response)).toBe('403 forbidden')
    }
    const without = (headers: Record<string, string>) => app.request('/v1/profile?site=demo', { headers })
    expect((await without({})).status).toBe(403)
    expect((await without({ 'sec-fetch-site': 'same-origin', host: 'evil.example' })).status).toBe(403)
    expect((await without({ 'sec-fetch-site': 'same-origin', host: 'magazine.example' })).status).toBe(200)

    const ok = await visitor.send('POST', '/v1/link', { site: 'demo' })
    expect(Object.fromEntries(ok.headers)).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
      'cache-control': 'no-store',
    })
  })

  test('answers a preflight of its origins alone', async () => {
    const { app } = await webWorld()
    const ask = (from: string) => app.request('/v1/visitor', { method: 'OPTIONS', headers: { origin: from } })
    const good = await ask(origin)
    expect([good.status, good.headers.get('access-control-allow-methods')]).toEqual([204, 'GET, POST, DELETE'])
    expect((await ask('https://evil.example')).status).toBe(403)
  })

  test("the site's server has a key instead, and is no bot", async () => {
    const { browser, app, of } = await webWorld()
    const visitor = browser()
    await visitor.consent(['P1', 'P2'])
    const send = (key: string) =>
      app.request('/v1/events', {
        method: 'POST',
        headers: {
          ...json,
          authorization: `Bearer ${key}`,
          cookie: `${NAME}=${visitor.jar.get(NAME)}`,
          'user-agent': 'node',
        },
        body: JSON.stringify({ site: 'demo', sent: Date.UTC(2026, 10, 22, 12), events: [wireEvent()] }),
      })
    expect(await codeOf(await send('k'.repeat(31)))).toBe('401 unauthenticated')
    expect((await send('k'.repeat(32))).status).toBe(202)
    expect(of('events')).toHaveLength(1)
    expect(await reasons(await visitor.events([wireEvent()], { 'user-agent': 'Googlebot/2.1' }))).toEqual(['bot'])
    expect(await reasons(await visitor.events([wireEvent()], { 'user-agent': '' }))).toEqual(['bot'])
  })

  test('says what is wrong with a body, and takes text/plain and gzip', async () => {
    const { browser, app } = await webWorld()
    const visitor = browser()
    const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = json) =>
      app.request('/v1/link', { method: 'POST', headers: { origin, ...headers }, body })
    const good = JSON.stringify({ site: 'demo' })
    expect(await codeOf(await post(good, { 'content-type': 'application/xml' }))).toBe('415 unsupported_media')
    expect(await codeOf(await post(good, { ...json, 'content-encoding': 'br' }))).toBe('415 unsupported_media')
    expect(await codeOf(await post('{'))).toBe('400 invalid')
    expect(await codeOf(await post('[]'))).toBe('400 invalid')
    expect(await codeOf(await post('x'.repeat(65_537)))).toBe('413 too_large')
    const zip = (text: string) => post(new Uint8Array(gzipSync(text)), { ...json, 'content-encoding': 'gzip' })
    expect(await codeOf(await zip(' '.repeat(262_145)))).toBe('413 too_large')
    expect(await codeOf(await post('x', { ...json, 'content-encoding': 'gzip' }))).toBe('400 invalid')
    expect([
      (await zip(good)).status,
      (await post(good, { 'content-type': 'text/plain;charset=UTF-8' })).status,
    ]).toEqual([200, 200])
    expect(await codeOf(await visitor.events(Array.from({ length: 51 }, () => wireEvent())))).toBe('413 too_large')
    expect(await codeOf(await visitor.events([]))).toBe('400 invalid')
    expect(await codeOf(await visitor.send('GET', '/v1/nothing'))).toBe('404 not_found')
  })

  test('looks into the first refused event of a request, and into no other: looking is dear', async () => {
    const visitor = (await webWorld()).browser()
    await visitor.consent(['P1', 'P2'])
    const personal = () => wireEvent({ type: 'search', props: { topic: 'max@example.com' } })
    expect(await reasons(await visitor.events([wireEvent(), personal(), personal()]))).toEqual([
      'personal_data',
      'schema',
    ])
    expect(await reasons(await visitor.events([personal()]))).toEqual(['personal_data'])
  })

  test('has its limits for a network and for a visitor, and says when to come back', async () => {
    const network = await webWorld({ limits: { network: 2 } })
    const statuses = [1, 2, 3].map(() => network.browser().events([wireEvent()]))
    const answers = await Promise.all(statuses)
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 429])
    expect(answers[2]?.headers.get('retry-after')).toBe('5')
    expect(answers[2]?.headers.get('access-control-expose-headers')).toBe('Retry-After')

    const large = (await webWorld({ limits: { large: 1 } })).browser()
    await large.consent(['P1', 'P2'])
    const many = Array.from({ length: 11 }, () => wireEvent())
    expect([(await large.events(many)).status, (await large.events(many)).status]).toEqual([202, 429])
    expect((await large.events(many.slice(1))).status).toBe(202)
    const { browser } = await webWorld({ limits: { visitor: 1, links: 1 } })
    const visitor = browser()
    await visitor.consent(['P1', 'P2'])
    expect((await visitor.events([wireEvent()])).status).toBe(202)
    expect((await visitor.events([wireEvent()], { 'x-forwarded-for': '198.51.100.1' })).status).toBe(429)
    const links = [1, 2].map(() => browser().send('POST', '/v1/link', { site: 'demo' }))
    expect((await Promise.all(links)).map(({ status }) => status)).toEqual([200, 429])
  })
})

describe('events', () => {
  test('are judged one by one, and 202 names those refused', async () => {
    const { browser, of } = await webWorld()
    const visitor = browser()
    await visitor.consent(['P1', 'P2'])
    const response = await visitor.events([wireEvent(), { id: 'x' }, wireEvent({ type: 'unheard' })])
    expect([response.status, await response.json()]).toEqual([
      202,
      {
        accepted: 1,
        refused: [
          { index: 1, reason: 'schema' },
          { index: 2, reason: 'unknown_type' },
        ],
      },
    ])
    expect(of('events')).toHaveLength(1)
  })

  test('are never acknowledged when they were not saved', async () => {
    const { browser, world, records } = await webWorld()
    const visitor = browser()
    await visitor.consent(['P1', 'P2'])
    world.down = true
    expect(await codeOf(await visitor.events([wireEvent()]))).toBe('503 log_down')
    expect(records).toHaveLength(1)
  })

  test('a retry meets its first copy: same partition, same id', async () => {
    const { browser, records } = await webWorld()
    const visitor = browser()
    await visitor.consent(['P1', 'P2'])
    const event = wireEvent()
    await visitor.events([event])
    await visitor.events([event])
    const [, first, second] = records
    expect(second).toEqual(first)
  })

  test('said again after the id ended meanwhile share nothing with their first copy', async () => {
    const { browser, of } = await webWorld()
    const visitor = browser()
    await visitor.consent(['P1', 'P2', 'P3'])
    const event = wireEvent()
    await visitor.events([event])
    for (const purposes of [
      ['P1', 'P2'],
      ['P1', 'P2', 'P3'],
    ]) {
      await visitor.consent(purposes)
      await visitor.events([event])
    }
    const kept = [...of('events'), ...of('signals')]
    expect(kept).toHaveLength(5)
    expect(of('events')[2]?.id).toBe(of('events')[1]?.id)
    expect(new Set(kept.map(({ id }) => id)).size).toBe(4)
  })
})

describe("the visitor's own", () => {
  test('link has the same size with and without a right to it, and only with it leads to the profile', async () => {
    const { browser, of } = await webWorld()
    const linkOf = async (visitor: ReturnType<typeof browser>, headers = {}) => {
      const response = await visitor.send('POST', '/v1/link', { site: 'demo' }, headers)
      const { token } = await answerOf(response)
      return {
        length: token.length,
        ...JSON.parse(Buffer.from(parseLinkToken(token)?.sealed ?? '', 'base64url').toString()),
      }
    }
    const [profiled, counted, unknown] = [browser(), browser(), browser()]
    await profiled.consent(['P1', 'P2', 'P3'])
    await profiled.events([wireEvent()])
    await counted.consent(['P1', 'P2'])
    const tokens = [
      await linkOf(profiled),
      await linkOf(counted),
      await linkOf(unknown),
      await linkOf(profiled, { 'sec-gpc': '1' }),
    ]
    expect(new Set(tokens.map(({ length }) => length)).size).toBe(1)
    expect(tokens.map(({ plain }) => plain === of('signals')[0]?.p)).toEqual([true, false, false, false])
    expect(tokens[0]?.aad).toMatchObject(['link', 'demo', expect.any(String), '1795352400'])
  })

  test('profile shows the bands of who asks, by name, where the site allows it', async () => {
    const { browser, deps, of } = await webWorld()
    const visitor = browser()
    const { receipt } = await answerOf(await visitor.consent(['P1', 'P3']))
    await visitor.events([wireEvent()])
    await deps.cache.set(`bands:demo:${of('signals')[0]?.p}`, JSON.stringify([{ id: 'solar', band: 'high' }]), 60)
    const show = async (who: typeof visitor, lang: string) =>
      answerOf(await who.send('GET', '/v1/profile?site=demo', undefined, { 'accept-language': lang }))
    const interests = [{ id: 'solar', name: 'Solar power', band: 'high' }]
    expect(await show(visitor, 'en-GB')).toEqual({ purposes: ['P1', 'P3'], interests, receipt })
    expect((await show(visitor, 'fr')).interests[0]?.name).toBe('Solarstrom')
    expect(await show(browser(), 'de')).toEqual({ purposes: [], interests: [], receipt: null })
    const closed = await webWorld({ site: { profile: false } })
    expect(await codeOf(await closed.browser().send('GET', '/v1/profile?site=demo'))).toBe('403 forbidden')
  })

  test('wish to be forgotten is written down, ends the cookie and can be followed by its receipt', async () => {
    const { browser, of, app } = await webWorld()
    const visitor = browser()
    await visitor.consent(['P1', 'P2', 'P3'])
    await visitor.events([wireEvent()])
    const response = await visitor.send('DELETE', '/v1/visitor?site=demo')
    const { receipt } = await answerOf(response)
    expect([response.status, visitor.jar.size]).toEqual([202, 0])
    expect(of('stops')).toEqual([{ site: 'demo', p: of('signals')[0]?.p, kind: 'erase', day: '2026-11-22', receipt }])
    expect((await answerOf(await app.request(`/v1/receipts/${receipt}`))).state).toBe('accepted')
    expect((await app.request(`/v1/receipts/r${'0'.repeat(32)}`)).status).toBe(404)
    const stranger = await browser().send('DELETE', '/v1/visitor?site=demo')
    expect([stranger.status, stranger.headers.get('set-cookie'), of('stops').length]).toEqual([202, null, 1])
  })
})

test('the snippet is served with a tag, compressed and cacheable, and is not sent twice', async () => {
  const { app } = await webWorld()
  const first = await app.request('/b.js')
  expect([await first.text(), first.headers.get('etag')]).toEqual(['void 0', '"1"'])
  expect((await app.request('/b.js', { headers: { 'if-none-match': '"1"' } })).status).toBe(304)
  expect(
    (await app.request('/b.js', { headers: { 'accept-encoding': 'gzip, br' } })).headers.get('content-encoding'),
  ).toBe('gzip')
})

test('readiness names the engine that is down', async () => {
  const { app } = await webWorld({
    deps: { checks: { log: () => Promise.reject(new Error('down')), cache: async () => {} } },
  })
  const response = await app.request('/readyz')
  expect([response.status, await response.json()]).toEqual([503, { ready: false, down: ['log'] }])
})
