import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestSql, type TestSql } from '../../test/engines/test-engines.ts'
import { deadLetterId, deadLettersIn } from './dead-letters.ts'

let sql: TestSql
beforeAll(async () => {
  sql = await openTestSql()
})
afterAll(() => sql.close())

const place = { topic: 'events', partition: 3, position: 1_882_582_077_669_376 }
const letter = { ...place, reason: 'append to events_in: TYPE_MISMATCH', fingerprint: 'ab', day: '2026-11-22' }
const lettersOf = () => deadLettersIn(sql.control)

test('a place in the log is one dead letter however often it is added, and gone when removed', async () => {
  const letters = lettersOf()
  await letters.add(letter)
  await letters.add({ ...letter, day: '2026-11-23' })
  await letters.add({ ...letter, position: 7, day: '2026-11-21' })
  const id = deadLetterId(place)
  expect((await letters.list()).map(({ position }) => position)).toEqual([place.position, 7])
  expect(await letters.get(id)).toEqual({ ...letter, id })
  await letters.remove(id)
  expect(await letters.get(id)).toBeUndefined()
})

test('of more than are listed the newest are, and of one part of the log all are known', async () => {
  const letters = lettersOf()
  const stale = { ...letter, topic: 'counts', partition: 0, day: '2026-11-20' }
  for (let position = 0; position < 1_100; position++) await letters.add({ ...stale, position })
  await letters.add({ ...stale, position: 2_000, day: '2026-11-24' })
  await letters.add({ ...stale, position: 500, partition: 1 })
  const listed = await letters.list()
  expect(listed).toHaveLength(1_000)
  expect(listed[0]).toMatchObject({ topic: 'counts', position: 2_000, day: '2026-11-24' })
  const part = { topic: 'counts', partition: 0 }
  expect(await letters.positions({ ...part, from: 0, until: 2_001 })).toHaveLength(1_101)
  expect(await letters.positions({ ...part, from: 1_098, until: 2_000 })).toEqual([1_098, 1_099])
})

test('is deleted two weeks after its day, which is long after the log let go of its record', async () => {
  const letters = lettersOf()
  await letters.add({ ...letter, topic: 'signals', day: '2026-11-01' })
  const id = deadLetterId({ ...place, topic: 'signals' })
  await letters.expire(Date.parse('2026-11-15T23:59:00Z'))
  expect(await letters.get(id)).toBeDefined()
  await letters.expire(Date.parse('2026-11-16T00:00:00Z'))
  expect(await letters.get(id)).toBeUndefined()
  expect(await letters.list()).toHaveLength(1_000)
})
