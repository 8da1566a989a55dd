/** Real page views through the real pipeline, against a count that shares no code with it. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { compileSite } from '../../collector/site.ts'
import { clickhouseStore } from '../../infra/clickhouse/store.ts'
import { readHouse } from '../../infra/config/house.ts'
import { openChdb } from '../../infra/embedded/chdb.ts'
import { defineQuery } from '../../infra/ports/store.ts'
import { readEnvironment } from '../../infra/process/environment.ts'
import { WebPseudonym } from '../../schemas/ids.ts'
import { importVisits } from '../../services/cli/import-visits.ts'
import { outputTo, table } from '../../services/cli/output.ts'
import { readVisits } from '../../services/cli/read-visits.ts'
import { replayOf } from '../../services/cli/replay-visits.ts'
import { webKeys } from '../fakes/web.ts'
import { countInterests, isCrawler, mondayOf, type RawVisit, readRawVisits } from './count-visits.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const config = join(here, 'bauta.yaml')
const file = join(process.env.BAUTA_TEST_DATA ?? join(here, '../../../shared/data'), 'visits.ndjson.gz')
const there = existsSync(file)
const title = there ? 'page views of a real website' : `skipped: ${file} is not there; BAUTA_TEST_DATA names its folder`
// Reporters count what is skipped, and not all of them say its name.
if (!there) process.stdout.write(`page views of a real website ${title}\n`)

const DAY = 86_400_000
const HOUR = DAY / 24
/** The last Friday at six: the file ends on a Wednesday, whose key is still there then, and begins on a Sunday, whose key is gone. */
const firstFriday = DAY + 6 * HOUR
const friday = Date.now() - ((Date.now() - firstFriday) % (7 * DAY))

const storedInterests = defineQuery({
  name: 'stored_interests',
  params: z.object({}),
  row: z.object({ p: WebPseudonym, monday: z.string(), interest: z.string(), n: z.coerce.number() }),
  sql: `
    SELECT p, toString(addDays(toDate32('1969-12-29'), week * 7)) AS monday, interest, sum(n) AS n FROM signals
    GROUP BY p, week, interest`,
})
const storedViews = defineQuery({
  name: 'stored_views',
  params: z.object({}),
  row: z.object({ views: z.coerce.number(), days: z.array(z.string()) }),
  sql: 'SELECT count() AS views, arraySort(groupUniqArray(toString(day))) AS days FROM events',
})

type Interests = Readonly<Record<string, number>>
const sorted = (counts: Interests) => Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1))
const say = (counts: Interests) =>
  sorted(counts)
    .map(([key, n]) => `${key} ${n}`)
    .join(', ') || '(none)'

describe.skipIf(!there)(title, () => {
  const root = mkdtempSync(join(tmpdir(), 'bauta-visits-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  let visits: readonly RawVisit[] = []
  let people: readonly RawVisit[] = []
  /** Without crawlers, the most active first. */
  let byVisitor: readonly (readonly [visitor: number, views: readonly RawVisit[]])[] = []
  beforeAll(() => {
    visits = readRawVisits(file)
    people = visits.filter(({ ua }) => !isCrawler(ua))
    const grouped = new Map<number, RawVisit[]>()
    for (const visit of people) grouped.set(visit.visitor, [...(grouped.get(visit.visitor) ?? []), visit])
    byVisitor = [...grouped].sort(([a, theirs], [b, others]) => others.length - theirs.length || a - b)
  })

  /** Visitors of whom the two counts do not say the same. */
  const disagreeing = (interestsOf: (visitor: number) => Interests, moved: number) =>
    byVisitor
      .filter(([visitor, views]) => say(interestsOf(visitor)) !== say(countInterests(views, moved)))
      .map(([visitor]) => visitor)

  test('are taken or dropped for a reason, and become the interests that a second count finds', async () => {
    const settings = readEnvironment({ BAUTA_DATA: 'house', BAUTA_CONFIG: config, LOG_LEVEL: 'error' }, root)
    const printing = outputTo(process.stdout, process.stderr, false)
    const run = () => importVisits({ settings, output: printing, file, site: 'blog', clock: () => friday })
    const { report, pseudonyms } = await run()
    const store = clickhouseStore(await openChdb(join(report.dataDir, 'clickhouse')))
    const rows = await store.ask(storedInterests, {})
    const analytics = await store.ask(storedViews, {})
    await store.close()

    const moved = report.weeksShifted * 7 * DAY
    const last = Math.max(...visits.map(({ t }) => Date.parse(t))) + moved
    expect(Number.isInteger(report.weeksShifted)).toBe(true)
    expect([last <= friday, mondayOf(last)]).toEqual([true, mondayOf(friday)])

    expect(report).toMatchObject({ views: 4_111, taken: 1_612, dropped: { bot: 2_499 }, malformedLines: [] })
    expect(Object.keys(report.dropped)).toEqual(['bot'])
    expect([report.taken, report.dropped.bot]).toEqual([people.length, visits.length - people.length])
    expect(report.visitors).toBe(new Set(visits.map(({ visitor }) => visitor)).size)

    // Of a day whose key is gone there are no rows for analytics.
    const wednesday = new Date(last).toISOString().slice(0, 10)
    const keyed = people.filter(({ t }) => new Date(Date.parse(t) + moved).toISOString().startsWith(wednesday)).length
    expect(analytics).toEqual([{ views: keyed, days: [wednesday] }])
    expect(report.signalsOnly).toBe(people.length - keyed)

    const stored = (visitor: number): Interests =>
      Object.fromEntries(
        rows
          .filter(({ p }) => p === pseudonyms.get(visitor))
          .map(({ monday, interest, n }) => [`${monday} ${interest}`, n]),
      )
    const most = byVisitor.slice(0, 10).map(([visitor, views]) => {
      return { visitor, views: views.length, stored: say(stored(visitor)), counted: say(countInterests(views, moved)) }
    })
    process.stdout.write(`\n${table(most)}\n`)
    for (const { visitor, stored, counted } of most) expect(stored, `visitor ${visitor}`).toBe(counted)
    expect(most.filter(({ stored }) => stored !== '(none)').length).toBeGreaterThan(7)
    expect(disagreeing(stored, moved)).toEqual([])
    expect(report.visitorsWithInterests).toBe(new Set(rows.map(({ p }) => p)).size)

    // Whose data would it be, the second time?
    await expect(run()).rejects.toMatchObject({ code: 'conflict' })
  })

  test('would not become those under a changed rule: the second count finds it', async () => {
    const replayed = async (change: (path: string) => string) => {
      const house = readHouse(config)
      const words = house.interests.get('blog')
      const site = house.config.sites.blog
      if (!words || !site) throw new Error('the site blog is not there')
      const rules = words.rules.map((rule) => (rule.path === undefined ? rule : { ...rule, path: change(rule.path) }))
      const replay = replayOf({
        site: compileSite('blog', site, { ...words, rules }),
        keys: webKeys,
        partitions: 1,
        shift: 0,
      })
      const found = new Map<number, Record<string, number>>()
      for await (const { visit } of readVisits(file))
        for (const { topic, record } of visit ? replay.view(visit) : [])
          for (const { interest, n } of topic === 'signals' ? record.signals : []) {
            const counts = found.get(visit?.visitor ?? 0) ?? {}
            const key = `${mondayOf(visit?.t ?? 0)} ${interest}`
            found.set(visit?.visitor ?? 0, { ...counts, [key]: (counts[key] ?? 0) + n })
          }
      return (visitor: number) => found.get(visitor) ?? {}
    }
    expect(disagreeing(await replayed((path) => path), 0)).toEqual([])
    const narrower = await replayed((path) => path.replace('/articles/ppp-over-ssh', '/articles/ppp'))
    const hit = people.filter(({ path }) => /^\/articles\/ppp-over-ssh\/?(\?|$)/.test(path))
    expect(disagreeing(narrower, 0).sort()).toEqual([...new Set(hit.map(({ visitor }) => visitor))].sort())
    expect(hit.length).toBeGreaterThan(0)
  })
})
