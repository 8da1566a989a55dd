import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Hono } from 'hono'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { DeadLetter, deadLetterId } from '../../infra/control/dead-letters.ts'
import { openFileLog } from '../../infra/embedded/file-log/file-log.ts'
import { openMemoryCache } from '../../infra/embedded/memory-cache.ts'
import type { AdminEnv } from '../../infra/listeners/admin-api.ts'
import { answerError } from '../../infra/listeners/http.ts'
import type { Log } from '../../infra/ports/log.ts'
import { defineStatement } from '../../infra/ports/sql.ts'
import { defineQuery, type Store } from '../../infra/ports/store.ts'
import { bandsKey, CachedBands } from '../../schemas/bands-cache.ts'
import { bandsOf, pointsOf, Signal, scoreOf } from '../../schemas/interest.ts'
import type { Role } from '../../schemas/role.ts'
import { DAY_MS } from '../../schemas/week.ts'
import { openTestSql, openTestStore, type TestSql } from '../../test/engines/test-engines.ts'
import {
  consentRecord,
  dedupId,
  demoInterests,
  eventRecord,
  fakeDeadLetters,
  fingerprint,
  house,
  interest,
  NOW,
  receiptId,
  signalRecord,
  stopRecord,
  WEEK,
  webPseudonym,
} from '../../test/fakes/web-records.ts'
import { profilesApi } from './api.ts'
import { openProfiles, type Profiles } from './open-profiles.ts'

const silent = pino({ level: 'silent' })
const cache = openMemoryCache({ now: () => NOW })
const deadLetters = fakeDeadLetters()
let store: Store
let sql: TestSql
let path: string
let stream: Log
let profiles: Profiles
/** Broken on purpose for a moment. */
let refuse: ((table: string) => boolean) | undefined
/** Names of the store's commands. */
const said: string[] = []
/** Told when the store was given the command of this name, which it is not done with for as long as the test runs. */
let endless: { readonly name: string; begun(): void } | undefined

const leases = defineStatement({
  name: 'leases',
  sql: "SELECT name FROM control.leases WHERE name = 'profiles.maintain'",
  params: z.object({}),
  row: z.object({ name: z.string() }),
})

const open = async () => {
  stream = await openFileLog({ path, partitions: 2, lingerMs: 1, retryMs: 1 })
  const sometimes: Store = {
    ...store,
    // Each test has a log of its own, in which places are counted from the start again, and tokens name places.
    append: (table, rows, token) =>
      refuse?.(table)
        ? Promise.reject(new Error(`append to ${table}: TYPE_MISMATCH`))
        : store.append(table, rows, `${base}:${token}`),
    async command(command, params) {
      said.push(command.name)
      if (command.name !== endless?.name) return store.command(command, params)
      endless.begun()
      await new Promise(() => {})
    },
  }
  const own = { house, stream, store: sometimes, cache, control: sql.control, deadLetters, fingerprint }
  profiles = await openProfiles({ ...own, now: () => NOW, log: silent })
}
const close = async () => {
  await profiles.close()
  await stream.close()
}
beforeAll(async () => {
  ;[store, sql] = await Promise.all([openTestStore(), openTestSql()])
})
afterAll(async () => {
  await sql.close()
  await store.close()
})
let base = 500_000
beforeEach(async () => {
  base += 1_000
  path = await mkdtemp(join(tmpdir(), 'bauta-profiles-'))
  await open()
})
afterEach(async () => {
  refuse = undefined
  endless = undefined
  await close()
  await rm(path, { recursive: true })
})

const signals = (n: number, records: Parameters<typeof signalRecord>[1][]) =>
  stream.append(records.map((change, at) => ({ topic: 'signals', partition: 0, record: signalRecord(n + at, change) })))

describe('profiles', () => {
  test('are in the cache once the log is consumed, of the site that shows them and of no other', async () => {
    const search = [{ interest: interest('garden'), rule: 'garden', kind: 'search' as const, n: 2 }]
    await signals(base + 1, [{}, { signals: search, p: webPseudonym(base + 1) }, { site: 'quiet' }])
    await profiles.caughtUp()
    const cached = await cache.get(bandsKey('demo', webPseudonym(base + 1)))
    expect(CachedBands.parse(JSON.parse(cached ?? ''))).toEqual([
      { id: 'garden', band: 'medium' },
      { id: 'energy', band: 'low' },
      { id: 'energy.solar', band: 'low' },
    ])
    expect(await cache.get(bandsKey('quiet', webPseudonym(base + 3)))).toBeUndefined()
    expect(await profiles.lag()).toBe(0)
  })

  test('show no band that comes of what became special after it was recorded', async () => {
    const remedies = { interest: interest('garden.remedies'), rule: 'r', kind: 'view' as const, n: 99 }
    const garden = { interest: interest('garden'), rule: 'garden', kind: 'view' as const, n: 2 }
    await signals(base + 1, [{ signals: [remedies, garden] }, { signals: [remedies] }])
    await profiles.caughtUp()
    const shown = async (n: number) => JSON.parse((await cache.get(bandsKey('demo', webPseudonym(base + n)))) ?? '')
    expect(await shown(1)).toEqual([{ id: 'garden', band: 'low' }])
    expect(await shown(2)).toEqual([])
  })

  test('fill an empty cache when they start again, with who was there lately and lives', async () => {
    await signals(base + 1, [{}, { until: WEEK - 1 }])
    await profiles.caughtUp()
    for (const n of [1, 2]) await cache.delete(bandsKey('demo', webPseudonym(base + n)))
    await close()
    await open()
    expect(await cache.get(bandsKey('demo', webPseudonym(base + 1)))).toBeDefined()
    expect(await cache.get(bandsKey('demo', webPseudonym(base + 2)))).toBeUndefined()
  })

  test('answer for a receipt: a choice recorded, a deletion done, and nothing of one they do not know', async () => {
    await stream.append([
      { topic: 'device_consents', partition: 0, record: consentRecord(base + 1, ['P1', 'P3']) },
      { topic: 'stops', partition: 1, record: stopRecord(base, receiptId(base + 2)) },
    ])
    await profiles.caughtUp()
    expect(await profiles.lookUpReceipt(receiptId(base + 1))).toEqual({
      state: 'done',
      steps: [{ step: 'recorded', done: true }],
    })
    expect(await profiles.lookUpReceipt(receiptId(base + 2))).toMatchObject({
      state: 'done',
      steps: [{}, { step: 'deleted', done: true }],
    })
    expect(await profiles.lookUpReceipt(receiptId(base + 3))).toBeUndefined()
  })

  test('are folded and cleaned while the log goes on', async () => {
    await signals(base + 1, [{}, { week: WEEK - 40 }])
    await Promise.all([profiles.maintain(NOW), profiles.caughtUp()])
    await profiles.maintain(NOW)
    const { interests } = (await profiles.explain({ site: 'demo', p: webPseudonym(base + 2) })) ?? {}
    expect(interests?.[0]?.terms).toMatchObject([{ week: WEEK - 40 - ((WEEK - 40) % 13), n: 1 }])
  })

  test('are merged once a night, whatever comes in between and however often they start', async () => {
    const [merges, midnight] = [['merge_quarter', 'merge_profiles'], (Math.floor(NOW / DAY_MS) + 3) * DAY_MS]
    const merged: boolean[] = []
    for (const hour of [0, 1, 2, 23, 24, 25]) {
      await signals(base + 10 * hour, [{}])
      await profiles.caughtUp()
      said.length = 0
      await profiles.maintain(midnight + hour * 3_600_000)
      merged.push(merges.every((name) => said.includes(name)))
      if (hour === 1) {
        await close()
        await open()
      }
    }
    expect(merged).toEqual([true, false, false, false, true, false])
  })

  test('are closed while the store folds, and a batch that waited for that is taken by whoever comes next', async () => {
    await signals(base + 1, [{ week: WEEK - 40 }])
    await profiles.caughtUp()
    const folding = new Promise<void>((resolve) => {
      endless = { name: 'fill_folded', begun: resolve }
    })
    const maintained = profiles.maintain(NOW).then(
      () => 'done',
      () => 'given up',
    )
    await folding
    await signals(base + 2, [{}])
    await pause(50)
    await profiles.close()
    expect([await maintained, await profiles.lag()]).toEqual(['given up', 1])
    expect(await sql.control.run(leases, {})).toEqual([])
    endless = undefined
    await stream.close()
    await open()
    await profiles.caughtUp()
    const { interests } = (await profiles.explain({ site: 'demo', p: webPseudonym(base + 2) })) ?? {}
    expect(interests?.[0]?.terms).toMatchObject([{ week: WEEK, n: 1 }])
  })
})

function app(role: Role) {
  const served = new Hono<AdminEnv>()
  served.use(async (context, next) => {
    context.set('actor', { name: 'test', role })
    await next()
  })
  served.onError(answerError(silent))
  served.route('/', profilesApi({ profiles, deadLetters }))
  const send = (method: string, to: string, body?: unknown) =>
    served.request(to, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
  return { send }
}

const Explained = z.looseObject({
  interests: z.array(
    z.object({
      interest: z.string(),
      score: z.number(),
      band: z.string(),
      terms: z.array(Signal.extend({ weight: z.number(), decay: z.number(), points: z.number() })),
    }),
  ),
})
const Listed = z.object({ deadLetters: z.array(DeadLetter) })
const viewsOf = defineQuery({
  name: 'views_of',
  sql: 'SELECT count() AS n FROM events WHERE e IN ({e: String}, {other: String})',
  params: z.object({ e: z.string(), other: z.string() }),
  row: z.object({ n: z.coerce.number() }),
})

describe('POST /profiles/explain', () => {
  test('tells every term of every score, and their sum is the score', async () => {
    const kinds = ['view', 'search', 'engaged'] as const
    await signals(
      base + 1,
      Array.from({ length: 40 }, (_, age) => ({
        p: webPseudonym(base + 1),
        week: WEEK - age,
        signals: [
          {
            interest: interest(age % 3 ? 'energy.solar' : 'energy'),
            rule: `rule-${age % 4}`,
            kind: kinds[age % 3] ?? 'view',
            n: age + 1,
          },
        ],
      })),
    )
    await profiles.caughtUp()
    const answer = await app('privacy').send('POST', '/profiles/explain', {
      site: 'demo',
      pseudonym: webPseudonym(base + 1),
    })
    expect(answer.status).toBe(200)
    const explained = Explained.parse(await answer.json())
    expect(explained).toMatchObject({
      site: 'demo',
      live: true,
      seenWeek: WEEK,
      notice: '2026-11',
      traits: { country: 'DE' },
    })
    expect(explained.interests.map(({ interest, band }) => [interest, band])).toEqual([
      ['energy', 'high'],
      ['energy.solar', 'high'],
    ])
    const kept = explained.interests[0]?.terms ?? []
    expect(kept).toHaveLength(40)
    for (const { interest, score, terms } of explained.interests) {
      expect(score).toBe(scoreOf(demoInterests.halfLifeWeeks, pointsOf(demoInterests, kept, interest), WEEK))
      expect(terms.reduce((sum, { points }) => sum + points, 0)).toBe(score)
      for (const { n, weight, decay, points } of terms) expect(points).toBe(n * weight * decay)
    }
    const shown = CachedBands.parse(JSON.parse((await cache.get(bandsKey('demo', webPseudonym(base + 1)))) ?? ''))
    expect(shown).toEqual(
      bandsOf(demoInterests, kept, { from: 0, now: WEEK }).map(({ interest: id, band }) => ({ id, band })),
    )
  })

  test('names no act of what became special, and the terms it does name still add up to the score', async () => {
    const remedies = { interest: interest('garden.remedies.teas'), rule: 'r', kind: 'view' as const, n: 99 }
    const garden = { interest: interest('garden'), rule: 'garden', kind: 'search' as const, n: 2 }
    await signals(base + 1, [{ signals: [remedies, garden] }, { signals: [remedies] }])
    await profiles.caughtUp()
    const explained = async (n: number) => profiles.explain({ site: 'demo', p: webPseudonym(base + n) })
    expect(await explained(1)).toMatchObject({
      live: true,
      interests: [{ interest: 'garden', score: 6, band: 'medium', terms: [{ interest: 'garden', n: 2, points: 6 }] }],
    })
    expect(await explained(2)).toMatchObject({ live: true, interests: [] })
  })

  test('answers for a pseudonym that it does not know, and refuses none, what is not one, and a site that is not there', async () => {
    const { send } = app('admin')
    const p = webPseudonym(base + 9)
    expect(await (await send('POST', '/profiles/explain', { site: 'demo', pseudonym: p })).json()).toMatchObject({
      live: false,
      interests: [],
    })
    const asked = [{ site: 'demo' }, { site: 'demo', cookie: 'own', pseudonym: p }, { site: 'demo', pseudonym: 'x' }]
    for (const body of asked) expect((await send('POST', '/profiles/explain', body)).status).toBe(400)
    expect((await send('POST', '/profiles/explain', { site: 'nowhere', pseudonym: p })).status).toBe(404)
  })

  test.each(['analyst', 'marketer', 'integration'] as const)('is not for the %s', async (role) => {
    expect(
      (await app(role).send('POST', '/profiles/explain', { site: 'demo', pseudonym: webPseudonym(base) })).status,
    ).toBe(403)
  })
})

describe('dead letters', () => {
  test('are listed without what was in them, and replayed once the store takes them: never twice', async () => {
    refuse = (table) => table === 'events_in'
    await stream.append([{ topic: 'events', partition: 0, record: eventRecord(base + 1) }])
    await profiles.caughtUp()
    const { send } = app('admin')
    const list = async () => Listed.parse(await (await send('GET', '/dead-letters')).json()).deadLetters
    const letters = await list()
    const [letter] = letters
    if (!letter) throw new Error('no dead letter')
    expect(letters).toMatchObject([{ topic: 'events', partition: 0, reason: 'append to events_in: TYPE_MISMATCH' }])
    expect(JSON.stringify(letters)).not.toContain(eventRecord(base + 1).e)
    const replay = async (id = letter.id) => {
      const answer = await send('POST', `/dead-letters/${id}/replay`)
      return [answer.status, await answer.json()]
    }
    expect(await replay()).toEqual([200, { result: 'refused' }])
    expect(await replay()).toMatchObject([404, { error: { code: 'not_found' } }])
    const [again] = await list()
    expect(again).toMatchObject({ position: letter.position + 1, fingerprint: letter.fingerprint })
    refuse = undefined
    expect(await replay(again?.id)).toEqual([200, { result: 'stored' }])
    expect(await list()).toEqual([])
    await deadLetters.add(letter)
    expect(await replay()).toEqual([200, { result: 'already_there' }])
    // A client's retry of it is one, as the window of its partition has seen it.
    await stream.append([{ topic: 'events', partition: 0, record: eventRecord(base + 2, { id: dedupId(base + 1) }) }])
    await profiles.caughtUp()
    expect(await store.ask(viewsOf, { e: eventRecord(base + 1).e, other: eventRecord(base + 2).e })).toEqual([{ n: 1 }])
  })

  test('whose records the log has let go of stay to be read, and say until when', async () => {
    const gone = { topic: 'events', partition: 0, position: 77, reason: 'r', fingerprint: 'ab', day: '2026-11-22' }
    await deadLetters.add(gone)
    const { send } = app('admin')
    const answer = await send('POST', `/dead-letters/${deadLetterId(gone)}/replay`)
    expect([answer.status, await answer.text()]).toEqual([
      404,
      expect.stringMatching(/the log no longer has that record.*is deleted by itself after 2026-12-06/),
    ])
    expect(await deadLetters.list()).toMatchObject([gone])
    await deadLetters.remove(deadLetterId(gone))
  })

  test('of a pseudonym that ended meanwhile are dropped', async () => {
    refuse = (table) => table === 'signals_in'
    await signals(base + 1, [{}])
    await profiles.caughtUp()
    refuse = undefined
    await stream.append([{ topic: 'stops', partition: 0, record: stopRecord(base + 1) }])
    await profiles.caughtUp()
    const [letter] = await deadLetters.list()
    expect(await profiles.replayDeadLetter(letter?.id ?? '')).toBe('ended')
    expect((await profiles.explain({ site: 'demo', p: webPseudonym(base + 1) }))?.live).toBe(false)
  })

  test('are for the admin alone', async () => {
    for (const role of ['privacy', 'analyst'] as const)
      expect((await app(role).send('GET', '/dead-letters')).status).toBe(403)
  })
})
