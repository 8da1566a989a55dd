/** The way to ClickHouse, broken in each way that HTTP knows; what the engine itself says is tested in test/contract/store.test.ts. */

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import * as z from 'zod'
import { clickhouseStore } from '../clickhouse/store.ts'
import { defineCommand, defineQuery, type Store } from '../ports/store.ts'
import { openClickhouse } from './clickhouse.ts'

interface Asked {
  readonly url: URL
  readonly headers: IncomingMessage['headers']
  readonly body: string
}
type Answer = (response: ServerResponse, asked: Asked) => void

const closing: (() => unknown)[] = []
afterEach(async () => {
  while (closing.length > 0) await closing.pop()?.()
})

/** Answers with each of these in turn, and with the last from then on. */
async function standIn(...answers: Answer[]): Promise<{ store: Store; asked: Asked[]; port: number }> {
  const asked: Asked[] = []
  const server: Server = createServer(async (request, response) => {
    const bytes = await buffer(request).catch(() => Buffer.alloc(0))
    const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString()
    const one = { url: new URL(request.url ?? '', 'http://x'), headers: request.headers, body }
    asked.push(one)
    const answer = answers[Math.min(asked.length, answers.length) - 1]
    answer?.(response, one)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const store = open(`http://127.0.0.1:${port}`)
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { store, asked, port }
}

/** Only whoever is never answered is late, as a busy machine may take its time. */
function open(url: string, timeoutMs = 60_000): Store {
  const config = { url, username: 'loader', password: 'pass-word', database: 'db', cluster: undefined }
  const store = clickhouseStore(openClickhouse(config, { timeouts: { asking: timeoutMs, watching: timeoutMs } }))
  closing.push(() => store.close())
  return store
}

const numbers = defineQuery({
  name: 'numbers',
  sql: 'SELECT n FROM t WHERE p IN {ps: Array(String)}',
  params: z.object({ ps: z.array(z.string()) }),
  row: z.object({ n: z.int() }),
})
const forget = defineCommand({
  name: 'forget',
  sql: 'ALTER TABLE t DELETE WHERE p IN {ps: Array(String)}',
  params: z.object({ ps: z.array(z.string()) }),
})
const ask = (store: Store) => store.ask(numbers, { ps: ['secret'] })
const whole = '[\n{"n":1},\n{"n":2}\n]\n'
const rows = [{ n: 1 }, { n: 2 }]
const fine: Answer = (response) => response.end(whole)
const page =
  (status: number): Answer =>
  (response, { url }) =>
    response.writeHead(status).end(`<html>${url}</html>`)
const reset: Answer = (response) => response.socket?.resetAndDestroy()

test('a socket that was closed while it lay idle is replaced for a question and for an insert, which says the same again', async () => {
  const { store, asked } = await standIn(fine, reset, fine, reset, fine)
  expect(await ask(store)).toEqual(rows)
  expect(await ask(store)).toEqual(rows)
  await store.append('t', rows, 'events:0:1-2')
  const inserts = asked.slice(3)
  expect(inserts.map(({ url }) => url.searchParams.get('insert_deduplication_token'))).toEqual(
    Array(2).fill('events:0:1-2'),
  )
  expect(new Set(inserts.map(({ body }) => body)).size).toBe(1)
})

test('a command is said once: nobody knows what became of it, and not every one may be said again', async () => {
  const { store, asked } = await standIn(reset)
  await expect(store.command(forget, { ps: [] })).rejects.toMatchObject({ code: 'store_down' })
  expect(asked).toHaveLength(1)
})

test.each<[string, Answer]>([
  [
    'cut in the middle of a chunked body',
    (response) => {
      response.write(whole.slice(0, 12))
      setTimeout(() => response.socket?.destroy(), 20)
    },
  ],
  [
    'cut at the end of a line, on a connection whose end is the end of the body',
    (response) => {
      response.socket?.end(`HTTP/1.0 200 OK\r\n\r\n${whole.slice(0, 11)}`)
    },
  ],
  ['empty', (response) => response.end()],
  [
    'with an error in the middle, after a status of 200',
    (response) =>
      response.end(`${whole.slice(0, 11)}Code: 241. DB::Exception: too much for secret (MEMORY_LIMIT_EXCEEDED)`),
  ],
])('an answer %s is an error that passes, never a short answer', async (_name, answer) => {
  const { store, asked } = await standIn(answer)
  const failed = await ask(store).catch((error: unknown) => error)
  expect(failed).toMatchObject({ code: 'store_down', retryable: true })
  expect(String(failed)).not.toContain('secret')
  expect(asked).toHaveLength(3)
})

test('a proxy that has no server at hand is asked again, and then it passes as a store that is down', async () => {
  expect(await ask((await standIn(page(502), page(503), fine)).store)).toEqual(rows)
  const { store } = await standIn(page(503))
  await expect(ask(store)).rejects.toThrow(/^numbers: HTTP_503$/)
  await expect(ask(store)).rejects.toMatchObject({ code: 'store_down' })
})

test.each([
  [401, /CLICKHOUSE_USER and CLICKHOUSE_PASSWORD/],
  [403, /CLICKHOUSE_USER and CLICKHOUSE_PASSWORD/],
  [404, /CLICKHOUSE_URL leads to something that is no ClickHouse/],
  [302, /CLICKHOUSE_URL leads to something that is no ClickHouse/],
])(
  'a page with the status %i is a mistake in the settings, named, and nothing of the page is told',
  async (status, says) => {
    const { store, asked } = await standIn(page(status))
    const failed = await ask(store).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(says) })
    expect(String(failed)).not.toContain('<html>')
    expect(asked).toHaveLength(1)
  },
)

test('who is not let in by the engine is told which variables to look at, and one without a grant of that', async () => {
  const says =
    (code: number, type: string): Answer =>
    (response) =>
      response
        .writeHead(403, { 'x-clickhouse-exception-code': String(code) })
        .end(`Code: ${code}. DB::Exception: secret: no. (${type}) (version 26)`)
  const { store } = await standIn(says(516, 'AUTHENTICATION_FAILED'), says(497, 'ACCESS_DENIED'))
  await expect(ask(store)).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringContaining('_PASSWORD'),
  })
  await expect(ask(store)).rejects.toMatchObject({ code: 'config_invalid', message: expect.stringContaining('grant') })
})

test('a server that speaks no TLS, or whose certificate is not trusted, is a mistake in the settings', async () => {
  const { port } = await standIn(fine)
  const store = open(`https://127.0.0.1:${port}`)
  await expect(ask(store)).rejects.toMatchObject({ code: 'config_invalid', message: expect.stringContaining('EPROTO') })
})

test('a server that does not answer is not waited for beyond the time of the job, nor asked again', async () => {
  const { port, asked } = await standIn(() => {})
  const store = open(`http://127.0.0.1:${port}`, 150)
  await expect(ask(store)).rejects.toMatchObject({ code: 'store_down', message: 'numbers: Timeout error.' })
  await expect(store.healthy()).rejects.toMatchObject({ code: 'store_down' })
  expect(asked.length).toBeLessThan(3)
})

test('rows are compressed on their way in, answers on their way out, and pseudonyms by the dozen stand in no URL', async () => {
  const { store, asked } = await standIn(fine)
  const ps = Array.from({ length: 300 }, (_, n) => `${n}`.padStart(32, 'f'))
  await store.append('t', rows, 'events:0:1-2')
  await store.ask(numbers, { ps })
  await store.command(forget, { ps })
  const [insert, question, command] = asked
  expect(insert?.headers['content-encoding']).toBe('gzip')
  expect(question?.headers['accept-encoding']).toContain('gzip')
  for (const each of [question, command]) {
    expect(each?.url.href).not.toContain('ffff')
    expect(each?.body).toContain(ps[299])
    expect(each?.url.searchParams.get('wait_end_of_query')).toBe('1')
  }
})
