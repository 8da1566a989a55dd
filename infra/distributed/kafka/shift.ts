/** What a consumer does while it has a seat: first the ranges that somebody left in the middle, then what is new, one batch at a time. */

import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster, KafkaMessage } from 'kafkajs'
import { Fault } from '../../../schemas/fault.ts'
import type { Topic } from '../../../schemas/topics.ts'
import type { ConsumeOptions, LogBatch } from '../../ports/log.ts'
import { boundsOf, type Fetched, type FetchLimits, fetchFrom, isOutOfRange, type Place, placeKey } from './fetch.ts'
import type { GroupOffsets, Pin } from './group-offsets.ts'
import { cutRuns, type Run, type TellForeign } from './runs.ts'
import type { Seat } from './seat.ts'

export interface ShiftDeps<T extends Topic> {
  readonly cluster: Cluster
  readonly seat: Seat
  readonly offsets: GroupOffsets
  readonly options: ConsumeOptions<T>
  readonly topicOf: (place: Place) => T
  /** The topic's first number: Kafka counts from 0. */
  readonly baseOf: (place: Place) => number
  /** How long a broker gathers records, so that a batch is worth its while. */
  readonly lingerMs: number
  readonly retryMs: number
  readonly sessionMs: number
  readonly closing: AbortSignal
  /** Somebody waits for the end. */
  readonly hurried: () => boolean
  /** Places of which a batch was finished since they were given to this consumer. */
  readonly begun: Set<string>
  readonly now: () => number
  readonly tellForeign: TellForeign
  readonly warn: (message: string) => void
  /** Told when it is clear that brokers and offsets are in order. */
  readonly atWork: () => void
}

/** What a retry does not help against: the consumer ends with its cause. */
export class Ended extends Error {
  override readonly name = 'Ended'
}

interface Spot extends Place {
  at: number
}

const ENOUGH_BYTES = 1 << 20
const MAX_RETRY_MS = 10_000
const FETCH_ATTEMPTS = 4
const HOUR_MS = 3_600_000
/** So long the store knows which ranges it has: an older one could be counted twice. */
const REPLAY_HOURS = 48

/** Until the seat is lost or the consumer closed. Rejects with `Ended`, or with what is wrong between here and the brokers. */
export async function workShift<T extends Topic>(deps: ShiftDeps<T>): Promise<void> {
  const { cluster, seat, offsets, options, begun, now } = deps
  const over = AbortSignal.any([seat.over, deps.closing])
  const [standings, starts, ends] = await Promise.all([
    offsets.read(seat, seat.places),
    boundsOf(cluster, seat.places, 'start'),
    boundsOf(cluster, seat.places, 'end'),
  ])
  const spots: Spot[] = seat.places.map((place) => {
    const key = placeKey(place)
    const [start, end, next] = [starts.get(key) ?? 0, ends.get(key) ?? 0, standings.get(key)?.next]
    // Of a leader that has just taken over this may be so for a moment.
    if ((next ?? 0) > end)
      throw new Fault(
        'log_down',
        `${seat.group} has read records of ${key} that are not there any more: kafka has lost some`,
      )
    if ((next ?? start) < start)
      deps.warn(`${key} lost records ${next} to ${start - 1} by their age before ${seat.group} read them`)
    return { ...place, at: Math.max(next ?? 0, start) }
  })
  deps.atWork()
  let behind = false

  for (const spot of spots) {
    const standing = standings.get(placeKey(spot))
    if (standing?.pin && !over.aborted) await replay(spot, standing.next, standing.pin)
  }
  while (!over.aborted) {
    if (spots.length === 0) {
      await pause(1_000, undefined, { signal: over }).catch(() => {})
      continue
    }
    const minBytes = behind || deps.hurried() ? 1 : ENOUGH_BYTES
    behind = false
    for (const fetched of await fetchPatiently(spots, { maxWaitMs: deps.lingerMs, minBytes })) await take(fetched)
  }

  /** A leader that moves is no reason to give up the seat. */
  async function fetchPatiently(from: readonly Spot[], limits: FetchLimits): Promise<Fetched[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await fetchFrom(cluster, from, limits)
      } catch (error) {
        if (attempt === FETCH_ATTEMPTS || over.aborted || isOutOfRange(error)) throw error
      }
      await pause(100 * attempt, undefined, { signal: over }).catch(() => {})
      await cluster.refreshMetadata().catch(() => {})
    }
  }

  async function take(fetched: Fetched): Promise<void> {
    const { messages, next, end } = fetched
    const spot = spots.find((each) => placeKey(each) === placeKey(fetched))
    if (spot === undefined || messages.length === 0) return
    for (const run of cutRuns(whereOf(spot), messages, { most: options.maxRecords }, deps.tellForeign)) {
      if (over.aborted || !(await hand(spot, run))) return
    }
    // What follows the last range belongs to nobody.
    if (spot.at < next) await offsets.commit(seat, spot, { next, pin: undefined })
    spot.at = next
    behind ||= end > next
  }

  async function replay(spot: Spot, first: number, pin: Pin): Promise<void> {
    if (spot.at > first) throw new Ended('gone', { cause: lost(spot, first, pin, 'are no longer kept') })
    if (Math.floor(now() / HOUR_MS) - pin.hour > REPLAY_HOURS)
      throw new Ended('old', { cause: lost(spot, first, pin, `were handed out more than ${REPLAY_HOURS} hours ago`) })
    const messages: KafkaMessage[] = []
    for (let at = first; at <= pin.last; ) {
      const [fetched] = await fetchPatiently([{ ...spot, at }], { maxWaitMs: 500, minBytes: 1 })
      if (fetched === undefined || fetched.next === at)
        throw new Error(`the pinned end of ${placeKey(spot)} is out of reach`)
      for (const message of fetched.messages) messages.push(message)
      at = fetched.next
    }
    const runs = cutRuns(whereOf(spot), messages, { until: pin.last + 1 }, deps.tellForeign)
    await hand(spot, { first, last: pin.last, records: runs.flatMap(({ records }) => records) }, pin)
  }

  function whereOf(spot: Spot) {
    return { topic: deps.topicOf(spot), partition: spot.partition }
  }

  /** False when the seat was lost, or the consumer closed, before it worked: then the range stays pinned. */
  async function hand(spot: Spot, run: Run<T>, pinned?: Pin): Promise<boolean> {
    const began = performance.now()
    const pin = pinned ?? { last: run.last, hour: Math.floor(now() / HOUR_MS) }
    await offsets.commit(seat, spot, { next: run.first, pin })
    // This process may have stood still for so long that the range is another's by now.
    if (performance.now() - began > deps.sessionMs / 2) throw new Error('the pin took too long to be trusted')
    const { partition } = spot
    const [key, base] = [placeKey(spot), deps.baseOf(spot)]
    const [first, last] = [run.first + base, run.last + base]
    const [replayed, fresh] = [pinned !== undefined, !begun.has(key)]
    const hours = Math.floor(now() / HOUR_MS) - pin.hour
    const batch = { topic: deps.topicOf(spot), partition, first, last, records: run.records, replayed, hours, fresh }
    if (!(await tryEach(batch))) return false
    begun.add(key)
    await offsets.commit(seat, spot, { next: run.last + 1, pin: undefined })
    spot.at = run.last + 1
    return true
  }

  async function tryEach(batch: LogBatch<T>): Promise<boolean> {
    for (let wait = deps.retryMs; ; wait = Math.min(wait * 2, MAX_RETRY_MS)) {
      try {
        await options.each(batch)
        return true
      } catch (error) {
        if (!(error instanceof Fault && error.retryable)) throw new Ended('not to be tried again', { cause: error })
      }
      await pause(wait * (0.5 + Math.random() / 2), undefined, { signal: over }).catch(() => {})
      if (over.aborted) return false
    }
  }

  function lost(place: Place, first: number, { last }: Pin, why: string): Fault {
    const what = `${seat.group} was in the middle of the records ${first} to ${last} of ${placeKey(place)}, which ${why}`
    const look = 'to do them again could count them twice: see by `bauta reconcile` whether the store has them'
    const where = `--group ${seat.group} --topic ${place.topic}:${place.partition} --to-offset ${last + 1}`
    const move = `stop all processes of the group and move it on: kafka-consumer-groups.sh --reset-offsets ${where} --execute`
    return new Fault('log_down', `${what}; ${look}, then ${move}`)
  }
}
