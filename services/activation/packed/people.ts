/** Consenting people with a device, and how news find them: both names of one person side by side, never stored and never logged. */

import type { ContactRef, ExportId, WebPseudonym } from '../../../schemas/ids.ts'
import { packedKeys } from './keys.ts'
import { packedNumbers } from './numbers.ts'

export interface Linked {
  readonly id: ExportId
  readonly contact: ContactRef
  readonly mailHash: string | undefined
  readonly devices: readonly WebPseudonym[]
}

/** Each by a number, in the order they came. */
export interface PackedPeople {
  readonly size: number
  add(person: Linked): number
  idOf(person: number): ExportId
  find(id: ExportId): number | undefined
  byContact(contact: ContactRef): number | undefined
  byDevice(pseudonym: WebPseudonym): number | undefined
  byMail(mailHash: string): number | undefined
  /** Below 0 if the first one's id comes before the other's. */
  compare(person: number, other: number): number
}

export function packedPeople(people: Iterable<Linked> = []): PackedPeople {
  const ids = packedKeys()
  const contacts = packedKeys()
  const [devices, mails] = [ownedKeys(), ownedKeys()]

  function add({ id, contact, mailHash, devices: own }: Linked): number {
    const person = ids.add(id)
    // Each is there once under either name, so both number it alike.
    if (contacts.add(contact) !== person) throw new Error('two people have one name')
    for (const device of own) devices.add(device, person)
    if (mailHash !== undefined) mails.add(mailHash, person)
    return person
  }
  for (const person of people) add(person)

  return {
    get size() {
      return ids.size
    },
    add,
    // What was added was one.
    idOf: (person) => `x${ids.at(person)}` as ExportId,
    find: (id) => ids.find(id),
    byContact: (contact) => contacts.find(contact),
    byDevice: devices.ownerOf,
    byMail: mails.ownerOf,
    compare: (person, other) => ids.compare(person, other),
  }
}

function ownedKeys() {
  const keys = packedKeys()
  const owners = packedNumbers(Uint32Array)
  return {
    add: (key: string, owner: number) => owners.set(keys.add(key), owner),
    ownerOf(key: string): number | undefined {
      const number = keys.find(key)
      return number === undefined ? undefined : owners.at(number)
    },
  }
}
