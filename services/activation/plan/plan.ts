/** Who is in an audience: the two worlds intersected, in memory and without I/O. */

import type { Audience, MemberRow, Waterfall } from '../../../schemas/audience.ts'
import { liveDevice, mayExport } from '../../../schemas/consent.ts'
import type { ContactRef, ExportId, WebPseudonym } from '../../../schemas/ids.ts'
import { bandsOf, type Interests } from '../../../schemas/interest.ts'
import { inSegment, type Profile, type ResolvedSegment } from '../../../schemas/segment.ts'
import type { PackedLinks } from '../packed/links.ts'
import { type Members, packedMembers } from '../packed/members.ts'
import { type PackedPeople, packedPeople } from '../packed/people.ts'
import type { PackedProfiles } from '../packed/profiles.ts'
import type { Counts, Person } from './admit.ts'

export interface Worlds {
  /** All there are, not the selection's. */
  readonly links: PackedLinks
  /** Live profiles of linked devices, and of no other. */
  readonly profiles: PackedProfiles
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
  /** Keyed, of a row as it would leave. */
  readonly fingerprint: (row: MemberRow) => string
}

export interface Plan {
  readonly waterfall: Waterfall
  /** Consenting people with a device, in the segment or not. */
  readonly linked: PackedPeople
  readonly members: Members
  /** Versions of the notices that the members agreed to. */
  readonly notices: readonly string[]
}

export interface Planner {
  /** One after the other, so that nobody's record stays in memory. */
  add(person: Person): void
  finish(counts: Counts): Plan
}

export function openPlanner(worlds: Worlds, question: PlanQuestion): Planner {
  const linked = packedPeople()
  const members = packedMembers(linked)
  const notices = new Set<string>()
  return {
    add(person) {
      const devices = devicesOf(worlds, person, question.audience.site)
      if (devices.length === 0 || !mayExport([...person.facts, ...liveDevice])) return
      const { ref: contact, mailHash } = person
      const id = question.exportId(contact)
      const number = linked.add({ id, contact, mailHash, devices: devices.map(({ pseudonym }) => pseudonym) })
      const row = rowOf(
        person,
        id,
        devices.map(({ profile }) => profile),
        question,
      )
      if (!row) return
      members.add(number, { row, fingerprint: question.fingerprint(row) })
      for (const notice of person.notices) notices.add(notice)
    },
    finish: (counts) => ({
      waterfall: { ...counts, linked: linked.size, inSegment: members.size },
      linked,
      members,
      notices: [...notices].sort(),
    }),
  }
}

/** A device's profile counts for its one owner, while its consent and the link's stand. */
function devicesOf({ links, profiles, stopped }: Worlds, { ref, since }: Person, site: string) {
  return links.devicesOf(ref, site, since).flatMap((device) => {
    const profile = profiles.get(device)
    const pseudonym = links.devices.at(device)
    return profile === undefined || stopped.has(pseudonym) ? [] : [{ pseudonym, profile }]
  })
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
