/** Collector and profiles in one process, over the embedded engines or those across the network; beside the door, a port that says how many a segment has. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as z from 'zod'
import { readHouse } from '../../infra/config/house.ts'
import type { DeadLetters } from '../../infra/control/dead-letters.ts'
import { readDistributed } from '../../infra/distributed/settings.ts'
import { openEngines } from '../../infra/engines.ts'
import { migrate } from '../../infra/migrate.ts'
import { defineQuery } from '../../infra/ports/store.ts'
import { openLogger } from '../../infra/process/logger.ts'
import { InterestName } from '../../schemas/interest.ts'
import { inSegment } from '../../schemas/segment.ts'
import { Traits } from '../../schemas/topics.ts'
import { weekOf } from '../../schemas/week.ts'
import { pages } from '../../services/activation/pages.ts'
import { profilePage } from '../../services/activation/queries/profile-page.ts'
import { liveNotices } from '../../services/profiles/live-notices.ts'
import { openProfiles } from '../../services/profiles/open-profiles.ts'
import { fingerprint } from '../fakes/web-records.ts'
import { openBenchCollector } from './bench-collector.ts'
import { answer, readInput, untilAsked } from './process-input.ts'

const PAGE = 5_000
const { directory, environment } = await readInput(
  // Where the engines across the network are; the embedded ones without it.
  z.object({ directory: z.string(), environment: z.record(z.string(), z.string()).optional() }),
)
const house = readHouse('services/demo/bauta.yaml')
const options = {
  engines: environment === undefined ? ('embedded' as const) : ('distributed' as const),
  partitions: 1,
  distributed: readDistributed(environment ?? {}, 1),
}
const engines = await openEngines({ ...options, dataDir: directory })
await migrate(engines)
// Across the network the collector has its spool and its guarded cache, as it has them where it runs alone.
const edge =
  environment === undefined
    ? { log: engines.log, cache: engines.cache, close: async () => {} }
    : await openEngines({ ...options, dataDir: `${directory}.edge` }, ['log', 'cache', 'edge'])

const nothing = async (): Promise<never> => {
  throw new Error('a record of the bench was refused by the store')
}
const deadLetters: DeadLetters = {
  add: nothing,
  list: async () => [],
  get: async () => undefined,
  withFingerprint: async () => [],
  remove: nothing,
  positions: async () => [],
  expire: async () => {},
}
const { log: stream, store, cache } = engines
const log = openLogger({ level: 'warn', service: 'profiles' })
const { control } = engines.sql
const own = { house, stream, store, cache, control, deadLetters, fingerprint, now: Date.now, log }
const profiles = await openProfiles(own)
const collector = await openBenchCollector({ directory: `${directory}.own`, house, log: edge.log, cache: edge.cache })

/** As activation reads it for an export: every profile of the site, page by page, and each one looked at. */
async function members(): Promise<number> {
  const [site, interests] = [house.config.sites.demo, house.interests.get('demo')]
  if (!site || !interests) throw new Error('the demonstration has no site')
  const tree = { all: [{ interest: InterestName.parse('garden.trees'), band: 'low' as const }, { seen: { weeks: 2 } }] }
  const [now, notices] = [weekOf(Date.now()), liveNotices(site)]
  let found = 0
  const next = (after: string) => store.ask(profilePage, { site: 'demo', after, limit: PAGE })
  for await (const page of pages(next, '', ({ pseudonym }): string => pseudonym))
    for (const { until, notice, seenWeek, country, device, language, signals } of page) {
      const live = until >= now && notices.includes(notice)
      const profile = { seenWeek, traits: Traits.parse({ country, device, language }), signals }
      if (live && inSegment(tree, profile, interests, { from: 0, now })) found += 1
    }
  return found
}

const kept = defineQuery({
  name: 'kept',
  sql: `
    SELECT sum(bytes_on_disk) AS bytes, (SELECT count() FROM events) AS events
    FROM system.parts WHERE active AND database = currentDatabase()`,
  params: z.object({}),
  row: z.object({ bytes: z.coerce.number(), events: z.coerce.number() }),
})

/** What the store has when all that was acknowledged is in it and the night has merged it. */
async function settled() {
  await profiles.caughtUp()
  await profiles.maintain(Date.now())
  return (await store.ask(kept, {}))[0]
}

const counting = createServer(({ url }, response) => {
  const asked = url === '/settled' ? settled() : members().then((n) => ({ n }))
  asked.then(
    (found) => response.end(JSON.stringify(found)),
    (error: unknown) => response.writeHead(500).end(String(error)),
  )
})
await new Promise<void>((resolve) => counting.listen(0, '127.0.0.1', resolve))
answer({ directory, port: collector.port, membersPort: (counting.address() as AddressInfo).port })
await untilAsked()
counting.close()
await collector.close()
await edge.close()
await profiles.close()
await engines.close()
process.exit(0)
