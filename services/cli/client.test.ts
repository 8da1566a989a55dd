import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { readEnvironment } from '../../infra/environment.ts'
import { connect } from './client.ts'

test('an instance that ends in the middle of its answer does not answer', async () => {
  const server = createServer((_, response) => {
    response.writeHead(200).write('{"lag":', () => response.socket?.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const settings = readEnvironment({ BAUTA_URL: url, BAUTA_TOKEN: 'token' }, '/')
  const client = await connect(settings, () => Promise.reject(new Error('none is opened')))
  await expect(client.call('GET', '/status')).rejects.toMatchObject({ code: 'conflict' })
  server.close()
})
