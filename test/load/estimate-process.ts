/** Fills a store with made-up profiles and takes the snapshot, or tells how long an estimate takes on one thread, over the snapshot and over the tables. */

import { join } from 'node:path'
import * as z from 'zod'
import { clickhouseStore } from '../../infra/clickhouse-store.ts'
import { readHouse } from '../../infra/config.ts'
import { openChdb } from '../../infra/embedded/chdb.ts'
import { openMemoryCache } from '../../infra/embedded/memory-cache.ts'
import { migrateStore } from '../../infra/migrate.ts'
import { defineCommand, defineQuery, type Store } from '../../infra/ports/store.ts'
import { InterestName } from '../../schemas/interest.ts'
import { weekOf } from '../../schemas/week.ts'
import { liveNotices } from '../../services/profiles/live-notices.ts'
import { takeSnapshot } from '../../services/profiles/take-snapshot.ts'
import { estimateSegment, roundCount } from '../../services/segments/estimate.ts'
import { membersSql } from './members-sql.ts'
import { answer, readInput, untilAsked } from './process-input.ts'

const input = z.object({ directory: z.string(), profiles: z.int(), step: z.enum(['fill', 'ask']), times: z.int() })
const { directory, profiles, step, times } = await readInput(input)
const house = readHouse('services/demo/bauta.yaml')
const { site, interests } = demoSite()
const store = clickhouseStore(await openChdb(join(directory, 'clickhouse')))
await migrateStore(store)

const now = weekOf(Date.now())
const names = Object.entries(interests.interests).flatMap(([name, { special }]) => (special ? [] : [name]))
const params = { profiles, now, names }
const shape = z.object({ profiles: z.int(), now: z.int(), names: z.array(z.string()).optional() })
const P = "lower(hex(MD5(concat('p', toString(number)))))"
const fillProfiles = defineCommand({
  name: 'fill_profiles',
  params: shape.omit({ names: true }),
  sql: `
    INSERT INTO profiles SELECT 'demo', ${P}, {now: UInt16} + 20, '2026-11', {now: UInt16} - (cityHash64(number) % 12),
      ['DE', 'AT', 'CH', ''][cityHash64(number, 1) % 4 + 1], ['desktop', 'mobile', 'tablet'][cityHash64(number, 2) % 3 + 1],
      ['de', 'en'][cityHash64(number, 3) % 2 + 1]
    FROM numbers({profiles: UInt64})`,
})
/** Eight rows a profile, of some twenty interests and thirteen weeks; those asked about are the likeliest. */
const fillSignals = defineCommand({
  name: 'fill_signals',
  params: shape,
  sql: `
    INSERT INTO signals SELECT 'demo', {names: Array(String)}[least(cityHash64(number, row) % 26, length({names: Array(String)}) - 1) + 1], ${P},
      {now: UInt16} - (cityHash64(number, row, 1) % 13), 'rule', ['view', 'engaged', 'search'][cityHash64(number, row, 2) % 3 + 1],
      cityHash64(number, row, 3) % 5 + 1
    FROM numbers({profiles: UInt64}) ARRAY JOIN range(8) AS row`,
})
function demoSite() {
  const [site, interests] = [house.config.sites.demo, house.interests.get('demo')]
  if (!site || !interests) throw new Error('the demonstration has no site')
  return { site, interests }
}

async function fill(): Promise<void> {
  const began = performance.now()
  await store.command(fillProfiles, params)
  await store.command(fillSignals, params)
  const filled = performance.now()
  await takeSnapshot({ house, store }, 'demo', Date.now())
  const size = defineQuery({
    name: 'snapshot_size',
    sql: "SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND table = 'snapshot'",
    params: z.object({}),
    row: z.object({ bytes: z.coerce.number() }),
  })
  const [{ bytes } = { bytes: 0 }] = await store.ask(size, {})
  answer({ fillSeconds: (filled - began) / 1_000, takeSeconds: (performance.now() - filled) / 1_000, bytes })
}

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
  for (let time = 0; time < times; time += 1) {
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
  for (let time = 0; time < Math.ceil(times / 3); time += 1) {
    const start = performance.now()
    exactly = (await onOneThread.ask(count, params))[0]?.n ?? 0
    tables.push(performance.now() - start)
  }
  if (roundCount(exactly) !== estimate) throw new Error(`the snapshot says ${estimate}, the tables ${exactly}`)
  answer({ snapshot, tables, estimate })
}

await (step === 'fill' ? fill() : ask())
await untilAsked()
await store.close()
process.exit(0)
