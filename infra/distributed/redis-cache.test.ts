import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import type { Cache } from '../ports/cache.ts'
import { openRedisCache } from './redis-cache.ts'

/** A port would be anybody's between two servers. The path of a socket has some hundred characters at most. */
const folder = mkdtempSync(join(tmpdir(), 'redis-'))
let fakes = 0
afterAll(() => rmSync(folder, { recursive: true }))

/** Speaks as much of Redis as a client needs to take it for one, until it is told to fall silent, refuse or hang up. */
async function openFake(url = join(folder, String(++fakes))) {
  const sockets = new Set<Socket>()
  let manner: 'answers' | 'silent' | 'refuses' = 'answers'
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    let lost = false
    socket.on('data', (data) => {
      const commands = data.toString().match(/^\*\d+/gm) ?? []
      // As after a way that was cut: nothing comes over this connection any more.
      lost ||= manner === 'silent'
      if (lost) return
      const answer = manner === 'refuses' ? '-OOM command not allowed when value `secret` is set\r\n' : '+OK\r\n'
      const hello = data.toString().includes('HELLO') ? '-ERR unknown command\r\n' : undefined
      for (const _ of commands) socket.write(hello ?? answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(url, resolve))
  return {
    url,
    become: (next: typeof manner) => {
      manner = next
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const asked: Record<string, (cache: Cache) => Promise<unknown>> = {
  get: (cache) => cache.get('secret'),
  set: (cache) => cache.set('secret', 'secret', 10),
  delete: (cache) => cache.delete('secret'),
  take: (cache) => cache.take('secret', 1, 10),
  healthy: (cache) => cache.healthy(),
}
const expectDown = async (answer: Promise<unknown>, words = /^the cache cannot be asked: [\w ]+$/) => {
  const error = await answer.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toMatchObject({ code: 'cache_down' })
  expect(error).not.toHaveProperty('cause')
  expect(String(error)).not.toContain('secret')
  expect((error as Error).message).toMatch(words)
}
async function back(cache: Cache): Promise<void> {
  const missed = () =>
    cache.healthy().then(
      () => false,
      () => true,
    )
  while (await missed()) await pause(20)
}

test.each(Object.entries(asked))('a Redis that is away is down: %s', async (_name, ask) => {
  const cache = await openRedisCache({ url: 'redis://:secret@127.0.0.1:1', password: undefined })
  await expectDown(ask(cache))
  await cache.close()
})

test('a Redis that refuses is down, and its words stay where they are', async () => {
  const fake = await openFake()
  const cache = await openRedisCache({ url: fake.url, password: undefined })
  fake.become('refuses')
  await expectDown(cache.set('secret', 'secret', 1), /OOM$/)
  await cache.close()
  await fake.close()
})

test('a Redis that falls silent is left, and found again when it speaks', async () => {
  const fake = await openFake()
  const cache = await openRedisCache({ url: fake.url, password: undefined })
  await back(cache)
  fake.become('silent')
  await expectDown(cache.get('secret'))
  fake.become('answers')
  await back(cache)
  await cache.close()
  await fake.close()
})

test('one that ends fails what it was asked, is missed meanwhile, and is found when it is back', async () => {
  const fake = await openFake()
  const cache = await openRedisCache({ url: fake.url, password: undefined })
  fake.become('silent')
  const waiting = cache.get('secret')
  await fake.close()
  await expectDown(waiting)
  await expectDown(cache.get('secret'))
  const again = await openFake(fake.url)
  await back(cache)
  await cache.close()
  await again.close()
})
