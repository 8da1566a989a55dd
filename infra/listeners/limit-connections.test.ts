/** Over real sockets, by a clock of their own. */

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { limitConnections } from './limit-connections.ts'

let closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.reverse()) await close()
  closing = []
})

/** A server at which requests for /stay stay until they are let go, in order. */
async function room(most: number) {
  const at = { time: 0, asked: 0, closed: 0 }
  const now = () => {
    at.asked += 1
    return at.time
  }
  const accepted: Socket[] = []
  const staying: ServerResponse[] = []
  const server = createServer()
  const take = limitConnections(server, { most, keepAliveMs: 30_000, sweepMs: 2, now })
  server.on('connection', (socket) => accepted.push(socket))
  server.on('request', (incoming, outgoing) => {
    take(incoming, outgoing)
    outgoing.on('close', () => {
      at.closed += 1
    })
    if (incoming.url?.startsWith('/stay')) staying.push(outgoing)
    else outgoing.end(`answer to ${incoming.url}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async () => {
    const closed = once(server, 'close')
    server.close().closeAllConnections()
    await closed
  }
  closing.push(() => server.listening && close())

  /** Once it is in, not only in the queue of the system. */
  const come = async () => {
    const before = accepted.length
    const client = connect(port, '127.0.0.1').on('error', () => {})
    closing.push(() => client.destroy())
    await until(() => accepted.length > before)
    return client
  }
  return { at, port, accepted, staying, come, close, letGo: () => staying.shift()?.end('answer to /stay') }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(2)
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`

/** What is said on it until `end` was. Rejects where it is closed before. */
async function hear(client: Socket, end: string): Promise<string> {
  let heard = ''
  const closed = once(client, 'close').then(() => Promise.reject(new Error(`closed after ${heard}`)))
  closed.catch(() => {})
  while (!heard.includes(end)) {
    const [chunk] = await Promise.race([once(client, 'data'), closed])
    heard += String(chunk)
  }
  return heard
}

async function ask(client: Socket, path = '/'): Promise<string> {
  const answer = hear(client, `answer to ${path}`)
  client.write(get(path))
  return answer
}

/** Closed by the server, without a word. */
async function gone(client: Socket): Promise<void> {
  if (!client.closed) await once(client.resume(), 'close')
}

async function refused(port: number): Promise<void> {
  const client = connect(port, '127.0.0.1').on('error', () => {})
  await gone(client)
  expect(client.bytesRead).toBe(0)
}

test('in a room of idle ones a newcomer finds a place, and the one that is idle longest is closed', async () => {
  const { at, come } = await room(3)
  const [first, second] = [await come(), await come()]
  at.time += 600
  const third = await come()
  await gone(first)
  const fourth = await come()
  await gone(second)
  expect(await Promise.all([third, fourth].map((client) => ask(client)))).toHaveLength(2)
})

test('who asks anew is the last to give way', async () => {
  const { at, come } = await room(3)
  const [first, second] = [await come(), await come()]
  at.time += 100
  await ask(first)
  at.time += 500
  const third = await come()
  await gone(second)
  expect(await Promise.all([first, third].map((client) => ask(client)))).toHaveLength(2)
})

test('who is being answered never gives way: newcomers are refused until one is idle for a while', async () => {
  const { at, port, staying, come, letGo } = await room(1)
  const busy = await come()
  busy.write(get('/stay'))
  await until(() => staying.length === 1)
  at.time += 60_000
  await refused(port)
  const answer = hear(busy, 'answer to /stay')
  letGo()
  await answer
  await refused(port)
  at.time += 500
  await refused(port)
  await gone(busy)
  expect(await ask(await come())).toContain('200 OK')
})

test('who is idle for a moment only does not give way: a request may be on its way', async () => {
  const { at, port, come } = await room(2)
  const first = await come()
  at.time += 499
  const second = await come()
  await refused(port)
  expect(await Promise.all([first, second].map((client) => ask(client)))).toHaveLength(2)
})

test('who has said nothing yet or half of its headers is idle', async () => {
  const { at, accepted, come } = await room(3)
  const [silent, slow] = [await come(), await come()]
  slow.write('GET / HTTP/1.1\r\nHost:')
  await until(() => accepted[1]?.bytesRead === 21)
  at.time += 500
  await come()
  await gone(silent)
  await come()
  await gone(slow)
})

test('who is idle for thirty seconds is closed, and nobody else', async () => {
  const { at, staying, come, letGo } = await room(10)
  const [idle, later, busy] = [await come(), await come(), await come()]
  await ask(idle)
  busy.write(get('/stay'))
  await until(() => staying.length === 1)
  const swept = async () => {
    const { asked } = at
    await until(() => at.asked > asked + 1)
  }
  at.time = 29_999
  await swept()
  await ask(later)
  expect(idle.closed).toBe(false)
  at.time = 30_000
  await gone(idle)
  at.time = 59_998
  await swept()
  await ask(later)
  const answer = hear(busy, 'answer to /stay')
  letGo()
  await answer
})

test('of two requests in one packet both are answered before their connection is idle', async () => {
  const { at, staying, come, letGo } = await room(2)
  const pipelining = await come()
  pipelining.write(get('/stay') + get('/stay'))
  await until(() => staying.length === 2)
  const one = hear(pipelining, 'answer to /stay')
  letGo()
  await one
  await until(() => at.closed === 1)
  at.time += 60_000
  const other = await come()
  const two = hear(pipelining, 'answer to /stay')
  letGo()
  await two
  await ask(other)
  at.time += 30_000
  await gone(pipelining)
})

test('each response of a connection that breaks says once that it is over, also those behind another', async () => {
  const { at, staying, come, letGo } = await room(2)
  const pipelining = await come()
  pipelining.write(get('/stay').repeat(3))
  await until(() => staying.length === 3)
  staying[1]?.end('before its turn')
  pipelining.destroy()
  await until(() => at.closed === 3)
  for (let n = 0; n < 3; n += 1) letGo()
  await pause(10)
  expect(at.closed).toBe(3)
})

test('nothing is left of those who broke off, sent nonsense, or wanted a tunnel', async () => {
  const { at, staying, accepted, come } = await room(3)
  for (const text of ['nonsense\r\n\r\n', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n']) {
    const client = await come()
    client.write(text)
    await gone(client)
  }
  for (const text of ['', 'GET / HT', get('/stay'), get('/stay').repeat(2)]) {
    const client = await come()
    const before = staying.length
    client.write(text)
    await until(() => staying.length - before === text.split('/stay').length - 1)
    client.destroy()
  }
  await until(() => accepted.every(({ closed }) => closed))
  await until(() => at.closed === 3)
  const upgrading = await come()
  const answer = hear(upgrading, 'answer to /up')
  upgrading.write('GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  await answer
  at.time += 600
  const second = await come()
  await ask(upgrading)
  at.time += 600
  await come()
  await gone(second)
  await ask(upgrading)
})

test('once the server is closed nobody looks for idle ones any more', async () => {
  const { at, close } = await room(2)
  await until(() => at.asked > 2)
  await close()
  const { asked } = at
  await pause(20)
  expect(at.asked).toBe(asked)
})
