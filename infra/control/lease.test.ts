import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { openTestSql, type TestSql } from '../../test/engines/test-engines.ts'
import { defineStatement, type Sql } from '../ports/sql.ts'
import { type Held, underLease } from './lease.ts'

let sql: TestSql
beforeAll(async () => {
  sql = await openTestSql()
})
afterAll(() => sql.close())

const expire = defineStatement({
  name: 'expire',
  sql: "UPDATE control.leases SET until = now() - interval '1 second'",
  params: z.object({}),
  row: z.unknown(),
})

test('of two that want to do the same, one does; and when it is done, or its term has passed, the next may', async () => {
  const done: string[] = []
  const doing = (who: string, meanwhile = async (_held: Held) => {}) =>
    underLease(sql, 'fold', async (held) => {
      await meanwhile(held)
      done.push(who)
    })
  const second: boolean[] = []
  expect(
    await doing('one', async () => {
      second.push(await doing('two'))
    }),
  ).toBe(true)
  expect([done, second]).toEqual([['one'], [false]])
  await doing('three', async () => {
    await sql.control.run(expire, {})
    second.push(await doing('four'))
  })
  expect([done, second]).toEqual([
    ['one', 'four', 'three'],
    [false, true],
  ])
})

test('whoever could not renew in time is told before the next step', async () => {
  const run: Sql['run'] = async (statement, params) =>
    statement.name === 'lease_renew' ? new Promise(() => {}) : sql.control.run(statement, params)
  const cut = { control: { ...sql.control, run }, termMs: 1 }
  const late = underLease(cut, 'late', async (held) => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    held()
  })
  await expect(late).rejects.toMatchObject({ code: 'conflict' })
})
