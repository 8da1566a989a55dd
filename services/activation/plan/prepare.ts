/**
 * Prepares an export: here the two worlds meet, in memory and for one run. Neither is asked with the other's names: the vault gives its
 * contacts and sealed links, the store the whole site, and only what they have in common goes on.
 */

import type { Destination } from '../../../infra/ports/destination.ts'
import type { MemberRow } from '../../../schemas/audience.ts'
import { canonical } from '../../../schemas/chain.ts'
import { Fault } from '../../../schemas/fault.ts'
import { type ContactRef, ExportId } from '../../../schemas/ids.ts'
import { weekOf } from '../../../schemas/week.ts'
import type { Audiences, ResolvedAudience } from '../audiences.ts'
import { type NewsDeps, type NewsReader, openNews } from '../fence/read-news.ts'
import { quarantine } from '../links/open-links.ts'
import { type LinkRequestsDeps, takeLinkRequests } from '../links/take-link-requests.ts'
import { openPlanner, type Plan } from './plan.ts'
import { readPeople, readWorlds, type WorldsDeps } from './read-worlds.ts'

export interface PrepareDeps extends WorldsDeps, NewsDeps, LinkRequestsDeps {
  readonly keys: WorldsDeps['keys']
  readonly config: WorldsDeps['config']
  readonly destinations: ReadonlyMap<string, Destination>
  readonly audiences: Audiences
}

export interface Prepared {
  readonly resolved: ResolvedAudience
  readonly destination: Destination
  readonly plan: Plan
  /** Contacts of devices that stopped and are still linked. */
  readonly stopped: ReadonlySet<ExportId>
  readonly readNews: NewsReader
  /** The ledger's, from which `readNews` reads on. */
  readonly sequence: number
}

/** `week` is the one that is now, for all the life of a run. */
export async function prepare(deps: PrepareDeps, name: string, week = weekOf(deps.clock())): Promise<Prepared> {
  const { keys, destinations, audiences } = deps
  const resolved = await audiences.resolve((await audiences.get(name)).audience)
  const { audience, segment, interests, destination: settings } = resolved
  const destination = destinations.get(audience.destination)
  if (!destination) throw new Fault('config_invalid', `the destination ${audience.destination} is not open`)

  await takeLinkRequests(deps)
  const { readNews, sequence, stopped } = await openNews(deps)
  const fields = audience.fields.filter((field) => settings.fields.includes(field))
  const { recipient } = destination
  const question = { audience, recipient, fields, stopped }
  const worlds = await readWorlds(deps, question)
  const exportId = exportIdOf(deps, audience.destination)
  const fingerprint = (row: MemberRow) => keys.fingerprint.mac([audience.name, canonical(row)])
  const planner = openPlanner(worlds, { audience, segment, interests, week, recipient, exportId, fingerprint })
  const plan = planner.finish(await readPeople(deps, question, planner.add))
  await quarantine(deps, worlds.links)
  const ended = new Set(worlds.links.endingContacts(stopped).map(exportId))
  return { resolved, destination, plan, stopped: ended, readNews, sequence }
}

export function exportIdOf(
  { keys }: Pick<PrepareDeps, 'keys'>,
  destination: string,
): (contact: ContactRef) => ExportId {
  const key = keys.export(destination)
  return (contact) => ExportId.parse(`x${key.mac([contact])}`)
}
