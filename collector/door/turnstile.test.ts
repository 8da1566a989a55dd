/** Over real sockets: what a door does when more come than it can take, and with those who take their time. */

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { type Listener, listen } from '../../infra/listeners/http.ts'
import { origin, webWorld } from '../../test/fakes/web.ts'
import { type Capacity, defaultCapacity } from '../deps.ts'
import { watchPressure } from './pressure.ts'
import { createTurnstile } from './turnstile.ts'

let closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.reverse()) await close()
  closing = []
})

interface Options {
  readonly capacity?: Partial<Capacity>
  readonly reason?: 'loop' | 'disk'
  readonly headersMs?: number
  readonly requestMs?: number
}

/** A door behind which every request stays until it is let go. */
async function door({ capacity, reason, ...patience }: Options = {}) {
  const world = await webWorld({ deps: { clientAddressHeader: undefined } })
  const staying: (() => void)[] = []
  const turnstile = createTurnstile({
    sites: world.deps.sites,
    meter: world.deps.meter,
    capacity: { ...defaultCapacity, ...capacity },
    pressure: { reason: () => reason },
  })
  const entered: ServerResponse[] = []
  const enter: typeof turnstile.enter = (incoming, outgoing, pass) => {
    entered.push(outgoing)
    turnstile.enter(incoming, outgoing, pass)
  }
  const fetch = async (request: Request) => {
    if (new URL(request.url).pathname.startsWith('/v1/')) await new Promise<void>((resolve) => staying.push(resolve))
    return Response.json({ ok: true })
  }
  const web = { fetch, turnstile: { ...turnstile, enter } }
  const listener = await listen(web, { host: '127.0.0.1', port: 0, name: 'door', ...patience })
  closing.push(listener.close, turnstile.close, () => {
    for (const go of staying) go()
  })
  return { ...world, turnstile, staying, entered, port: listener.port }
}

/** The collector itself behind its turnstile, for slow and for large bodies. */
async function collector({
  bodyMs = 5_000,
  clientAddressHeader,
  ...options
}: {
  bodyMs?: number
  clientAddressHeader?: string
  headersMs?: number
  requestMs?: number
} = {}) {
  const world = await webWorld({ deps: { clientAddressHeader, bodyMs } })
  const { sites, meter } = world.deps
  const turnstile = createTurnstile({
    sites,
    meter,
    capacity: defaultCapacity,
    pressure: { reason: () => undefined },
  })
  const web = { fetch: world.app.fetch, turnstile }
  const listener: Listener = await listen(web, { host: '127.0.0.1', port: 0, name: 'collector', ...options })
  closing.push(listener.close, turnstile.close)
  return { ...world, port: listener.port }
}

function post(path: string, length: number, more = ''): string {
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nOrigin: ${origin}\r\nContent-Type: text/plain\r\n`
  return `${head}Content-Length: ${length}\r\n${more}\r\n`
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  closing.push(() => socket.destroy())
  // Who is turned away may be cut off after the answer.
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Sends it and answers what comes first. */
async function ask(port: number, text: string | Buffer): Promise<string> {
  const socket = await open(port)
  socket.write(text)
  const [chunk] = await once(socket, 'data')
  return String(chunk)
}
const statusOf = (answer: string) => Number(answer.slice(9, 12))

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(2)
}

test('those who come too many wait for a place, in order', async () => {
  const { port, turnstile, staying } = await door({ capacity: { requests: 1 } })
  const answered: string[] = []
  for (const n of [0, 1, 2, 3]) {
    void ask(port, post('/v1/events', 0)).then((answer) => answered.push(`${n} ${statusOf(answer)}`))
    await until(() => staying.length === 1 && turnstile.status().waiting === n)
  }
  for (const n of [0, 1, 2, 3]) {
    await until(() => staying.length === 1)
    expect(turnstile.status()).toMatchObject({ requests: 1, waiting: 3 - n })
    staying.shift()?.()
    await until(() => answered.length === n + 1)
  }
  expect(answered).toEqual(['0 200', '1 200', '2 200', '3 200'])
  await until(() => turnstile.status().requests === 0)
})

test('one request of a connection waits, and those it sends behind are turned away', async () => {
  const { port, turnstile, staying, metrics } = await door({ capacity: { requests: 1 } })
  const first = ask(port, post('/v1/events', 0))
  await until(() => staying.length === 1)
  const pipelining = await open(port)
  let heard = ''
  pipelining.on('data', (chunk) => {
    heard += String(chunk)
  })
  pipelining.write(post('/v1/events', 0).repeat(3))
  await until(() => metrics.length === 2)
  expect(metrics).toEqual([['pipelined'], ['pipelined']])
  expect(turnstile.status()).toMatchObject({ requests: 1, waiting: 1 })
  staying.shift()?.()
  expect(statusOf(await first)).toBe(200)
  await until(() => staying.length === 1)
  staying.shift()?.()
  await until(() => heard.split('HTTP/1.1 ').length === 4)
  expect([...heard.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '503', '503'])
})

test('a connection that breaks leaves all places that its requests had', async () => {
  const { port, turnstile, staying } = await door({ capacity: { requests: 3 } })
  const pipelining = await open(port)
  pipelining.write(post('/v1/events', 0).repeat(3))
  await until(() => staying.length === 3)
  const next = ask(port, post('/v1/events', 0))
  await until(() => turnstile.status().waiting === 1)
  pipelining.destroy()
  await until(() => turnstile.status().requests === 1 && staying.length === 4)
  staying[3]?.()
  expect(statusOf(await next)).toBe(200)
})

test('who waits too long is turned away and told when to come back', async () => {
  const { port, staying, metrics } = await door({ capacity: { requests: 1, waitMs: 30 } })
  ask(port, post('/v1/events', 0)).catch(() => {})
  await until(() => staying.length === 1)
  const second = await ask(port, post('/v1/events', 0))
  expect(statusOf(second)).toBe(503)
  expect(second).toMatch(/Retry-After: \d+/)
  expect(second).toContain(`Access-Control-Allow-Origin: ${origin}`)
  expect(second).toContain('"overloaded"')
  expect(metrics).toEqual([['waited']])
})

test('who left while waiting takes no place', async () => {
  const { port, turnstile, staying, entered } = await door({ capacity: { requests: 1, waitMs: 600_000 } })
  const first = ask(port, post('/v1/events', 0))
  await until(() => staying.length === 1)
  const leaver = await open(port)
  leaver.write(post('/v1/events', 0))
  await until(() => turnstile.status().waiting === 1)
  leaver.destroy()
  await until(() => entered[1]?.destroyed === true)
  staying.shift()?.()
  expect(statusOf(await first)).toBe(200)
  await until(() => turnstile.status().waiting === 0)
  expect([turnstile.status().requests, staying.length]).toEqual([0, 0])
})

test('bodies are counted as announced, compressed ones as what they may become', async () => {
  const { port, turnstile, staying } = await door({ capacity: { bytes: 300_000 } })
  ask(port, post('/v1/events', 4, 'Content-Encoding: gzip\r\n')).catch(() => {})
  await until(() => staying.length === 1)
  expect(turnstile.status().bytes).toBe(262_144)
  ask(port, post('/v1/events', 40_000)).catch(() => {})
  await until(() => turnstile.status().waiting === 1)
  // Whoever came later waits too, although there would be room: else large bodies would wait for ever.
  ask(port, post('/v1/events', 1)).catch(() => {})
  await until(() => turnstile.status().waiting === 2)
  expect(staying).toHaveLength(1)
})

test.each(['loop', 'disk'] as const)(
  'under pressure of the %s events are turned away, and who says no is heard',
  async (reason) => {
    const { port, staying, metrics } = await door({ reason })
    const answer = await ask(port, post('/v1/events', 0))
    expect([statusOf(answer), answer.includes('Retry-After')]).toEqual([503, true])
    expect(metrics).toEqual([[reason]])
    ask(port, post('/v1/consent', 0)).catch(() => {})
    ask(port, 'DELETE /v1/visitor?site=demo HTTP/1.1\r\nHost: localhost\r\n\r\n').catch(() => {})
    await until(() => staying.length === 2)
    expect(statusOf(await ask(port, 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'))).toBe(200)
  },
)

test('a door in another spelling is a door, and nothing else is heard as a withdrawal', async () => {
  const { port, turnstile, metrics } = await door({ reason: 'disk' })
  const spellings = [
    '/%761/events',
    'http://localhost/v1/events',
    '/./v1/events',
    '//v1/events',
    '/v1/consent/../events',
    '/v1/consentx',
  ]
  for (const path of spellings) expect(statusOf(await ask(port, post(path, 0))), path).toBe(503)
  expect(metrics).toHaveLength(spellings.length)
  const pages = ['/', '/b.js', '/healthz', '/en/solar/roof?x=../v1']
  for (const path of pages)
    expect(statusOf(await ask(port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)), path).toBe(200)
  expect(turnstile.status().requests).toBe(0)
})

const choice = JSON.stringify({ site: 'demo', notice: '2026-11', lang: 'de', purposes: [], method: 'banner' })

/** The first byte of so many bodies, each out of its network; `answered` are the statuses of those who were not let wait for the rest. */
async function drip(port: number, count: number, addressOf: (n: number) => string) {
  const answered: number[] = []
  const sockets: Socket[] = []
  for (let n = 0; n < count; n += 1) {
    const socket = await open(port)
    socket.on('data', (chunk) => answered.push(statusOf(String(chunk))))
    socket.write(`${post('/v1/events', 1_000, `X-Forwarded-For: ${addressOf(n)}\r\nContent-Encoding: gzip\r\n`)}x`)
    sockets.push(socket)
  }
  return { answered, sockets }
}
const refused = (count: number) => Array.from({ length: count }, () => 503)
const patient = { clientAddressHeader: 'x-forwarded-for', bodyMs: 600_000 }

test('bodies that drip leave half of the places to those that come at once', async () => {
  const { port } = await collector(patient)
  const { answered } = await drip(port, 64, (n) => `10.0.${n}.1`)
  await until(() => answered.length >= 32)
  expect(statusOf(await ask(port, post('/v1/consent', choice.length) + choice))).toBe(200)
  expect(answered).toEqual(refused(32))
})

test('bodies that drip out of one network leave places to those of others, and theirs to their own when they are gone', async () => {
  const { port } = await collector(patient)
  const { answered, sockets } = await drip(port, 64, (n) => `6.6.6.6, 10.0.0.${n}`)
  await until(() => answered.length >= 60)
  const slowly = async (address: string) => {
    const socket = await open(port)
    socket.write(post('/v1/consent', choice.length, `X-Forwarded-For: ${address}\r\n`))
    await pause(50)
    socket.write(choice)
    const [chunk] = await once(socket, 'data')
    return statusOf(String(chunk))
  }
  expect(await slowly('10.0.1.200')).toBe(200)
  expect(answered).toEqual(refused(60))
  for (const socket of sockets) socket.destroy()
  await until(async () => (await slowly('10.0.0.200')) === 200)
})

test('more connections than there may be are not taken', async () => {
  const { port, staying } = await door({ capacity: { connections: 1 } })
  // One at work gives way to nobody, however late the loop is.
  ask(port, post('/v1/events', 0)).catch(() => {})
  await until(() => staying.length === 1)
  const second = connect(port, '127.0.0.1')
  second.on('error', () => {})
  await once(second, 'close')
})

test('a core that is late for its clock says so, and a disk without space', async () => {
  const at = { time: 0, free: 1_000 }
  const watched = { capacity: { loopDelayMs: 100, freeDiskBytes: 500 }, now: () => at.time }
  const pressure = await watchPressure({ ...watched, freeBytes: async () => at.free })
  closing.push(pressure.close)
  at.time += 50
  await pause(60)
  expect(pressure.reason()).toBeUndefined()
  at.time += 200
  await pause(120)
  expect(pressure.reason()).toBeUndefined()
  const late = setInterval(() => {
    at.time += 300
  }, 1)
  await until(() => pressure.reason() === 'loop')
  clearInterval(late)
  at.free = 499
  const full = await watchPressure({ ...watched, freeBytes: async () => at.free })
  closing.push(full.close)
  expect(full.reason()).toBe('disk')
})

test('slow clients get 408: headers that do not end, bodies that pause, requests that take too long', async () => {
  // Each waits long for all but one of them.
  const [ofHeaders, ofBodies, ofRequests] = [
    await collector({ headersMs: 100 }),
    await collector({ bodyMs: 50 }),
    await collector({ headersMs: 300, requestMs: 300, bodyMs: 600_000 }),
  ]
  const slowHeaders = ask(ofHeaders.port, 'POST /v1/events HTTP/1.1\r\nHost: localhost\r\n')
  const pausing = ask(ofBodies.port, `${post('/v1/link', 100)}{"site"`)
  const dripping = open(ofRequests.port).then(async (socket) => {
    socket.write(post('/v1/link', 10_000))
    const drip = setInterval(() => socket.write(' '), 20)
    const [chunk] = await once(socket, 'data').finally(() => clearInterval(drip))
    return String(chunk)
  })
  const answers = await Promise.all([slowHeaders, pausing, dripping])
  expect(answers.map(statusOf)).toEqual([408, 408, 408])
  expect(answers.map((answer) => answer.includes('"slow_client"'))).toEqual([false, true, false])
})

test('a small body that inflates into a large one is cut off at the limit', async () => {
  const { port } = await collector()
  const bomb = gzipSync(Buffer.alloc(30 << 20), { level: 9 })
  expect(bomb.length).toBeLessThan(65_536)
  const head = post('/v1/link', bomb.length, 'Content-Encoding: gzip\r\n')
  const before = process.memoryUsage().rss
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => ask(port, Buffer.concat([Buffer.from(head), bomb]))),
  )
  expect(new Set(answers.map(statusOf))).toEqual(new Set([413]))
  expect(process.memoryUsage().rss - before).toBeLessThan(64 << 20)
})
