import { once } from 'node:events'
import { connect } from 'node:net'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import pino from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Fault } from '../../schemas/fault.ts'
import { answerError, listen, notFound, requestId } from './http.ts'

test('a port that is taken is named, with what to do, and the first listener goes on', async () => {
  const app = new Hono().get('/', (context) => context.text('here'))
  const first = await listen(app, { name: 'web', host: '127.0.0.1', port: 0 })
  const second = listen(app, { name: 'admin', host: '127.0.0.1', port: first.port })
  await expect(second).rejects.toMatchObject({
    code: 'in_use',
    message: expect.stringMatching(/port \d+ for admin is taken/),
  })
  expect(await (await fetch(`http://127.0.0.1:${first.port}/`)).text()).toBe('here')
  await first.close()
})

test.each([
  ['a listener', undefined],
  ['one with a turnstile', { connections: 2, enter: (_: unknown, __: unknown, pass: () => void) => pass() }],
])('%s that closes waits for no idle connection', async (_, turnstile) => {
  const app = new Hono().get('/', (context) => context.text('here'))
  const listener = await listen({ fetch: app.fetch, turnstile }, { name: 'web', host: '127.0.0.1', port: 0 })
  const client = connect(listener.port, '127.0.0.1')
  client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  expect(String(await once(client, 'data'))).toContain('here')
  const cut = once(client, 'close')
  // So that the time to cut off whoever is not idle never comes.
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  await listener.close()
  await cut
})

test('a fault is answered as it is, a bug without detail and logged once without what it says', async () => {
  const lines: string[] = []
  const log = pino({}, { write: (line: string) => void lines.push(line) })
  const app = new Hono<{ Variables: { requestId: string } }>()
  app.use(requestId)
  app.onError(answerError(log))
  app.notFound(notFound)
  app.get('/fault', () => {
    throw new Fault('store_down', 'later, please')
  })
  app.get('/bug', () => {
    throw new Error('ada@example.org')
  })
  app.get('/json', () => {
    throw new HTTPException(400)
  })
  const fault = await app.request('/fault')
  expect([fault.status, fault.headers.get('retry-after')]).toEqual([503, '5'])
  const bug = await app.request('/bug')
  expect(bug.status).toBe(500)
  expect(await bug.text()).not.toContain('ada')
  expect([(await app.request('/json')).status, (await app.request('/none')).status]).toEqual([400, 404])
  expect(lines).toHaveLength(1)
})
