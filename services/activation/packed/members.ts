/** Who is in an audience, with the row that would leave: as bytes, which become a row again when its batch is made up. */

import type { MemberRow } from '../../../schemas/audience.ts'
import type { Address, CrmText } from '../../../schemas/contact.ts'
import type { ExportId } from '../../../schemas/ids.ts'
import { packedNumbers } from './numbers.ts'
import type { PackedPeople } from './people.ts'
import { packedTexts } from './texts.ts'
import { words } from './words.ts'

export interface Member {
  readonly row: MemberRow
  /** Keyed, of the row. */
  readonly fingerprint: string
}

/** In the order of their ids, which tells nothing. */
export interface Members extends Iterable<Member> {
  readonly size: number
  get(id: ExportId): Member | undefined
  /** Without the rows, in the same order. */
  fingerprints(): Iterable<{ readonly x: ExportId; readonly fingerprint: string }>
}

export interface PackedMembers extends Members {
  /** The row of one of the people; each at most once, and none after the members were gone through. */
  add(person: number, member: Member): void
}

/** Names are the same for all, so they stand once; values, interests with bands and, where people are known by it, the address. */
type Packed = readonly [number, readonly CrmText[], readonly number[], Address?]
type Interest = MemberRow['interests'][number]

function readOnce<T>(read: (code: number) => T): (code: number) => T {
  const known: T[] = []
  return (code) => (known[code] ??= read(code))
}

export function packedMembers(people: PackedPeople): PackedMembers {
  /** Of each of the people: one more than the number of its row, 0 for who is none. */
  const rowOf = packedNumbers(Uint32Array)
  const [rows, fingerprints] = [packedTexts(), packedTexts()]
  const [fieldNames, interests] = [words<string>(), words<string>()]
  const namesAt = readOnce((code) => JSON.parse(fieldNames.at(code)) as string[])
  const bandAt = readOnce((code) => JSON.parse(interests.at(code)) as Interest)
  let size = 0
  let order: Uint32Array | undefined

  function read(person: number, id: ExportId): Member | undefined {
    const number = rowOf.at(person) - 1
    if (number < 0) return undefined
    // These bytes were a row that was parsed, and nobody else can write them.
    const [names, values, bands, address] = JSON.parse(rows.at(number)) as Packed
    const fields: Record<string, CrmText> = {}
    for (const [index, name] of namesAt(names).entries()) {
      const value = values[index]
      if (value !== undefined) fields[name] = value
    }
    const own = { interests: bands.map(bandAt), fields }
    const row = address === undefined ? { id, ...own } : { id, address, ...own }
    return { row, fingerprint: fingerprints.at(number) }
  }
  function sorted(): Uint32Array {
    if (order) return order
    order = new Uint32Array(size)
    let next = 0
    for (let person = 0; person < people.size; person += 1) if (rowOf.at(person) > 0) order[next++] = person
    return order.sort((one, other) => people.compare(one, other))
  }

  return {
    add(person, { row, fingerprint }) {
      const names = fieldNames.codeOf(JSON.stringify(Object.keys(row.fields)))
      const bands = row.interests.map(({ interest, band }) => interests.codeOf(JSON.stringify({ interest, band })))
      const packed = [names, Object.values(row.fields), bands, ...(row.address ? [row.address] : [])]
      fingerprints.push(fingerprint)
      rowOf.set(person, rows.push(JSON.stringify(packed)) + 1)
      size += 1
    },
    get size() {
      return size
    },
    get(id) {
      const person = people.find(id)
      return person === undefined ? undefined : read(person, id)
    },
    *fingerprints() {
      for (const person of sorted())
        yield { x: people.idOf(person), fingerprint: fingerprints.at(rowOf.at(person) - 1) }
    },
    *[Symbol.iterator]() {
      for (const person of sorted()) {
        const member = read(person, people.idOf(person))
        if (member) yield member
      }
    },
  }
}
