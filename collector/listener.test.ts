/** Over a real socket: what only a stream can do wrong. */

import { request } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { type Listener, listen } from '../infra/listeners/http.ts'
import { now, origin, webWorld, wireEvent } from '../test/fakes/web.ts'

let listener: Listener | undefined
afterEach(() => listener?.close())

async function open() {
  const world = await webWorld({ deps: { clientAddressHeader: undefined } })
  listener = await listen(world.app, { host: '127.0.0.1', port: 0, name: 'collector' })
  return { ...world, port: listener.port }
}

interface Sent {
  readonly chunks: readonly string[]
  /** Leaves before it has said everything it promised. */
  readonly leaves?: boolean
  readonly headers?: Record<string, string>
}

function post(
  port: number,
  path: string,
  { chunks, leaves, headers = {} }: Sent,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port,
      path,
      method: 'POST',
      headers: { origin, 'content-type': 'text/plain', ...headers },
    })
    sent.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    sent.on('error', reject)
    for (const chunk of chunks) sent.write(chunk)
    if (leaves) setTimeout(() => sent.destroy(), 20)
    else sent.end()
  })
}

test('a body in pieces is read as one', async () => {
  const { port } = await open()
  const text = JSON.stringify({ site: 'demo', sent: now, events: [wireEvent()] })
  const answer = await post(port, '/v1/events', { chunks: [text.slice(0, 20), text.slice(20)] })
  expect(answer).toEqual({ status: 202, text: '{"accepted":0,"refused":[{"index":0,"reason":"no_consent"}]}' })
})

test('a body without an announced end is cut off at the limit', async () => {
  const { port } = await open()
  const answer = await post(port, '/v1/events', { chunks: Array.from({ length: 100 }, () => 'x'.repeat(1_000)) })
  expect([answer.status, JSON.parse(answer.text).error.code]).toEqual([413, 'too_large'])
})

test('who leaves in the middle disturbs nobody', async () => {
  const { port, lines } = await open()
  const gone = post(port, '/v1/link', { chunks: ['{"site"'], leaves: true, headers: { 'content-length': '1000' } })
  await expect(gone).rejects.toThrow()
  expect((await post(port, '/v1/link', { chunks: ['{"site":"demo"}'] })).status).toBe(200)
  expect(lines).toEqual([])
})
