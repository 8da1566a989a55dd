import pino from 'pino'
import { expect, test } from 'vitest'
import { openMemoryCache } from '../../infra/embedded/memory-cache.ts'
import { receiptId } from '../../test/fakes/web-records.ts'
import { receiptsApp } from './receipts-app.ts'

const state = { state: 'done' as const, steps: [{ step: 'recorded', done: true }] }
const app = (perSecond = 100) =>
  receiptsApp({
    lookUpReceipt: async (receipt) => (receipt === receiptId(1) ? state : undefined),
    // Within one second, however long the test takes.
    cache: openMemoryCache({ now: () => 0 }),
    log: pino({ level: 'silent' }),
    perSecond,
  })

test('a receipt that is known is answered without a token; one that is not, and what is none, are not found', async () => {
  const served = app()
  const answer = await served.request(`/receipts/${receiptId(1)}`)
  expect([answer.status, await answer.json(), answer.headers.get('cache-control')]).toEqual([200, state, 'no-store'])
  for (const id of [receiptId(2), 'x', "r' OR 1"])
    expect((await served.request(`/receipts/${encodeURIComponent(id)}`)).status).toBe(404)
})

test('who asks too often is told when to come back', async () => {
  const served = app(2)
  const ask = async () => (await served.request(`/receipts/${receiptId(1)}`)).status
  expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 429])
})
