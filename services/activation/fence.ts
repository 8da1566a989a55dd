/** Stands between a plan and the door, because people withdraw while batches leave. It does no I/O. */

import { type Fact, grants, mayExport } from '../../schemas/consent.ts'
import type { ContactRef, ExportId, WebPseudonym } from '../../schemas/ids.ts'
import type { Linked } from './plan.ts'

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
export function raiseFence(people: readonly Linked[], out: Iterable<ExportId> = []): Fence {
  const byContact = new Map(people.map((person) => [person.contact, person.id]))
  const byDevice = new Map(people.flatMap(({ devices, id }) => devices.map((device) => [device, id] as const)))
  const byMail = new Map(
    people.flatMap(({ mailHash, id }) => (mailHash === undefined ? [] : [[mailHash, id] as const])),
  )
  const barred = new Set<ExportId>()
  const outside = new Set<ExportId>(out)

  return {
    /** Bars whom the news concern. Answers with those of them who are out already: they are to be recalled, once. */
    take({ negatives, stops, locked, suppressed }: News): ExportId[] {
      const ended = negatives.filter(({ fact }) => endsExport(fact)).map(({ contact }) => byContact.get(contact))
      // One device of several is enough: its part of the bands cannot be told from the others'.
      const devices = stops.map((device) => byDevice.get(device))
      const mail = [...locked.map((contact) => byContact.get(contact)), ...suppressed.map((hash) => byMail.get(hash))]
      const hit = [...ended, ...devices, ...mail].filter((id) => id !== undefined)
      for (const id of hit) barred.add(id)
      return hit.filter((id) => outside.delete(id))
    },

    /** Lets through who is not barred. They count as out from here on, whatever becomes of the sending. */
    release(batch: readonly ExportId[]): ExportId[] {
      const leaving = batch.filter((id) => !barred.has(id))
      for (const id of leaving) outside.add(id)
      return leaving
    },

    barred: () => barred,
  }
}
