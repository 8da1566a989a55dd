import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { defineCommand, defineQuery, type Store } from '../../../infra/ports/store.ts'
import { pointsOf, Signal, scoreOf } from '../../../schemas/interest.ts'
import { DAY_MS, dayOf, WEEK_MS, weekOf } from '../../../schemas/week.ts'
import { openTestStore } from '../../../test/engines/test-engines.ts'
import { demoInterests, NOW, WEEK, webPseudonym } from '../../../test/fakes/web-records.ts'
import { deleteSignals } from '../queries/delete-profiles.ts'
import { expire, foldWeeks, mergeChanged, sweepEnded } from './fold.ts'

let store: Store
let round = 0
/** Alone. */
const held = () => {}
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

const all = defineQuery({
  name: 'all',
  sql: 'SELECT interest, week, kind, sum(n) AS n FROM signals WHERE site = {site: String} GROUP BY interest, week, kind ORDER BY week',
  params: z.object({ site: z.string() }),
  row: Signal,
})
/** Two acts a week, for a year and a little more. */
let site = ''
const stored = () => store.ask(all, { site })
beforeEach(async () => {
  site = `fold-${++round}`
  const of = { site, interest: 'energy', p: webPseudonym(1), rule: 'r', kind: 'view' }
  const rows = Array.from({ length: 60 }, (_, age) => ({ ...of, week: WEEK - age, n: 2 }))
  await store.append('signals', rows, `fold:${round}`)
})

const total = (signals: readonly Signal[]) => signals.reduce((sum, { n }) => sum + n, 0)
const score = (signals: readonly Signal[], now = WEEK) =>
  scoreOf(demoInterests.halfLifeWeeks, pointsOf(demoInterests, signals, 'energy'), now)

const bands = { forget: async () => {} }

describe('folding', () => {
  test('leaves the last 13 weeks as they are and makes one week of each quarter before, losing no act', async () => {
    const before = await stored()
    await foldWeeks({ store, held }, NOW)
    const after = await stored()
    const young = (signals: readonly Signal[]) => signals.filter(({ week }) => week >= WEEK - 13)
    expect(young(after)).toEqual(young(before))
    expect(after.filter(({ week }) => week < WEEK - 13 - 12).every(({ week }) => week % 13 === 0)).toBe(true)
    expect(after.length).toBeLessThan(32)
    expect(total(after)).toBe(total(before))
    expect(score(after)).toBeLessThan(score(before))
    expect(score(after)).toBeGreaterThan(score(young(before)))
  })

  test('again changes nothing, and killed between any two steps it is done by the next', async () => {
    const dies = (at: number): Store => {
      let step = 0
      return {
        ...store,
        async command(command, params) {
          if (++step === at) throw new Error('killed')
          await store.command(command, params)
        },
      }
    }
    const before = total(await stored())
    for (let at = 1; at <= 12; at++) {
      await foldWeeks({ store: dies(at), held }, NOW).catch((error: Error) => expect(error.message).toBe('killed'))
      expect(total(await stored())).toBe(before)
    }
    await foldWeeks({ store, held }, NOW)
    const folded = await stored()
    expect(await foldWeeks({ store, held }, NOW)).toEqual([])
    expect(await stored()).toEqual(folded)
    expect(total(folded)).toBe(before)
  })
})

describe('a stop that another process carries out while a quarter is folded', () => {
  const p = webPseudonym(1)
  let ended = false
  const stopped: Store = {
    ...store,
    ask: (...asked) => store.ask(...asked),
    async command(command, params) {
      if (command.name === 'put_folded' && !ended) {
        ended = true
        await store.append('tombstones', [{ site, p, day: dayOf(NOW) }], `fold:stop:${round}`)
        await store.command(deleteSignals, { ps: [p] })
      }
      await store.command(command, params)
    },
  }

  test('is undone by the copy, and done again by the sweep, now or after a crash', async () => {
    const of = { site, interest: 'garden', p: webPseudonym(3), rule: 'r', kind: 'view' }
    const rows = Array.from({ length: 60 }, (_, age) => ({ ...of, week: WEEK - age, n: 1 }))
    await store.append('signals', rows, `fold:other:${round}`)
    await foldWeeks({ store: stopped, held }, NOW)
    expect(total(await stored())).toBeGreaterThan(60)
    expect(await sweepEnded({ store, bands })).toBeGreaterThan(0)
    expect(total(await stored())).toBe(60)
    expect(await sweepEnded({ store, bands })).toBe(0)
    await store.command(defineCommand({ name: 'forget', sql: 'TRUNCATE TABLE tombstones', params: z.object({}) }), {})
  })
})

test('nothing is kept longer than 52 weeks, and the quarter that still has time stays', async () => {
  await foldWeeks({ store, held }, NOW)
  await expire({ store, held }, NOW)
  const oldest = (await stored())[0]?.week ?? 0
  expect(oldest).toBeGreaterThanOrEqual(WEEK - 52)
  expect(oldest).toBeLessThan(WEEK - 52 + 13)
  await expire({ store, held }, NOW + 60 * WEEK_MS)
  expect(await stored()).toEqual([])
})

test('ids are forgotten after three days and not before; rows of cookies that ran out go', async () => {
  // Nothing is of before today, as the store itself forgets by its own clock.
  const later = NOW + 5 * DAY_MS
  const week = weekOf(later)
  const day = (age: number) => dayOf(later - age * DAY_MS)
  const seen = [5, 2, 0].map((age) => ({ topic: 'fold', partition: 1, id: age, first: age, day: day(age) }))
  await store.append('seen', seen, 'fold:seen')
  const profile = { site, notice: '2026-11', week, country: '', device: '', language: '' }
  const untils = [week - 1, week].map((until, n) => ({ ...profile, p: webPseudonym(n), until }))
  await store.append('profiles', untils, 'fold:profiles')
  await expire({ store, held }, later)
  const left = defineQuery({
    name: 'left',
    sql: "SELECT groupArray(toUInt32(first)) AS firsts, (SELECT count() FROM profiles WHERE site = {site: String}) AS profiles FROM (SELECT first FROM seen WHERE topic = 'fold' ORDER BY first)",
    params: z.object({ site: z.string() }),
    row: z.object({ firsts: z.array(z.number()), profiles: z.coerce.number() }),
  })
  expect(await store.ask(left, { site })).toEqual([{ firsts: [0, 2], profiles: 1 }])
})

test('a merge leaves one part a quarter and one of profiles, so that none tells when its rows came', async () => {
  const row = { site, interest: 'garden', p: webPseudonym(2), rule: 'r', kind: 'view', week: WEEK, n: 1 }
  for (const each of [1, 2, 3]) await store.append('signals', [row], `fold:merge:${each}`)
  await mergeChanged({ store, held })
  expect(await partsOf(Math.floor(WEEK / 13))).toEqual([{ merged: true }])
})

test('a merge writes anew what changed since the last, a single insert too, and nothing else', async () => {
  const said: unknown[] = []
  const watched: Store = {
    ...store,
    async command(command, params) {
      said.push([command.name, params])
      await store.command(command, params)
    },
  }
  const merge = async () => {
    said.length = 0
    await mergeChanged({ store: watched, held })
    return [...said]
  }
  await merge()
  expect(await merge()).toEqual([])
  const row = { site, interest: 'garden', p: webPseudonym(2), rule: 'r', kind: 'view', week: WEEK + 26, n: 1 }
  await store.append('signals', [row], `fold:single:${round}`)
  const quarter = Math.floor((WEEK + 26) / 13)
  expect(await merge()).toEqual([['merge_quarter', { quarter }]])
  expect(await partsOf(quarter)).toEqual([{ merged: true }])
  await store.command(deleteSignals, { ps: [webPseudonym(2)] })
  expect(await merge()).toContainEqual(['merge_quarter', { quarter }])
  expect(await merge()).toEqual([])
})

function partsOf(quarter: number) {
  const parts = defineQuery({
    name: 'parts',
    sql: "SELECT level > 1 AS merged FROM system.parts WHERE active AND database = currentDatabase() AND table = 'signals' AND partition = {quarter: String}",
    params: z.object({ quarter: z.string() }),
    row: z.object({ merged: z.coerce.boolean() }),
  })
  return store.ask(parts, { quarter: String(quarter) })
}
