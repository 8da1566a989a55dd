import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { readEnvironment } from '../../infra/process/environment.ts'
import { connect } from './client.ts'

/** What a command is told whose instance answers like this. */
async function told(answer: (response: ServerResponse) => void): Promise<unknown> {
  const server = createServer((_, response) => answer(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const settings = readEnvironment({ BAUTA_URL: url, BAUTA_TOKEN: 'token' }, '/')
  const client = await connect(settings, () => Promise.reject(new Error('none is opened')))
  return client
    .call('GET', '/status')
    .catch((error: unknown) => error)
    .finally(() => server.close())
}

test('an instance that ends in the middle of its answer does not answer', async () => {
  const answer = (response: ServerResponse) =>
    void response.writeHead(200).write('{"lag":', () => response.socket?.destroy())
  expect(await told(answer)).toMatchObject({ code: 'conflict', message: expect.stringMatching(/does not answer/) })
})

test('what is no instance at all is told from one', async () => {
  const answer = (response: ServerResponse) => void response.writeHead(200).end('<title>It works</title>')
  expect(await told(answer)).toMatchObject({ code: 'conflict', message: expect.stringMatching(/check BAUTA_URL/) })
})
