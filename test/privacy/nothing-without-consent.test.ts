/** Invariant 2: unknown, unreadable, expired or unreachable consent means no: nothing is written, and nothing is set in the browser. */

import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engines } from '../../infra/engines.ts'
import type { Log, Position } from '../../infra/ports/log.ts'
import { Fault } from '../../schemas/fault.ts'
import { type Topic, topics } from '../../schemas/topics.ts'
import { DAY_MS } from '../../schemas/week.ts'
import { pageView, type Visitor, visitorOf } from './members.ts'
import { openScene, type Scene, SITE } from './scenario.ts'

const world = { withoutCache: false, withoutLog: false }
let scene: Scene
/** As it is, whatever the product can reach of it. */
let log: Log
let visitors = 0

beforeAll(async () => {
  scene = await openScene({ tap: withFallibleEngines })
})
afterAll(() => scene.close())

function withFallibleEngines(engines: Engines): Engines {
  const { get, take } = engines.cache
  const fallible =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A) => {
      if (world.withoutCache) throw new Error('the cache is out of reach')
      return work(...args)
    }
  log = engines.log
  return {
    ...engines,
    log: { ...log, readToEnd },
    cache: { ...engines.cache, get: fallible(get), take: fallible(take) },
  }

  function readToEnd<T extends Topic>(topic: T, from?: Position) {
    if (world.withoutLog) return Promise.reject(new Fault('log_down', 'the log is out of reach'))
    return log.readToEnd(topic, from)
  }
}

/** How many records there are, by topic. */
async function records(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const topic of Object.keys(topics) as Topic[]) counts[topic] = (await log.readToEnd(topic)).records.length
  return counts
}

interface Outcome {
  /** Records that came of it, by topic. */
  readonly written: Record<string, number>
  readonly cookies: string[]
  readonly statuses: number[]
}

/** Everything a page could send of a visitor, and what came of it. */
async function browse(visitor: Visitor, headers: Record<string, string> = {}): Promise<Outcome> {
  const before = await records()
  const said = { site: SITE, sent: scene.now(), events: [pageView(scene, '/solar/roof')] }
  const purchase = { ...said, events: [{ ...pageView(scene, '/checkout'), type: 'purchase' }] }
  const answers = [
    await visitor.send('/v1/events', said, headers),
    await visitor.send('/v1/events', purchase, headers),
    await visitor.send('/v1/link', { site: SITE }, headers),
  ]
  const after = await records()
  const grown = Object.entries(after).map(([topic, n]) => [topic, n - (before[topic] ?? 0)] as const)
  return {
    written: Object.fromEntries(grown.filter(([, n]) => n > 0)),
    cookies: answers.flatMap((answer) => answer.headers.getSetCookie()),
    statuses: answers.map(({ status }) => status),
  }
}

const newcomer = () => {
  visitors += 1
  return visitorOf(scene, visitors)
}
async function granted(purposes = ['P1', 'P2', 'P3']): Promise<Visitor> {
  const visitor = newcomer()
  await visitor.consent(purposes)
  return visitor
}
const nothing = { written: {}, cookies: [] }

test('control: with a consent the same requests are written down', async () => {
  const { written, statuses } = await browse(await granted())
  expect(written).toMatchObject({ events: 1, signals: expect.any(Number) })
  expect(statuses).toEqual([202, 202, 200])
})

const strangers: readonly (readonly [string, () => Promise<Visitor>])[] = [
  ['who was never asked', async () => newcomer()],
  [
    'who declined',
    async () => {
      const visitor = newcomer()
      const answer = await visitor.consent([])
      expect(answer.headers.getSetCookie()).toEqual([])
      return visitor
    },
  ],
  ['with an unreadable cookie', async () => Object.assign(newcomer(), { cookie: `__Host-bauta_${SITE}=b1~x` })],
  [
    'who gave themselves another purpose',
    async () => {
      const visitor = await granted(['P1'])
      return Object.assign(visitor, { cookie: visitor.cookie.replace('~P1~', '~P1P2P3~') })
    },
  ],
  [
    'with the id of somebody else under their own MAC',
    async () => {
      const [visitor, other] = [await granted(), await granted()]
      const id = (cookie: string) => cookie.split('~')[1] ?? ''
      return Object.assign(visitor, { cookie: visitor.cookie.replace(id(visitor.cookie), id(other.cookie)) })
    },
  ],
  [
    'with two cookies of that name',
    async () => {
      const visitor = await granted()
      return Object.assign(visitor, { cookie: `${visitor.cookie}; ${visitor.cookie}` })
    },
  ],
  [
    'who kept the cookie of a consent that was withdrawn',
    async () => {
      const visitor = await granted()
      const { cookie } = visitor
      await visitor.consent([])
      return Object.assign(visitor, { cookie })
    },
  ],
  ['who allowed storage alone', () => granted(['P1'])],
]

test.each(strangers)('nothing is written of a visitor %s, and no cookie is set', async (_, visit) => {
  const visitor = await visit()
  expect(await browse(visitor)).toMatchObject(nothing)
})

test('one purpose brings nothing of another', async () => {
  const analytics = await browse(await granted(['P1', 'P2']))
  expect(analytics.written).not.toHaveProperty('signals')
  expect(analytics.written).toHaveProperty('events', 1)
  const interests = await browse(await granted(['P1', 'P3']))
  expect(interests.written).not.toHaveProperty('events')
})

test('while withdrawals can be read neither from the cache nor from the log no consent counts', async () => {
  const visitor = await granted()
  world.withoutCache = true
  expect((await browse(visitor)).written).toHaveProperty('signals')
  world.withoutLog = true
  // What was read just before, by whoever asked or by the clock, is still good for a moment.
  await pause(500)
  const outcome = await browse(visitor)
  world.withoutCache = false
  world.withoutLog = false
  expect(outcome).toMatchObject({ ...nothing, statuses: [503, 503, 503] })
  expect((await browse(visitor)).written).toHaveProperty('signals')
})

test('a browser that says GPC writes no signals any more, also when it stops saying so', async () => {
  const visitor = await granted()
  const { written } = await browse(visitor, { 'sec-gpc': '1' })
  expect(written).not.toHaveProperty('signals')
  expect(written).toHaveProperty('stops', 1)
  expect((await browse(visitor)).written).not.toHaveProperty('signals')
})

test('a consent that has run out is none', async () => {
  const visitor = await granted()
  scene.pass(395 * DAY_MS)
  expect(await browse(visitor)).toMatchObject(nothing)
})
