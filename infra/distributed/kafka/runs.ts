/** Unbroken ranges out of what was fetched. A record that is not ours ends one, so that a record's number follows from its place in it. */

import type { KafkaMessage } from 'kafkajs'
import { type RecordOf, type Topic, topics } from '../../../schemas/topics.ts'

export interface Run<T extends Topic> {
  readonly first: number
  readonly last: number
  readonly records: RecordOf<T>[]
}

/** Someone else wrote into the topic: handed to nobody, because nobody could do anything about it. */
export type TellForeign = (where: Where<Topic>, number: number) => void

interface Where<T extends Topic> {
  readonly topic: T
  readonly partition: number
}

/** Ranges of the records below `until`, none longer than `most`. Told of a foreign record once it is passed. */
export function cutRuns<T extends Topic>(
  where: Where<T>,
  messages: readonly KafkaMessage[],
  { until = Number.POSITIVE_INFINITY, most = Number.POSITIVE_INFINITY }: { until?: number; most?: number },
  tellForeign: TellForeign,
): Run<T>[] {
  const runs: Run<T>[] = []
  let open: { first: number; last: number; records: RecordOf<T>[] } | undefined
  for (const { offset, value } of messages) {
    const number = Number(offset)
    if (number >= until) break
    const record = decode(where.topic, value)
    if (record === undefined) {
      tellForeign(where, number)
      open = undefined
      continue
    }
    if (open === undefined || open.last + 1 !== number || open.records.length >= most) {
      open = { first: number, last: number, records: [] }
      runs.push(open)
    }
    open.last = number
    open.records.push(record)
  }
  return runs
}

function decode<T extends Topic>(topic: T, value: Buffer | null): RecordOf<T> | undefined {
  if (value === null) return undefined
  let json: unknown
  try {
    json = JSON.parse(value.toString())
  } catch {
    return undefined
  }
  const parsed = topics[topic].schema.safeParse(json)
  return parsed.success ? (parsed.data as RecordOf<T>) : undefined
}
