/** A member of a consumer group, for as long as it lives: takes a seat, works, and takes another when the group deals anew or the way to it broke. */

import { setTimeout as pause } from 'node:timers/promises'
import { Fault } from '../../../schemas/fault.ts'
import type { Topic } from '../../../schemas/topics.ts'
import type { ConsumeOptions, Consumer } from '../../ports/log.ts'
import type { KafkaConfig } from '../settings.ts'
import type { Asker } from './asker.ts'
import { type Connection, openConnection, reachCluster, within } from './connection.ts'
import { boundsOf, type Place, placeKey } from './fetch.ts'
import { type GroupOffsets, groupOffsets } from './group-offsets.ts'
import type { TellForeign } from './runs.ts'
import { isForgotten, isRefusal, type Seat, takeSeat } from './seat.ts'
import { Ended, workShift } from './shift.ts'

export interface ConsumerDeps<T extends Topic> {
  readonly config: KafkaConfig
  /** For questions beside the work, which has a connection of its own. */
  readonly asker: Asker
  readonly offsets: GroupOffsets
  readonly topicOf: (place: Place) => T
  readonly baseOf: (place: Place) => number
  /** All partitions of the topics, whoever has them. */
  readonly places: readonly Place[]
  readonly lingerMs: number
  readonly retryMs: number
  readonly sessionMs: number
  readonly heartbeatMs: number
  readonly rebalanceMs: number
  readonly now: () => number
  readonly tellForeign: TellForeign
  readonly warn: (message: string) => void
}

export interface KafkaConsumer extends Consumer {
  /** For how many milliseconds it could not work, and why. `undefined` while it can. */
  trouble(): { readonly ms: number; readonly error: unknown } | undefined
}

const REACH_MS = 10_000
const MAX_RETRY_MS = 5_000

export function startConsumer<T extends Topic>(deps: ConsumerDeps<T>, options: ConsumeOptions<T>): KafkaConsumer {
  const { asker, places, retryMs } = deps
  const { group } = options
  const topics = [...new Set(places.map(({ topic }) => topic))]
  const groupDeps = { ...deps, group, topics, partitions: deps.config.partitions }
  const closing = new AbortController()
  const begun = new Set<string>()
  let before = { memberId: '', generation: -1, numbers: [] as number[], places: new Set<string>() }
  let connection: Connection | undefined
  let working = false
  let hurried = 0
  let ended = false
  let trouble: { since: number; error: unknown } | undefined = { since: performance.now(), error: 'not joined yet' }

  async function run(): Promise<void> {
    for (let wait = retryMs; !closing.signal.aborted; wait = Math.min(wait * 2, MAX_RETRY_MS)) {
      connection = openConnection(deps.config)
      try {
        const cluster = await within(REACH_MS, reachCluster(connection, topics))
        while (!closing.signal.aborted) {
          const seat = await within(deps.rebalanceMs + REACH_MS, takeSeat(cluster, groupDeps, before))
          remember(seat)
          const atWork = () => {
            trouble = undefined
            wait = retryMs
          }
          const shift = { ...deps, cluster, seat, options, closing: closing.signal, begun, atWork }
          await sit(seat, workShift({ ...shift, hurried: () => hurried > 0 }))
        }
      } catch (error) {
        if (error instanceof Ended) throw error.cause
        if (isForgotten(error)) before = { ...before, memberId: '' }
        trouble ??= { since: performance.now(), error }
        await pause(wait * (0.5 + Math.random() / 2), undefined, { signal: closing.signal }).catch(() => {})
      } finally {
        connection.end()
      }
    }
  }

  async function sit(seat: Seat, work: Promise<void>): Promise<void> {
    working = true
    let over = false
    try {
      await work
    } catch (error) {
      over = error instanceof Ended
      if (!isRefusal(error)) throw error
      if (isForgotten(error)) before = { ...before, memberId: '' }
    } finally {
      working = false
      seat.rise()
      if (over || closing.signal.aborted) await seat.leave()
    }
  }

  /** Of a place that stayed with this member from one dealing to the next, nobody else can have taken a batch. */
  function remember(seat: Seat): void {
    const own = new Set(seat.places.map(placeKey))
    const unbroken = seat.generation === before.generation + 1
    for (const key of begun) if (!unbroken || !own.has(key) || !before.places.has(key)) begun.delete(key)
    const numbers = [...new Set(seat.places.map(({ partition }) => partition))]
    before = { memberId: seat.memberId, generation: seat.generation, numbers, places: own }
  }

  /** The group's next number in each place, whoever works there, and never before what is kept. */
  async function positions(): Promise<Map<string, number>> {
    return asker.ask(async (cluster) => {
      const coordinator = await cluster.findGroupCoordinator({ groupId: group })
      const standings = await groupOffsets.read({ group, coordinator } as Pick<Seat, 'group' | 'coordinator'>, places)
      const starts = await boundsOf(cluster, places, 'start')
      return new Map(
        Array.from(starts, ([key, start]) => [key, Math.max(start, standings.get(key)?.next ?? 0)] as const),
      )
    })
  }
  const ends = () => asker.ask((cluster) => boundsOf(cluster, places, 'end'))

  const stopped = run().finally(() => {
    ended = true
  })
  // Who does not look at `stopped` learns it from `caughtUp` and from the health of the log.
  stopped.catch(() => {})

  return {
    stopped,
    trouble: () => trouble && { ms: performance.now() - trouble.since, error: trouble.error },
    async lag(topic) {
      const [end, at] = await Promise.all([ends(), positions()])
      const asked = new Set(places.filter((place) => !topic || deps.topicOf(place) === topic).map(placeKey))
      return Array.from(end).reduce(
        (sum, [key, number]) => (asked.has(key) ? sum + Math.max(0, number - (at.get(key) ?? 0)) : sum),
        0,
      )
    },
    async positions(topic) {
      const at = await positions()
      const own = places.filter((place) => deps.topicOf(place) === topic)
      return Object.fromEntries(own.map((place) => [place.partition, at.get(placeKey(place)) ?? 0]))
    },
    async caughtUp() {
      hurried += 1
      try {
        const targets = await ends()
        for (;;) {
          const at = await positions()
          if (Array.from(targets).every(([key, end]) => (at.get(key) ?? 0) >= end)) return
          if (ended) await stopped
          if (ended) throw new Fault('log_down', 'the consumer was closed before it had caught up')
          await pause(20)
        }
      } finally {
        hurried -= 1
      }
    },
    async close() {
      closing.abort()
      // While it has no seat it waits for brokers, who may be waiting for others.
      if (!working) connection?.end()
      await stopped.catch(() => {})
    },
  }
}
