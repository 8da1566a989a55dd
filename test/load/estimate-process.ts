/** Fills a store with made-up profiles, or takes their snapshot, or tells how long an estimate takes on one thread, over the snapshot and over the tables. */

import { join } from 'node:path'
import * as z from 'zod'
import { clickhouseStore } from '../../infra/clickhouse/store.ts'
import { readHouse } from '../../infra/config/house.ts'
import { openChdb } from '../../infra/embedded/chdb.ts'
import { openMemoryCache } from '../../infra/embedded/memory-cache.ts'
import { migrateStore } from '../../infra/migrate.ts'
import { defineQuery, type Store } from '../../infra/ports/store.ts'
import { InterestName } from '../../schemas/interest.ts'
import { weekOf } from '../../schemas/week.ts'
import { liveNotices } from '../../services/profiles/live-notices.ts'
import { takeSnapshot } from '../../services/profiles/upkeep/take-snapshot.ts'
import { estimateSegment, roundCount } from '../../services/segments/estimate.ts'
import { holdMerges, makeUpProfiles } from './made-up-profiles.ts'
import { membersSql } from './members-sql.ts'
import { answer, readInput, untilAsked } from './process-input.ts'

const input = z.object({
  directory: z.string(),
  profiles: z.int(),
  step: z.enum(['fill', 'take', 'ask']),
  times: z.object({ snapshot: z.int(), tables: z.int() }),
})
const { directory, profiles, step, times } = await readInput(input)
const house = readHouse('services/demo/bauta.yaml')
const { site, interests } = demoSite()
const store = clickhouseStore(await openChdb(join(directory, 'clickhouse')))
const now = weekOf(Date.now())

function demoSite() {
  const [site, interests] = [house.config.sites.demo, house.interests.get('demo')]
  if (!site || !interests) throw new Error('the demonstration has no site')
  return { site, interests }
}

async function fill(): Promise<void> {
  const began = performance.now()
  const named = Object.entries(interests.interests).flatMap(([name, { special }]) => (special ? [] : [name]))
  await makeUpProfiles(store, { profiles, interests: named, now })
  const [{ rows } = { rows: 0 }] = await store.ask(sizeOf, { table: 'signals' })
  answer({ seconds: (performance.now() - began) / 1_000, signals: rows })
}

async function take(): Promise<void> {
  const began = performance.now()
  await takeSnapshot({ house, store }, 'demo', Date.now())
  const seconds = (performance.now() - began) / 1_000
  const [{ bytes } = { bytes: 0 }] = await store.ask(sizeOf, { table: 'snapshot' })
  answer({ seconds, bytes })
}

const sizeOf = defineQuery({
  name: 'size_of_table',
  sql: 'SELECT sum(rows) AS rows, sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = currentDatabase() AND table = {table: String}',
  params: z.object({ table: z.string() }),
  row: z.object({ rows: z.coerce.number(), bytes: z.coerce.number() }),
})

/** As the service asks it, but for the one thread. */
const onOneThread: Store = {
  ...store,
  ask: (query, values) => store.ask({ ...query, sql: `${query.sql} SETTINGS max_threads = 1` }, values),
}
const tree = {
  all: [
    { interest: InterestName.parse('energy.solar'), band: 'medium' as const },
    { count: { interest: InterestName.parse('energy'), weeks: 4, min: 2 } },
    { not: { trait: { country: ['AT'] } } },
  ],
}

/** The first of them finds nothing in any memory. */
async function ask(): Promise<void> {
  const [snapshot, tables]: [number[], number[]] = [[], []]
  let estimate = 0
  for (let time = 0; time < times.snapshot; time += 1) {
    const start = performance.now()
    // A cache that has just been opened, because an answer that was given before is not what is measured.
    const found = await estimateSegment({ store: onOneThread, cache: openMemoryCache() }, tree, 'demo')
    snapshot.push(performance.now() - start)
    estimate = found.estimate
  }
  const question = { site: 'demo', interests, notices: liveNotices(site), now }
  const { sql, params } = membersSql(tree, question)
  const row = z.object({ n: z.coerce.number() })
  const count = defineQuery({ name: 'count', sql: `SELECT count() AS n FROM (${sql})`, params: z.looseObject({}), row })
  let exactly = 0
  for (let time = 0; time < times.tables; time += 1) {
    const start = performance.now()
    exactly = (await onOneThread.ask(count, params))[0]?.n ?? 0
    tables.push(performance.now() - start)
  }
  if (roundCount(exactly) !== estimate) throw new Error(`the snapshot says ${estimate}, the tables ${exactly}`)
  answer({ snapshot, tables, estimate })
}

await migrateStore(store)
await holdMerges(store)
await { fill, take, ask }[step]()
await untilAsked()
await store.close()
process.exit(0)
