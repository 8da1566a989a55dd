import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { defineQuery, type Store } from '../../../infra/ports/store.ts'
import { openTestStore } from '../../../test/engines/test-engines.ts'
import { WEEK, webPseudonym } from '../../../test/fakes/web-records.ts'
import { mergeChanged } from '../upkeep/fold.ts'
import { endProfiles } from './stop.ts'

let store: Store
const held = () => {}
const bands = { forget: async () => {} }
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

const site = 'stopped'
const lying = defineQuery({
  name: 'lying',
  sql: "SELECT table, sum(rows) AS n FROM system.parts WHERE active AND database = currentDatabase() AND table IN ('signals', 'profiles') GROUP BY table ORDER BY table",
  params: z.object({}),
  row: z.object({ table: z.string(), n: z.coerce.number() }),
})
const seen = defineQuery({
  name: 'seen_of_site',
  sql: `
    SELECT (SELECT count() FROM signals WHERE site = {site: String}) AS signals,
      (SELECT count() FROM profiles FINAL WHERE site = {site: String}) AS profiles`,
  params: z.object({ site: z.string() }),
  row: z.object({ signals: z.coerce.number(), profiles: z.coerce.number() }),
})
const lies = async () => Object.fromEntries((await store.ask(lying, {})).map(({ table, n }) => [table, n]))

/** In this quarter, in the last, and in one that was folded. */
const weeks = [WEEK, WEEK - 13, WEEK - 40]
const signals = (n: number) =>
  weeks.map((week) => ({ site, interest: 'energy', p: webPseudonym(n), week, rule: 'r', kind: 'view', n: 1 }))
const profile = (n: number) => {
  const traits = { country: 'DE', device: 'desktop', language: 'de' }
  return { site, p: webPseudonym(n), until: WEEK + 50, notice: '2026-11', week: WEEK, ...traits }
}
/** More than a URL carries. */
const many = Array.from({ length: 80 }, (_, n) => n)
const visitor = (n: number) => ({ site, p: webPseudonym(n) })

test('who ended is seen no more at once, without a row being written anew, and lies nowhere after the night', async () => {
  await store.append('signals', many.flatMap(signals), 'stop:signals')
  await store.append('profiles', many.map(profile), 'stop:profiles')
  await mergeChanged({ store, held })
  const before = await lies()
  expect(await store.ask(seen, { site })).toEqual([{ signals: 240, profiles: 80 }])

  await endProfiles({ store, bands }, [visitor(1)])
  await endProfiles({ store, bands }, many.slice(10, 70).map(visitor))
  expect(await store.ask(seen, { site })).toEqual([{ signals: 57, profiles: 19 }])
  expect(await lies()).toEqual(before)

  await mergeChanged({ store, held })
  expect(await store.ask(seen, { site })).toEqual([{ signals: 57, profiles: 19 }])
  expect(await lies()).toEqual({ signals: (before.signals ?? 0) - 183, profiles: (before.profiles ?? 0) - 61 })
})

test('what comes after a stop is another row, which only the next stop hides', async () => {
  await store.append('signals', signals(1), 'stop:again')
  expect((await store.ask(seen, { site }))[0]?.signals).toBe(60)
  await mergeChanged({ store, held })
  expect((await store.ask(seen, { site }))[0]?.signals).toBe(60)
  await endProfiles({ store, bands }, [visitor(1)])
  expect((await store.ask(seen, { site }))[0]?.signals).toBe(57)
})

test('a site of which all have ended leaves nothing behind', async () => {
  await endProfiles({ store, bands }, many.map(visitor))
  await mergeChanged({ store, held })
  expect(await store.ask(seen, { site })).toEqual([{ signals: 0, profiles: 0 }])
  expect(await lies()).toEqual({ signals: 0, profiles: 0 })
})
