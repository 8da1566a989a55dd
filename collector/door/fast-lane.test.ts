/** Over real sockets: whoever takes the short way is answered as by the app. */

import { afterEach, expect, test } from 'vitest'
import { type Listener, listen, type Turnstile } from '../../infra/listeners/http.ts'
import { now, origin, userAgent, webWorld, wireEvent } from '../../test/fakes/web.ts'
import { fastLane } from './fast-lane.ts'

let listeners: Listener[] = []
afterEach(async () => {
  for (const listener of listeners) await listener.close()
  listeners = []
})

const open: Turnstile = { connections: 10, enter: (_, __, pass) => pass() }

/** The same collector behind two doors, and what came through the short one. */
async function bothWays(deps?: Parameters<typeof webWorld>[0]) {
  const world = await webWorld(deps)
  const short: string[] = []
  const takeEvents: typeof world.takeEvents = (incoming, outgoing) => {
    short.push(incoming.url ?? '')
    return world.takeEvents(incoming, outgoing)
  }
  const ways = [open, fastLane(open, { takeEvents })]
  const doors: { url: string; cookie: string }[] = []
  for (const turnstile of ways) {
    const listener = await listen({ fetch: world.app.fetch, turnstile }, { host: '127.0.0.1', port: 0, name: 'web' })
    listeners.push(listener)
    // A visitor each, as what one says may change what the other is answered.
    const visitor = world.browser()
    await visitor.consent(['P1', 'P2', 'P3'])
    const cookie = [...visitor.jar].map((pair) => pair.join('=')).join('; ')
    doors.push({ url: `http://127.0.0.1:${listener.port}`, cookie })
  }
  // As the snippet asks.
  const ask = (init: RequestInit & { path?: string }) =>
    Promise.all(
      doors.map(async ({ url, cookie }) => {
        const headers = { origin, cookie, 'user-agent': userAgent, 'content-type': 'text/plain', ...init.headers }
        const response = await fetch(`${url}${init.path ?? '/v1/events?site=demo'}`, {
          method: 'POST',
          ...init,
          headers,
        })
        const text = (await response.text()).replace(/"requestId":"[^"]+"/, '"requestId":""')
        // But for what is new with each answer.
        const changes = new Set(['date', 'content-length'])
        const said = [...response.headers]
          .filter(([name]) => !changes.has(name))
          .map(([name, value]) => [name, known(value)])
        return { status: response.status, said: Object.fromEntries(said) as Record<string, string>, text }
      }),
    )
  return { ...world, ask, short }
}

/** A cookie without its id, receipt and MAC. */
const known = (value: string) => value.replace(/(?<=b1~)[^~]+|(?<=~)r[0-9a-f]{32}~[0-9a-f]{32}/g, '')
const body = (events: readonly object[]) => JSON.stringify({ site: 'demo', sent: now, events })

const cases: readonly [string, RequestInit, number][] = [
  ['events that are taken', { body: body([wireEvent(), wireEvent()]) }, 202],
  ['an event that is refused', { body: body([{ ...wireEvent(), type: 'never_declared' }]) }, 202],
  ['a signal that withdraws', { body: body([wireEvent()]), headers: { 'sec-gpc': '1' } }, 202],
  ['a body that is no JSON', { body: '{' }, 400],
  ['a body of another type', { body: '<a/>', headers: { 'content-type': 'text/xml' } }, 415],
  ['an origin of nobody', { body: body([wireEvent()]), headers: { origin: 'https://elsewhere.example' } }, 403],
  ['a key that is none', { body: body([wireEvent()]), headers: { authorization: 'Bearer wrong' } }, 401],
]

test.each(cases)('%s: the short way and the app say the same', async (_, init, status) => {
  const { ask, short } = await bothWays()
  const [byApp, byLane] = await ask(init)
  expect(byApp?.status).toBe(status)
  expect(byLane).toEqual(byApp)
  expect(short).toEqual(['/v1/events?site=demo'])
})

test('a log that is down is said both ways, with a time to come back after', async () => {
  const { ask, world } = await bothWays()
  world.down = true
  const [byApp, byLane] = await ask({ body: body([wireEvent()]) })
  expect([byApp?.status, byApp?.said['retry-after']]).toEqual([503, '5'])
  expect(byLane).toEqual(byApp)
})

test('what is long, packed, or no events takes the way through the app', async () => {
  const { ask, short } = await bothWays()
  await ask({ body: body([{ ...wireEvent(), title: 'x'.repeat(70_000) }]) })
  await ask({ body: body([wireEvent()]), headers: { 'content-encoding': 'gzip' } })
  await ask({ path: '/v1/link', body: '{"site":"demo"}' })
  await ask({ path: '/v1/events/?x=1', body: body([wireEvent()]) })
  expect(short).toEqual([])
})
