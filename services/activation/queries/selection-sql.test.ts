import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import * as z from 'zod'
import type { Selection } from '../../../schemas/selection.ts'
import { parseSelection } from '../../../schemas/selection-parse.ts'
import { openTestSql } from '../../../test/engines/test-engines.ts'
import { contactRef, type Seeds, seeds } from '../../../test/fakes/activation.ts'
import { FIRST_CONTACT, selectedContacts } from './contacts.ts'
import { birthdaysWithin, selectionSql } from './selection-sql.ts'

let sql: Awaited<ReturnType<typeof openTestSql>>
let seed: Seeds
beforeAll(async () => {
  sql = await openTestSql()
  seed = seeds(sql)
})
afterAll(() => sql.close())

const today = '2026-11-20'
async function selected(tree: unknown): Promise<number[]> {
  const parsed = parseSelection(tree)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  const { params, ...made } = selectionSql(parsed.selection as Selection, today)
  const rows = await sql.vault.run(selectedContacts(made), {
    ...params,
    after: FIRST_CONTACT,
    limit: 100,
    fields: '[]',
  })
  return rows.map(({ contact }) => [1, 2, 3].find((n) => contactRef(n) === contact) ?? 0)
}

beforeEach(async () => {
  await seed.clear()
  await seed.contact(1, {
    attributes: { country: 'DE', points: 5, vip: true, born: '1980-05-01', birthday: '1990-11-25' },
    lists: ['a'],
  })
  await seed.contact(2, { attributes: { country: "D'E", points: '12.50', birthday: '2000-02-29' }, source: 'shop' })
  await seed.contact(3, { attributes: { country: '', points: 'many', born: 'unknown' } })
  await seed.order(1, '2026-11-19', 10_000)
  await seed.order(1, '2026-11-20', 5_000)
  await seed.order(1, '2026-11-20', -5_000)
  await seed.order(2, '2025-01-01', 99_900, 'garden')
})

test('attributes are equal, in a list, in a range, or there', async () => {
  expect(await selected({ attribute: 'country', equals: 'DE' })).toEqual([1])
  expect(await selected({ attribute: 'country', in: ["D'E", 'AT'] })).toEqual([2])
  expect(await selected({ attribute: 'points', equals: 12.5 })).toEqual([2])
  expect(await selected({ attribute: 'points', in: [5, 'many'] })).toEqual([1, 3])
  expect(await selected({ attribute: 'vip', equals: true })).toEqual([1])
  expect(await selected({ attribute: 'points', range: { from: 5, to: 12.5 } })).toEqual([1, 2])
  expect(await selected({ attribute: 'points', range: { from: 5.1 } })).toEqual([2])
  expect(await selected({ attribute: 'born', range: { to: '1980-05-01' } })).toEqual([1])
  expect(await selected({ attribute: 'country', exists: true })).toEqual([1, 2])
  expect(await selected({ attribute: 'born', exists: false })).toEqual([2])
})

test('what is absent is neither equal nor, under not, left out', async () => {
  expect(await selected({ not: { attribute: 'vip', equals: true } })).toEqual([2, 3])
  expect(
    await selected({ all: [{ not: { attribute: 'points', range: { from: 6 } } }, { not: { member: 'b' } }] }),
  ).toEqual([1, 3])
})

test('orders are counted and summed within days and category; a return is no order and lowers the revenue', async () => {
  expect(await selected({ orders: {} })).toEqual([1, 2])
  expect(await selected({ orders: { days: 30 } })).toEqual([1])
  expect(await selected({ orders: { days: 1, count: { min: 1 } } })).toEqual([1])
  expect(await selected({ orders: { days: 1, count: { min: 2 } } })).toEqual([])
  expect(await selected({ orders: { count: { max: 0 } } })).toEqual([3])
  expect(await selected({ orders: { days: 30, revenue: { min: 100, max: 100 } } })).toEqual([1])
  expect(await selected({ orders: { category: 'garden', revenue: { min: 999 } } })).toEqual([2])
})

test('membership, source and birthdays', async () => {
  expect(await selected({ member: 'a' })).toEqual([1])
  expect(await selected({ source: 'shop' })).toEqual([2])
  expect(await selected({ birthday: { within: 5 } })).toEqual([1])
  expect(await selected({ birthday: { within: 4 } })).toEqual([])
  expect(await selected({ birthday: { within: 101 } })).toEqual([1, 2])
})

test('29 February falls on 1 March in other years, and on itself in its own', () => {
  expect(birthdaysWithin('2027-02-28', 0)).toEqual(['02-28'])
  expect(birthdaysWithin('2027-02-28', 1)).toEqual(['02-28', '02-29', '03-01'])
  expect(birthdaysWithin('2028-02-28', 2)).toEqual(['02-28', '02-29', '03-01'])
  expect(birthdaysWithin('2028-03-01', 0)).toEqual(['03-01'])
})

test('values are bound, whatever stands in them', async () => {
  const hostile = "x'; DROP TABLE vault.contacts; --"
  expect(
    await selected({ any: [{ member: hostile }, { source: 'crm' }, { attribute: 'country', equals: hostile }] }),
  ).toEqual([1, 3])
  const { condition } = selectionSql({ member: hostile }, today)
  expect(condition).not.toContain('DROP')
  expect(z.array(z.unknown()).parse(await seed.all('vault.contacts'))).toHaveLength(3)
})
