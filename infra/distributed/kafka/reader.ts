/** Reads topics past all groups: to the end as it is now, or page by page. */

import { setTimeout as pause } from 'node:timers/promises'
import { Fault } from '../../../schemas/fault.ts'
import type { RecordOf, Topic } from '../../../schemas/topics.ts'
import type { LogPage, Position } from '../../ports/log.ts'
import type { Asker } from './asker.ts'
import { boundsOf, type Fetched, fetchFrom, isOutOfRange, type Place, placeKey, type Spot } from './fetch.ts'
import { cutRuns, type TellForeign } from './runs.ts'

export interface ReaderDeps<T extends Topic> {
  readonly asker: Asker
  readonly topic: T
  readonly places: readonly Place[]
  /** The topic's first number: Kafka counts from 0. */
  readonly base: number
  readonly deadlineMs: number
  readonly tellForeign: TellForeign
}

interface Bounds {
  readonly from: number
  readonly end: number
}

export async function readToEnd<T extends Topic>(
  deps: ReaderDeps<T>,
  from: Position,
): Promise<{ readonly upTo: Position; readonly records: readonly RecordOf<T>[] }> {
  const { topic, places, base, tellForeign } = deps
  const bounds = await findBounds(deps, from)
  const at = bounds.map(({ from }) => from)
  const found: RecordOf<T>[][] = places.map(() => [])
  const left = () => places.filter(({ partition }) => (at[partition] ?? 0) < (bounds[partition]?.end ?? 0))
  const stalled = stallClock(deps.deadlineMs)
  for (let todo = left(); todo.length > 0; todo = left()) {
    const fetched = await fetchOnce(
      deps,
      todo.map((place) => ({ ...place, at: at[place.partition] ?? 0 })),
    )
    let moved = false
    for (const { partition, messages, next } of fetched) {
      const until = bounds[partition]?.end ?? 0
      for (const { records } of cutRuns({ topic, partition }, messages, { until }, tellForeign))
        for (const record of records) found[partition]?.push(record)
      moved ||= next > (at[partition] ?? 0)
      at[partition] = next
    }
    await stalled(moved)
  }
  return {
    upTo: Object.fromEntries(bounds.map(({ end }, partition) => [partition, end + base])),
    records: found.flat(),
  }
}

export async function scan<T extends Topic>(
  deps: ReaderDeps<T>,
  each: (page: LogPage<T>) => Promise<void>,
  { from = {}, until = {} }: { readonly from?: Position; readonly until?: Position },
): Promise<void> {
  const { topic, places, base, tellForeign } = deps
  const bounds = await findBounds(deps, from)
  for (const place of places) {
    const { partition } = place
    const end = Math.min(bounds[partition]?.end ?? 0, (until[partition] ?? Number.POSITIVE_INFINITY) - base)
    const stalled = stallClock(deps.deadlineMs)
    for (let at = bounds[partition]?.from ?? 0; at < end; ) {
      const [fetched] = await fetchOnce(deps, [{ ...place, at }])
      const { messages, next } = fetched ?? { messages: [], next: at }
      for (const { first, last, records } of cutRuns({ topic, partition }, messages, { until: end }, tellForeign))
        await each({ partition, first: first + base, last: last + base, records })
      await stalled(next > at)
      at = next
    }
  }
}

/** Where reading begins and ends in each partition, by its number. */
async function findBounds<T extends Topic>({ asker, places, base }: ReaderDeps<T>, from: Position): Promise<Bounds[]> {
  // Below 0 where nothing was read, or a log that this one has replaced.
  const wanted = (place: Place) => (from[place.partition] ?? Number.NEGATIVE_INFINITY) - base
  return asker.ask(async (cluster) => {
    const ends = await boundsOf(cluster, places, 'end')
    // Asked only where it matters, because a fence asks for what is new before every batch.
    const known = places.every((place) => wanted(place) >= 0)
    const starts = known ? new Map<string, number>() : await boundsOf(cluster, places, 'start')
    return places.map((place) => {
      const end = ends.get(placeKey(place)) ?? 0
      // A leader that has just taken over may not know yet how much of its log is safe.
      if (wanted(place) > end) throw new Fault('log_down', `${placeKey(place)} ends before what was read of it already`)
      return { from: Math.max(wanted(place), starts.get(placeKey(place)) ?? 0), end }
    })
  })
}

async function fetchOnce<T extends Topic>({ asker }: ReaderDeps<T>, spots: readonly Spot[]): Promise<Fetched[]> {
  return asker.ask(async (cluster) => {
    try {
      return await fetchFrom(cluster, spots, { maxWaitMs: 100, minBytes: 1 })
    } catch (error) {
      if (!isOutOfRange(error)) throw error
      // Retention has passed by.
      const starts = await boundsOf(cluster, spots, 'start')
      const moved = spots.map((spot) => ({ ...spot, at: Math.max(spot.at, starts.get(placeKey(spot)) ?? 0) }))
      return fetchFrom(cluster, moved, { maxWaitMs: 100, minBytes: 1 })
    }
  })
}

/** An end that was told and is not reached is out of reach, for example while its leader is away. */
function stallClock(deadlineMs: number): (moved: boolean) => Promise<void> {
  let since = performance.now()
  return async (moved) => {
    if (moved) since = performance.now()
    else if (performance.now() - since > deadlineMs) throw new Fault('log_down', 'the end of the log is out of reach')
    else await pause(10)
  }
}
