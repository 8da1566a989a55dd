import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Store } from '../infra/ports/store.ts'
import { dayOf } from '../schemas/week.ts'
import { profilePage } from '../services/activation/queries/profile-page.ts'
import { endProfiles } from '../services/profiles/load/stop.ts'
import { endedThere } from '../services/profiles/queries/ended-there.ts'
import { profileRow, storedSignals } from '../services/profiles/queries/profile-row.ts'
import { recentPage } from '../services/profiles/queries/recent-page.ts'
import { signalSums } from '../services/profiles/queries/reconcile.ts'
import { signalsOf } from '../services/profiles/queries/signals-of.ts'
import { presentInterests, standingSnapshot } from '../services/profiles/queries/snapshot.ts'
import { mergeChanged } from '../services/profiles/upkeep/fold.ts'
import { takeSnapshot } from '../services/profiles/upkeep/take-snapshot.ts'
import { openTestStore } from './engines/test-engines.ts'
import { house, NOW, WEEK, webPseudonym } from './fakes/web-records.ts'

let store: Store
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

const [ended, other] = [webPseudonym(1), webPseudonym(2)]
const ofEnded = ['energy.solar', 'garden'].map((interest, n) => ({ interest, p: ended, week: WEEK - 20 * n }))
const ofOther = [{ interest: 'energy', p: other, week: WEEK }]
const traits = { country: 'DE', device: 'desktop', language: 'de' }

/** Each act in a part of its own, so that rows of one P are not merged yet. */
async function load(site: string, acts: typeof ofEnded) {
  for (const [n, act] of acts.entries()) {
    await store.append('signals', [{ site, rule: 'r', kind: 'view', n: 1, ...act }], `${site}:signals:${n}`)
    const row = { site, p: act.p, until: WEEK + 50, notice: '2026-11', week: act.week, ...traits }
    await store.append('profiles', [row], `${site}:profiles:${n}`)
  }
}

/** Every question about rows under a pseudonym. */
async function answers(site: string) {
  const [from, live] = [WEEK - 52, { now: WEEK, notices: ['2026-11'] }]
  await takeSnapshot({ house, store }, site, NOW)
  const sums = await store.ask(signalSums, { from })
  const [standing] = await store.ask(standingSnapshot, { site, ...live })
  return {
    explained: await store.ask(profileRow, { site, p: ended }),
    terms: await store.ask(storedSignals, { site, p: ended, from }),
    bands: await store.ask(signalsOf, { site, ps: [ended, other], from }),
    warmed: await store.ask(recentPage, { site, since: from, now: WEEK, after: '', limit: 10 }),
    page: await store.ask(profilePage, { site, after: '', limit: 10 }),
    reconciled: sums.filter((each) => each.site === site).map(({ week, n }) => ({ week, n })),
    interests: await store.ask(presentInterests, { site }),
    counted: [standing?.profiles, standing?.live],
    swept: (await store.ask(endedThere, { limit: 10 })).filter((each) => each.site === site),
  }
}

test('no question tells who ended from who never came, at once and after the night', async () => {
  await load('quiet', ofOther)
  await load('demo', [...ofEnded, ...ofOther])
  const never = await answers('quiet')
  expect(never).toMatchObject({ explained: [], terms: [], counted: [1, 1], interests: [{ interest: 'energy' }] })
  expect((await answers('demo')).counted).toEqual([2, 2])

  await store.append('tombstones', [{ site: 'demo', p: ended, day: dayOf(NOW) }], 'ended')
  expect((await answers('demo')).swept).toEqual([{ site: 'demo', p: ended }])
  await endProfiles({ store, bands: { forget: async () => {} } }, [{ site: 'demo', p: ended }])
  expect(await answers('demo')).toEqual(never)
  await mergeChanged({ store, held: () => {} })
  expect(await answers('demo')).toEqual(never)
})
