import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { type DeadLetters, deadLettersIn } from '../../../infra/control/dead-letters.ts'
import { openFileLog } from '../../../infra/embedded/file-log/file-log.ts'
import { openMemoryCache } from '../../../infra/embedded/memory-cache.ts'
import type { Log } from '../../../infra/ports/log.ts'
import { defineCommand, type Store } from '../../../infra/ports/store.ts'
import { DAY_MS, dayOf } from '../../../schemas/week.ts'
import { openTestSql, openTestStore, type TestSql } from '../../../test/engines/test-engines.ts'
import {
  consentRecord,
  eventRecord,
  fingerprint,
  house,
  NOW,
  receiptId,
  signalRecord,
  stopRecord,
  WEEK,
  webPseudonym,
} from '../../../test/fakes/web-records.ts'
import { openProfiles, type Profiles } from '../open-profiles.ts'

const silent = pino({ level: 'silent' })
const DAY = dayOf(NOW)
let [store, sql, stream, profiles, path]: [Store, TestSql, Log, Profiles, string] = [] as never
let deadLetters: DeadLetters

beforeAll(async () => {
  ;[store, sql] = await Promise.all([openTestStore(), openTestSql()])
  path = await mkdtemp(join(tmpdir(), 'bauta-reconcile-'))
  deadLetters = deadLettersIn(sql.control)
  stream = await openFileLog({ path, partitions: 2, lingerMs: 1, retryMs: 1 })
  const own = { house, stream, store, cache: openMemoryCache(), control: sql.control, fingerprint, log: silent }
  profiles = await openProfiles({ ...own, deadLetters, now: () => NOW })
  const count = (n: number) => {
    const { id, site, day, path } = eventRecord(n)
    return { id, site, day, hour: 3, type: 'purchase', path }
  }
  for (const n of [1, 2, 3, 4, 5, 6]) {
    const partition = n % 2
    await stream.append([
      { topic: 'events', partition, record: eventRecord(n) },
      // A client's retry.
      { topic: 'events', partition, record: eventRecord(n, { step: 9 }) },
      { topic: 'signals', partition, record: signalRecord(n) },
      { topic: 'counts', partition, record: count(n) },
      { topic: 'device_consents', partition, record: consentRecord(n, ['P1']) },
    ])
  }
  // The store takes no half of a surrogate pair.
  await stream.append([{ topic: 'events', partition: 0, record: eventRecord(7, { path: '/\ud83d' }) }])
  await profiles.caughtUp()
  await stream.append([{ topic: 'stops', partition: 0, record: stopRecord(6, receiptId(6)) }])
  await profiles.caughtUp()
})
afterAll(async () => {
  await profiles.close()
  await stream.close()
  await rm(path, { recursive: true })
  await sql.close()
  await store.close()
})

const say = (text: string) => store.command(defineCommand({ name: 'break', sql: text, params: z.object({}) }), {})
const told = async () => (await profiles.reconcile()).differences.map(({ todo, ...difference }) => difference)

test('log and store agree: retries, dead letters and those who ended are no difference', async () => {
  const { quiet, checked, differences } = await profiles.reconcile()
  expect({ quiet, differences }).toEqual({ quiet: true, differences: [] })
  const of = (topic: string) => checked.filter((each) => each.topic === topic)
  const sum = (topic: string, what: 'records' | 'duplicates' | 'deadLetters' | 'ended') =>
    of(topic).reduce((all, each) => all + each[what], 0)
  expect([sum('events', 'records'), sum('events', 'duplicates'), sum('events', 'deadLetters')]).toEqual([13, 6, 1])
  expect([sum('signals', 'records'), sum('signals', 'ended')]).toEqual([6, 1])
})

test('a dead letter is none missing, however many others there are, older and newer', async () => {
  const other = { topic: 'events', partition: 0, reason: 'append to events_in: TYPE_MISMATCH', fingerprint: 'ab' }
  const days = [dayOf(NOW - DAY_MS), dayOf(NOW + DAY_MS)]
  for (const [which, day] of days.entries())
    for (let n = 0; n < 1_001; n++) await deadLetters.add({ ...other, position: 1_000 + 2 * n + which, day })
  expect(await told()).toEqual([])
})

const event = { site: 'demo', day: DAY, type: 'page_view' }
const { traits, id, ...viewed } = eventRecord(1)
const breaks: Record<string, { how: () => Promise<void>; mend: () => Promise<void>; said: object[] }> = {
  'a row of events that stands twice': {
    how: () => store.append('events', [{ ...viewed, ...traits }], 'break:1'),
    mend: async () => {
      await say(`ALTER TABLE events DELETE WHERE e = '${viewed.e}'`)
      await store.append('events', [{ ...viewed, ...traits }], 'mend:1')
    },
    said: [
      { what: 'events_and_traffic', topic: 'events', ...event, expected: 7, found: 6 },
      { what: 'log_and_events', topic: 'events', ...event, expected: 6, found: 7 },
    ],
  },
  'a row of events that is lost': {
    how: () => say(`ALTER TABLE events DELETE WHERE e = '${viewed.e}'`),
    mend: () => store.append('events', [{ ...viewed, ...traits }], 'mend:2'),
    said: [
      { what: 'events_and_traffic', topic: 'events', ...event, expected: 5, found: 6 },
      { what: 'log_and_events', topic: 'events', ...event, expected: 6, found: 5 },
    ],
  },
  'a counter of views that is off': {
    how: () =>
      store.append(
        'traffic',
        [{ ...event, path: '/1', referrer: '', campaign: '', device: 'desktop', n: 2, seconds: 0 }],
        'break:3',
      ),
    mend: () =>
      say("ALTER TABLE traffic DELETE WHERE n >= 2 OR path = '/1'").then(() =>
        store.append(
          'traffic',
          [{ ...event, path: '/1', referrer: '', campaign: '', device: 'desktop', n: 1, seconds: 0 }],
          'mend:3',
        ),
      ),
    said: [
      { what: 'events_and_traffic', topic: 'events', ...event, expected: 6, found: 8 },
      { what: 'log_and_traffic', topic: 'events', ...event, expected: 6, found: 8 },
    ],
  },
  'signals that weigh too little': {
    how: () => say(`ALTER TABLE signals DELETE WHERE p = '${webPseudonym(2)}'`),
    mend: () =>
      store.append(
        'signals',
        [{ site: 'demo', interest: 'garden', p: webPseudonym(2), week: WEEK, rule: 'r', kind: 'view', n: 1 }],
        'mend:4',
      ),
    said: [{ what: 'log_and_signals', topic: 'signals', site: 'demo', expected: 5, found: 4 }],
  },
  'an act that was not counted': {
    how: () => say("ALTER TABLE acts DELETE WHERE path = '/2'"),
    mend: () =>
      store.append('acts', [{ site: 'demo', day: DAY, hour: 3, type: 'purchase', path: '/2', n: 1 }], 'mend:5'),
    said: [{ what: 'log_and_acts', topic: 'counts', site: 'demo', day: DAY, type: 'purchase', expected: 6, found: 5 }],
  },
  'an id that the store never took': {
    how: () => say(`ALTER TABLE seen DELETE WHERE topic = 'counts' AND id = 3`),
    mend: () => store.append('seen', [{ topic: 'counts', partition: 1, id: 3, first: 1, day: DAY }], 'mend:6'),
    said: [{ what: 'missing', topic: 'counts', partition: 1, day: DAY, expected: 1, found: 0 }],
  },
  'an id that two batches took': {
    how: () => store.append('seen', [{ topic: 'events', partition: 1, id: 3, first: 77_777, day: DAY }], 'break:7'),
    mend: () => say('ALTER TABLE seen DELETE WHERE first = 77777'),
    said: [{ what: 'taken_twice', topic: 'events', partition: 1, day: DAY, expected: 1, found: 2 }],
  },
}

test.each(Object.entries(breaks))('%s is told, and nothing else is', async (_name, { how, mend, said }) => {
  await how()
  const differences = await told()
  expect(differences).toHaveLength(said.length)
  expect(differences).toEqual(expect.arrayContaining(said.map((each) => expect.objectContaining(each))))
  await mend()
  expect(await told()).toEqual([])
})
