/**
 * Where a group stands, kept by its coordinator: the first record it has not consumed and, while a batch is out, the batch's last record
 * in the commit's metadata, so that whoever takes over hands out exactly that range again.
 */

import { type Place, placeKey } from './fetch.ts'
import type { Seat } from './seat.ts'

export interface Standing {
  readonly next: number
  readonly pin: Pin | undefined
}

/** A range from `next` to `last` is out since the hour, counted from 1970: no nearer, because a pin shall not tell when its records came. */
export interface Pin {
  readonly last: number
  readonly hour: number
}

/** What a group reads and writes by the right of a seat. Refused with the coordinator's error when the seat is lost. */
export interface GroupOffsets {
  /** By `placeKey`; a place that the group has not begun is not in it. */
  read(seat: Pick<Seat, 'group' | 'coordinator'>, places: readonly Place[]): Promise<Map<string, Standing>>
  commit(seat: Seat, place: Place, standing: Standing): Promise<void>
}

interface Answer {
  readonly partition: number
  readonly offset: string
  readonly metadata?: string | null
}

export const groupOffsets: GroupOffsets = {
  async read({ group, coordinator }, places) {
    const topics = [...new Set(places.map(({ topic }) => topic))].map((topic) => ({
      topic,
      // Its type asks for an offset as well, which the request has no room for.
      partitions: places.filter((place) => place.topic === topic).map(({ partition }) => ({ partition, offset: '' })),
    }))
    const { responses } = await coordinator.offsetFetch({ groupId: group, topics })
    const found = new Map<string, Standing>()
    const answered = new Set<string>()
    for (const { topic, partitions } of responses)
      for (const entry of partitions as readonly Answer[]) {
        const key = placeKey({ topic, partition: entry.partition })
        const next = Number(entry.offset)
        answered.add(key)
        if (next >= 0) found.set(key, { next, pin: readPin(entry.metadata) })
      }
    // A place that was left out is not one that the group has not begun.
    if (!places.every((place) => answered.has(placeKey(place)))) throw new Error(`not all of ${group} is told`)
    return found
  },

  async commit({ group, coordinator, generation, memberId }, { topic, partition }, { next, pin }) {
    const entry = { partition, offset: String(next), metadata: pin && `pend:${pin.last}:${pin.hour}` }
    await coordinator.offsetCommit({
      groupId: group,
      groupGenerationId: generation,
      memberId,
      topics: [{ topic, partitions: [entry] }],
    })
  },
}

function readPin(metadata: string | null | undefined): Pin | undefined {
  const [, last, hour] = /^pend:(\d+):(\d+)$/.exec(metadata ?? '') ?? []
  return last === undefined ? undefined : { last: Number(last), hour: Number(hour) }
}
