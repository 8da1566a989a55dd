/** Who is in an audience: the two worlds intersected, in memory and without I/O. */

import type { Audience, MemberRow, Waterfall } from '../../schemas/audience.ts'
import { liveDevice, mayExport } from '../../schemas/consent.ts'
import type { ContactRef, ExportId, LinkId, WebPseudonym } from '../../schemas/ids.ts'
import { bandsOf, type Interests } from '../../schemas/interest.ts'
import { inSegment, type Profile, type ResolvedSegment } from '../../schemas/segment.ts'
import type { Counts, Person } from './admit.ts'

export interface OpenedLink {
  readonly id: LinkId
  readonly contact: ContactRef
  readonly site: string
  /** The ledger's, of the consent under which the link was made. */
  readonly sequence: number
  readonly pseudonym: WebPseudonym
  /** Once found under two contacts. */
  readonly shared: boolean
  /** About to be told to the web side: the pseudonym ends. */
  readonly ending: boolean
}

export interface Worlds {
  readonly counts: Counts
  readonly people: ReadonlyMap<ContactRef, Person>
  /** All there are, not the selection's. */
  readonly links: readonly OpenedLink[]
  /** Live profiles of opened pseudonyms, and of no other. */
  readonly profiles: ReadonlyMap<WebPseudonym, Profile>
  readonly stopped: ReadonlySet<WebPseudonym>
}

export interface PlanQuestion {
  readonly audience: Pick<Audience, 'site' | 'interests'>
  readonly segment: ResolvedSegment
  readonly interests: Interests
  /** The ISO week that is now. */
  readonly week: number
  readonly recipient: 'id' | 'address'
  readonly exportId: (contact: ContactRef) => ExportId
}

/** Both names of one person side by side, never stored and never logged. */
export interface Linked {
  readonly id: ExportId
  readonly contact: ContactRef
  readonly mailHash: string | undefined
  readonly devices: readonly WebPseudonym[]
}

export interface Member {
  readonly id: ExportId
  readonly row: MemberRow
}

export interface Plan {
  readonly waterfall: Waterfall
  /** Consenting people with a device, in the segment or not. */
  readonly linked: readonly Linked[]
  /** By export id, an order that tells nothing. */
  readonly members: readonly Member[]
  /** Versions of the notices that the members agreed to. */
  readonly notices: readonly string[]
  /** Links newly found to be of shared devices. */
  readonly shared: readonly LinkId[]
  /** Links of a shared device of which another link has ended: they end with it. */
  readonly orphaned: readonly LinkId[]
}

export function planAudience(worlds: Worlds, question: PlanQuestion): Plan {
  const devices = devicesOf(worlds, question.audience.site)
  const linked: Linked[] = []
  const members: Member[] = []
  const notices = new Set<string>()
  for (const person of worlds.people.values()) {
    const own = devices.get(person.ref)
    if (!own || !mayExport([...person.facts, ...liveDevice])) continue
    const { ref: contact, mailHash } = person
    const id = question.exportId(contact)
    linked.push({ id, contact, mailHash, devices: [...own.keys()] })
    const row = rowOf(person, id, [...own.values()], question)
    if (!row) continue
    members.push({ id, row })
    for (const notice of person.notices) notices.add(notice)
  }
  return {
    waterfall: { ...worlds.counts, linked: linked.length, inSegment: members.length },
    linked,
    members: members.sort((a, b) => (a.id < b.id ? -1 : 1)),
    notices: [...notices].sort(),
    ...sharedLinks(worlds.links),
  }
}

/** A device's profile counts for its one owner, while its consent and the link's stand. */
function devicesOf({ people, links, profiles, stopped }: Worlds, site: string) {
  const nobodys = new Set(links.filter((link) => link.shared || link.ending).map((link) => link.pseudonym))
  const owners = ownersOf(links)
  const devices = new Map<ContactRef, Map<WebPseudonym, Profile>>()
  for (const link of links) {
    const { contact, pseudonym } = link
    const profile = profiles.get(pseudonym)
    const person = people.get(contact)
    if (!profile || !person || link.site !== site || link.sequence < person.since) continue
    if (stopped.has(pseudonym) || nobodys.has(pseudonym) || owners.get(pseudonym)?.size !== 1) continue
    devices.set(contact, (devices.get(contact) ?? new Map()).set(pseudonym, profile))
  }
  return devices
}

/** In the segment if any device is; the bands are those of all devices together. */
function rowOf(
  person: Person,
  id: ExportId,
  profiles: readonly Profile[],
  { audience, segment, interests, week, recipient }: PlanQuestion,
): MemberRow | undefined {
  const weeks = { from: person.from, now: week }
  if (!profiles.some((profile) => inSegment(segment, profile, interests, weeks))) return undefined
  const signals = profiles.flatMap((profile) => profile.signals)
  const bands = bandsOf(interests, signals, weeks).slice(0, audience.interests)
  const top = bands.flatMap(({ interest, band }) => (band === 'none' ? [] : [{ interest, band }]))
  const to = recipient === 'address' && person.address !== undefined ? { address: person.address } : {}
  return { id, ...to, interests: top, fields: person.fields }
}

/** Looked for over all links: a device under two contacts is nobody's, also where only one of them is selected. */
export function sharedLinks(links: readonly OpenedLink[]): Pick<Plan, 'shared' | 'orphaned'> {
  const owners = ownersOf(links)
  const many = (link: OpenedLink) => (owners.get(link.pseudonym)?.size ?? 0) > 1
  const marked = new Set(links.filter((link) => link.shared).map((link) => link.pseudonym))
  return {
    shared: links.filter((link) => !link.shared && (many(link) || marked.has(link.pseudonym))).map((link) => link.id),
    orphaned: links.filter((link) => marked.has(link.pseudonym) && !many(link) && !link.ending).map((link) => link.id),
  }
}

function ownersOf(links: readonly OpenedLink[]): Map<WebPseudonym, Set<ContactRef>> {
  const owners = new Map<WebPseudonym, Set<ContactRef>>()
  for (const { pseudonym, contact } of links)
    owners.set(pseudonym, (owners.get(pseudonym) ?? new Set<ContactRef>()).add(contact))
  return owners
}
