import { expect, test } from 'vitest'
import * as z from 'zod'
import { requestPool } from './wire.ts'

const EVENTS = 2_000
const Body = z.object({ events: z.array(z.object({ id: z.uuidv4() })) })
const idsOf = (request: Buffer) =>
  Body.parse(JSON.parse(request.toString().split('\r\n\r\n')[1] ?? '')).events.map(({ id }) => id)

/** More than are made beforehand. */
function idsOfAll(freshIds: boolean): string[] {
  const next = requestPool(80, [{ cookie: 'c=1', address: '10.0.0.7' }], EVENTS, freshIds)
  return Array.from({ length: 15 }, () => idsOf(next())).flat()
}

test('with fresh ids no event is sent twice', () => {
  expect(new Set(idsOfAll(true)).size).toBe(15 * EVENTS)
})

test('control: without them, requests come again as they were', () => {
  expect(new Set(idsOfAll(false)).size).toBeLessThan(15 * EVENTS)
})
