import { expect, test } from 'vitest'
import { openTestStore } from '../../../test/engines/test-engines.ts'
import { pseudonym, week } from '../../../test/fakes/activation.ts'
import { profilePage } from './profile-page.ts'

const blank = {
  id: 0,
  partition: 0,
  first: 0,
  received: '2026-11-20',
  site: 'demo',
  country: 'DE',
  device: 'mobile',
  language: 'de',
  rule: 'r',
}
const row = (n: number, more: object) => ({
  ...{ ...blank, p: pseudonym(n), week, until: week + 9, notice: 'a', interest: 'energy.solar', kind: 'view', n: 2 },
  ...more,
})

test('profiles come page by page, whole, each with its latest row and the sum of its signals', async () => {
  const store = await openTestStore()
  await store.append(
    'signals_in',
    [row(1, {}), row(1, { kind: 'search', n: 1 }), row(2, {}), row(3, { site: 'other' })],
    't1',
  )
  await store.append(
    'signals_in',
    [row(1, { week: week + 1, until: week + 20, notice: 'b', country: 'AT' }), row(1, {})],
    't2',
  )
  await store.append('signals_in', [row(4, { kind: '', interest: '', n: 0 })], 't3')
  const ask = (after: string) => store.ask(profilePage, { site: 'demo', after, limit: 2 })
  const [one, two] = await ask('')
  expect(one).toMatchObject({
    pseudonym: pseudonym(1),
    until: week + 20,
    notice: 'b',
    seenWeek: week + 1,
    country: 'AT',
  })
  expect(one?.signals.toSorted((a, b) => a.week - b.week || a.n - b.n)).toEqual([
    { interest: 'energy.solar', week, kind: 'search', n: 1 },
    { interest: 'energy.solar', week, kind: 'view', n: 4 },
    { interest: 'energy.solar', week: week + 1, kind: 'view', n: 2 },
  ])
  expect(two).toMatchObject({ pseudonym: pseudonym(2), signals: [{ n: 2 }] })
  expect(await ask(pseudonym(2))).toMatchObject([{ pseudonym: pseudonym(4), signals: [] }])
  expect(await ask(pseudonym(4))).toEqual([])
  await store.close()
})
