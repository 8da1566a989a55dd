import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestSql, type TestSql } from '../../test/engines/test-engines.ts'
import { onceADay } from './once-a-day.ts'

let sql: TestSql
beforeAll(async () => {
  sql = await openTestSql()
})
afterAll(() => sql.close())

test('is done by the first who comes in a UTC day, and again on the next; what failed is due at once', async () => {
  const done: string[] = []
  const at = (time: string, work = async () => {}) =>
    onceADay(sql, 'merged', Date.parse(time), async () => {
      await work()
      done.push(time)
    })
  const failed = at('2026-11-20T00:10:00Z', () => Promise.reject(new Error('killed')))
  await expect(failed).rejects.toThrow('killed')
  expect(await at('2026-11-20T01:10:00Z')).toBe(true)
  expect(await at('2026-11-20T02:10:00Z')).toBe(false)
  expect(await at('2026-11-20T23:59:59.999Z')).toBe(false)
  expect(await at('2026-11-21T00:00:00Z')).toBe(true)
  expect(await at('2026-11-21T01:00:00Z')).toBe(false)
  expect(await at('2026-11-24T15:00:00Z')).toBe(true)
  expect(await onceADay(sql, 'another', Date.parse('2026-11-24T15:00:00Z'), async () => {})).toBe(true)
  expect(done).toEqual(['2026-11-20T01:10:00Z', '2026-11-21T00:00:00Z', '2026-11-24T15:00:00Z'])
})
