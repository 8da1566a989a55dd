/** What stands in the topics, from any place on, without a group: the first and last numbers, and the records between them. */

import type { Cluster, KafkaMessage } from 'kafkajs'

export interface Place {
  /** As Kafka calls it. */
  readonly topic: string
  readonly partition: number
}

/** A place and the next number there. */
export interface Spot extends Place {
  readonly at: number
}

export interface Fetched extends Place {
  /** From `at` on; empty at the end. */
  readonly messages: readonly KafkaMessage[]
  /** The number after the last of them. */
  readonly next: number
  /** The number of the record to come, as the broker knew it when it answered. */
  readonly end: number
}

export interface FetchLimits {
  /** How long a broker may wait for `minBytes`. */
  readonly maxWaitMs: number
  readonly minBytes: number
}

const MAX_BYTES = 8 << 20
const PARTITION_BYTES = 2 << 20

export const placeKey = ({ topic, partition }: Place): string => `${topic}/${partition}`

/** The number of the first record that is kept, or of the one to come, by `placeKey`. */
export async function boundsOf(
  cluster: Cluster,
  places: readonly Place[],
  which: 'start' | 'end',
): Promise<Map<string, number>> {
  await cluster.refreshMetadataIfNecessary()
  const found = await cluster.fetchTopicsOffset(
    byTopic(places).map(([topic, partitions]) => ({
      topic,
      partitions: partitions.map(({ partition }) => ({ partition })),
      fromBeginning: which === 'start',
    })),
  )
  const bounds = new Map(
    found.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => [placeKey({ topic, partition }), Number(offset)] as const),
    ),
  )
  for (const place of places)
    if (!bounds.has(placeKey(place))) throw new Error(`no leader of ${placeKey(place)} answers`)
  return bounds
}

export async function fetchFrom(cluster: Cluster, spots: readonly Spot[], limits: FetchLimits): Promise<Fetched[]> {
  await cluster.refreshMetadataIfNecessary()
  const byLeader = new Map<string, Spot[]>()
  for (const spot of spots) {
    const [leader] = Object.keys(cluster.findLeaderForPartitions(spot.topic, [spot.partition]))
    if (leader === undefined) throw new Error(`${placeKey(spot)} has no leader`)
    byLeader.set(leader, [...(byLeader.get(leader) ?? []), spot])
  }
  const answers = await Promise.all(
    Array.from(byLeader, ([leader, own]) => fetchFromLeader(cluster, leader, own, limits)),
  )
  return answers.flat()
}

async function fetchFromLeader(
  cluster: Cluster,
  nodeId: string,
  spots: readonly Spot[],
  { maxWaitMs, minBytes }: FetchLimits,
): Promise<Fetched[]> {
  const broker = await cluster.findBroker({ nodeId })
  const { responses }: FetchAnswer = await broker.fetch({
    maxWaitTime: maxWaitMs,
    minBytes,
    maxBytes: MAX_BYTES,
    isolationLevel: 0,
    topics: byTopic(spots).map(([topic, own]) => ({
      topic,
      partitions: own.map(({ partition, at }) => ({ partition, fetchOffset: String(at), maxBytes: PARTITION_BYTES })),
    })),
  })
  const ats = new Map(spots.map((spot) => [placeKey(spot), spot.at]))
  return responses.flatMap(({ topicName: topic, partitions }) =>
    partitions.map(({ partition, messages, highWatermark }) => {
      const at = ats.get(placeKey({ topic, partition })) ?? 0
      // A batch comes whole, also when it was asked for from its middle.
      const from = messages.findIndex(({ offset }) => Number(offset) >= at)
      const wanted = from < 0 ? [] : messages.slice(from)
      const last = wanted.at(-1)
      const next = last === undefined ? at : Number(last.offset) + 1
      return { topic, partition, messages: wanted, next, end: Number(highWatermark) }
    }),
  )
}

/** It was asked for what is no longer kept, or not there yet. */
export function isOutOfRange(error: unknown): boolean {
  // By name, as Node finds no class of an error in a package of this form.
  return (error as Error).name === 'KafkaJSOffsetOutOfRange'
}

/** Of what kafkajs answers, which it gives no type. */
interface FetchAnswer {
  readonly responses: readonly {
    readonly topicName: string
    readonly partitions: readonly {
      readonly partition: number
      readonly highWatermark: string
      readonly messages: readonly KafkaMessage[]
    }[]
  }[]
}

function byTopic<P extends Place>(places: readonly P[]): [string, P[]][] {
  const topics = new Map<string, P[]>()
  for (const place of places) topics.set(place.topic, [...(topics.get(place.topic) ?? []), place])
  return [...topics]
}
