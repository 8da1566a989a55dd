/** Who is in an audience, with the row that would leave: as bytes, which become a row again when its batch is made up. */

import * as z from 'zod'
import { MemberRow } from '../../schemas/audience.ts'
import type { ExportId } from '../../schemas/ids.ts'
import { packedNumbers } from './packed-numbers.ts'
import type { PackedPeople } from './packed-people.ts'
import { packedTexts } from './packed-texts.ts'
import { words } from './words.ts'

export interface Member {
  readonly row: MemberRow
  /** Keyed, of the row. */
  readonly fingerprint: string
}

/** In the order of their ids, which tells nothing. */
export interface Members extends Iterable<Member> {
  readonly size: number
  has(id: ExportId): boolean
  get(id: ExportId): Member | undefined
}

export interface PackedMembers extends Members {
  /** The row of one of the people; each at most once, and none after the members were gone through. */
  add(person: number, member: Member): void
}

/** Names are the same for all, so they stand once; values, interests with bands, fingerprint and, where people are known by it, the address. */
const Packed = z.tuple([z.int(), z.array(z.string()), z.array(z.int()), z.string(), z.string().optional()])

export function packedMembers(people: PackedPeople): PackedMembers {
  /** Of each of the people: one more than the number of its row, 0 for who is none. */
  const rowOf = packedNumbers(Uint32Array)
  const rows = packedTexts()
  const [fieldNames, interests] = [words<string>(), words<string>()]
  let size = 0
  let order: Uint32Array | undefined

  function read(person: number): Member | undefined {
    const number = rowOf.at(person) - 1
    if (number < 0) return undefined
    const [names, values, bands, fingerprint, address] = Packed.parse(JSON.parse(rows.at(number)))
    const fields = JSON.parse(fieldNames.at(names)) as string[]
    const row = {
      id: people.idOf(person),
      ...(address !== undefined && { address }),
      interests: bands.map((code) => {
        const [interest, band] = interests.at(code).split(' ')
        return { interest, band }
      }),
      fields: Object.fromEntries(fields.map((name, index) => [name, values[index] ?? ''])),
    }
    return { row: MemberRow.parse(row), fingerprint }
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
      const bands = row.interests.map(({ interest, band }) => interests.codeOf(`${interest} ${band}`))
      const packed = [names, Object.values(row.fields), bands, fingerprint, ...(row.address ? [row.address] : [])]
      rowOf.set(person, rows.push(JSON.stringify(packed)) + 1)
      size += 1
    },
    get size() {
      return size
    },
    has(id) {
      const person = people.find(id)
      return person !== undefined && rowOf.at(person) > 0
    },
    get(id) {
      const person = people.find(id)
      return person === undefined ? undefined : read(person)
    },
    *[Symbol.iterator]() {
      for (const person of sorted()) {
        const member = read(person)
        if (member) yield member
      }
    },
  }
}
