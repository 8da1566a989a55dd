/** Collector, log, profiles and store in one process, as the embedded engines run; beside the door, a port that says how many a segment has. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as z from 'zod'
import { readHouse } from '../../infra/config.ts'
import type { DeadLetters } from '../../infra/dead-letters.ts'
import { readDistributed } from '../../infra/distributed/settings.ts'
import { openEngines } from '../../infra/engines.ts'
import { openLogger } from '../../infra/logger.ts'
import { migrate } from '../../infra/migrate.ts'
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
const { directory } = await readInput(z.object({ directory: z.string() }))
const house = readHouse('services/demo/bauta.yaml')
const engines = await openEngines({
  engines: 'embedded',
  dataDir: directory,
  partitions: 1,
  distributed: readDistributed({}, 1),
})
await migrate(engines)

const nothing = async (): Promise<never> => {
  throw new Error('a record of the bench was refused by the store')
}
const deadLetters: DeadLetters = {
  add: nothing,
  list: async () => [],
  get: async () => undefined,
  withFingerprint: async () => [],
  remove: nothing,
}
const { log: stream, store, cache } = engines
const log = openLogger({ level: 'warn', service: 'profiles' })
const { control } = engines.sql
const own = { house, stream, store, cache, control, deadLetters, fingerprint, now: Date.now, log }
const profiles = await openProfiles(own)
const collector = await openBenchCollector({ directory: `${directory}.own`, house, log: stream, cache })

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

const counting = createServer((_, response) => {
  members().then(
    (n) => response.end(JSON.stringify({ n })),
    (error: unknown) => response.writeHead(500).end(String(error)),
  )
})
await new Promise<void>((resolve) => counting.listen(0, '127.0.0.1', resolve))
answer({ port: collector.port, membersPort: (counting.address() as AddressInfo).port })
await untilAsked()
counting.close()
await collector.close()
await profiles.close()
await engines.close()
process.exit(0)
