/** A store of made-up profiles, and how long the statement of an estimate takes over it on one thread. */

import { join } from 'node:path'
import * as z from 'zod'
import { clickhouseStore } from '../../infra/clickhouse-store.ts'
import { readHouse } from '../../infra/config.ts'
import { openChdb } from '../../infra/embedded/chdb.ts'
import { openMemoryCache } from '../../infra/embedded/memory-cache.ts'
import { migrateStore } from '../../infra/migrate.ts'
import { defineCommand, type Store } from '../../infra/ports/store.ts'
import { InterestName } from '../../schemas/interest.ts'
import { weekOf } from '../../schemas/week.ts'
import { estimateSegment } from '../../services/segments/estimate.ts'
import { liveNotices } from '../../services/segments/live-notices.ts'
import { answer, readInput, untilAsked } from './process-input.ts'

const input = z.object({ directory: z.string(), profiles: z.int(), times: z.int() })
const { directory, profiles, times } = await readInput(input)
const house = readHouse('services/demo/bauta.yaml')
const [site, interests] = [house.config.sites.demo, house.interests.get('demo')]
if (!site || !interests) throw new Error('the demonstration has no site')
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
const began = performance.now()
await store.command(fillProfiles, params)
await store.command(fillSignals, params)
const fillSeconds = (performance.now() - began) / 1_000

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
const ms: number[] = []
let estimate = 0
for (let time = 0; time < times; time += 1) {
  const start = performance.now()
  // A cache that has just been opened, because an answer that was given before is not what is measured.
  const asked = { store: onOneThread, cache: openMemoryCache() }
  const found = await estimateSegment(asked, tree, { site: 'demo', interests, notices: liveNotices(site), now })
  ms.push(performance.now() - start)
  estimate = found.estimate
}
answer({ fillSeconds, ms, estimate })
await untilAsked()
await store.close()
process.exit(0)
