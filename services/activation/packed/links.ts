/** All links that there are, opened: which devices each contact agreed to be merged with, and which devices are nobody's. */

import { ContactRef, LinkId, WebPseudonym } from '../../../schemas/ids.ts'
import { packedKeys, uuidOf } from './keys.ts'
import { packedNumbers } from './numbers.ts'

export interface OpenedLink {
  readonly id: LinkId
  readonly contact: ContactRef
  readonly site: string
  /** The ledger's, of the consent under which the link was made. */
  readonly sequence: number
  readonly pseudonym: WebPseudonym
  /** Once found under two contacts. */
  readonly shared: boolean
  /** It counts nowhere any more, and goes as soon as activation has seen it. */
  readonly ending: boolean
}

export interface PackedLinks {
  add(link: OpenedLink): void
  /** By number, in the order they came. */
  readonly devices: {
    readonly size: number
    find(pseudonym: WebPseudonym): number | undefined
    at(device: number): WebPseudonym
  }
  /** Devices of a contact by its links of a site under that consent or a later one, without those that are nobody's. */
  devicesOf(contact: ContactRef, site: string, since: number): number[]
  /** Links newly found to be of shared devices. */
  shared(): LinkId[]
  /** Links of a shared device of which another link has ended: they end with it. */
  orphaned(): { readonly id: LinkId; readonly pseudonym: WebPseudonym }[]
  /** Contacts of links that end, or whose device does. */
  endingContacts(stopped: ReadonlySet<WebPseudonym>): ContactRef[]
}

/** Of a device. */
const MANY = 1
const MARKED = 2
const ENDING = 4
/** Of a link. */
const SHARED = 1
const ENDS = 2

/** Looked for over all links: a device under two contacts is nobody's, also where only one of them is selected. */
export function packedLinks(links: Iterable<OpenedLink> = []): PackedLinks {
  const ids = packedKeys()
  const contacts = packedKeys()
  const pseudonyms = packedKeys()
  const sites = new Map<string, number>()
  const link = {
    contact: packedNumbers(Uint32Array),
    device: packedNumbers(Uint32Array),
    site: packedNumbers(Uint16Array),
    sequence: packedNumbers(Float64Array),
    flags: packedNumbers(Uint8Array),
    /** The contact's link before it, and one more; 0 for its first. */
    before: packedNumbers(Uint32Array),
  }
  const lastOf = packedNumbers(Uint32Array)
  const owner = packedNumbers(Uint32Array)
  const device = packedNumbers(Uint8Array)

  function add({ id, contact, site, sequence, pseudonym, shared, ending }: OpenedLink): void {
    const number = ids.add(id)
    const who = contacts.add(contact)
    const known = pseudonyms.size
    const which = pseudonyms.add(pseudonym)
    if (!sites.has(site)) sites.set(site, sites.size)
    link.contact.set(number, who)
    link.device.set(number, which)
    link.site.set(number, sites.get(site) ?? 0)
    link.sequence.set(number, sequence)
    link.flags.set(number, (shared ? SHARED : 0) | (ending ? ENDS : 0))
    link.before.set(number, lastOf.at(who))
    lastOf.set(who, number + 1)
    if (which === known) owner.set(which, who)
    const many = owner.at(which) === who ? 0 : MANY
    device.set(which, device.at(which) | many | (shared ? MARKED : 0) | (ending ? ENDING : 0))
  }
  for (const each of links) add(each)

  const idAt = (number: number) => LinkId.parse(uuidOf(ids.at(number)))
  const pseudonymAt = (which: number) => WebPseudonym.parse(pseudonyms.at(which))
  function* numbersWhere(is: (flags: number, ofDevice: number) => boolean): Generator<number> {
    for (let number = 0; number < ids.size; number += 1)
      if (is(link.flags.at(number), device.at(link.device.at(number)))) yield number
  }

  return {
    add,
    devices: {
      get size() {
        return pseudonyms.size
      },
      find: (pseudonym) => pseudonyms.find(pseudonym),
      at: pseudonymAt,
    },
    devicesOf(contact, site, since) {
      const who = contacts.find(contact)
      const where = sites.get(site)
      if (who === undefined || where === undefined) return []
      const found = new Set<number>()
      for (let next = lastOf.at(who); next > 0; next = link.before.at(next - 1)) {
        const number = next - 1
        const which = link.device.at(number)
        if (link.site.at(number) === where && link.sequence.at(number) >= since && device.at(which) === 0)
          found.add(which)
      }
      return [...found].reverse()
    },
    shared: () => [...numbersWhere((flags, of) => !(flags & SHARED) && (of & (MANY | MARKED)) > 0)].map(idAt),
    orphaned: () =>
      [...numbersWhere((flags, of) => !(flags & ENDS) && (of & (MANY | MARKED)) === MARKED)].map((number) => ({
        id: idAt(number),
        pseudonym: pseudonymAt(link.device.at(number)),
      })),
    endingContacts(stopped) {
      const ended = new Set([...stopped].flatMap((pseudonym) => pseudonyms.find(pseudonym) ?? []))
      const found: ContactRef[] = []
      for (let number = 0; number < ids.size; number += 1)
        if (link.flags.at(number) & ENDS || ended.has(link.device.at(number)))
          found.push(ContactRef.parse(uuidOf(contacts.at(link.contact.at(number)))))
      return found
    },
  }
}
