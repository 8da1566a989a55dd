import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestSql, type TestSql } from '../test/engines/test-engines.ts'
import { deadLetterId, deadLettersIn } from './dead-letters.ts'

let sql: TestSql
beforeAll(async () => {
  sql = await openTestSql()
})
afterAll(() => sql.close())

test('a place in the log is one dead letter however often it is added, and gone when removed', async () => {
  const letters = deadLettersIn(sql.control)
  const place = { topic: 'events', partition: 3, position: 1_882_582_077_669_376 }
  const letter = { ...place, reason: 'append to events_in: TYPE_MISMATCH', fingerprint: 'ab', day: '2026-11-22' }
  await letters.add(letter)
  await letters.add({ ...letter, day: '2026-11-23' })
  await letters.add({ ...letter, position: 7, day: '2026-11-21' })
  const id = deadLetterId(place)
  expect((await letters.list()).map(({ position }) => position)).toEqual([7, place.position])
  expect(await letters.get(id)).toEqual({ ...letter, id })
  await letters.remove(id)
  expect(await letters.get(id)).toBeUndefined()
})
