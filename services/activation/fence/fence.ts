/** Stands between a plan and the door, because people withdraw while batches leave. It does no I/O. */

import { type Fact, grants, mayExport } from '../../../schemas/consent.ts'
import type { ContactRef, ExportId, WebPseudonym } from '../../../schemas/ids.ts'
import type { PackedPeople } from '../packed/people.ts'

/** A right that ended. */
export interface Negative {
  readonly contact: ContactRef
  readonly fact: Fact
}

/** What ended since the last news: rights by contact, whole pseudonyms by device, mail by lock or by keyed hash of the address. */
export interface News {
  readonly negatives: readonly Negative[]
  readonly stops: readonly WebPseudonym[]
  readonly locked: readonly ContactRef[]
  readonly suppressed: readonly string[]
}

const all = grants('P1', 'P3', 'P4', 'P5')

/** Does this fact alone end the right to be exported? */
export function endsExport(fact: Fact): boolean {
  return !mayExport([...all, fact])
}

export interface Fence {
  take(news: News): ExportId[]
  release(batch: readonly ExportId[]): ExportId[]
  barred(): ReadonlySet<ExportId>
}

/** Asked before and after every batch, so it costs as much as the news, not as the plan. `out` are people who left in an earlier attempt. */
export function raiseFence(people: PackedPeople, out: Iterable<ExportId> = []): Fence {
  // Of each of the people, by number.
  const barred = new Uint8Array(people.size)
  const outside = new Uint8Array(people.size)
  for (const id of out) {
    const person = people.find(id)
    if (person !== undefined) outside[person] = 1
  }

  return {
    /** Bars whom the news concern. Answers with those of them who are out already: they are to be recalled, once. */
    take({ negatives, stops, locked, suppressed }: News): ExportId[] {
      const ended = negatives.filter(({ fact }) => endsExport(fact)).map(({ contact }) => people.byContact(contact))
      // One device of several is enough: its part of the bands cannot be told from the others'.
      const devices = stops.map(people.byDevice)
      const mail = [...locked.map(people.byContact), ...suppressed.map(people.byMail)]
      const hit = [...ended, ...devices, ...mail].filter((person) => person !== undefined)
      const recalled = new Set<number>()
      for (const person of hit) {
        barred[person] = 1
        if (outside[person]) recalled.add(person)
        outside[person] = 0
      }
      return [...recalled].map(people.idOf)
    },

    /** Lets through who is not barred. They count as out from here on, whatever becomes of the sending. */
    release(batch: readonly ExportId[]): ExportId[] {
      return batch.filter((id) => {
        const person = people.find(id)
        if (person === undefined || barred[person]) return false
        outside[person] = 1
        return true
      })
    },

    barred: () => new Set([...barred.keys()].filter((person) => barred[person]).map(people.idOf)),
  }
}
