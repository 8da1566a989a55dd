/** What someone else wrote into our topics: told of once each, whoever passes over it and how often. */

import type { Topic } from '../../../schemas/topics.ts'
import type { TellForeign } from './runs.ts'

export interface ForeignDeps {
  /** As Kafka calls it. */
  readonly nameOf: (topic: Topic) => string
  readonly warn: (message: string) => void
  readonly onForeign: (topic: Topic) => void
}

export function foreignRecords({ nameOf, warn, onForeign }: ForeignDeps): TellForeign {
  const highest = new Map<string, number>()
  const counts = new Map<Topic, number>()
  return ({ topic, partition }, number) => {
    const place = `${nameOf(topic)}/${partition}`
    // Who reads to the end begins at the start each time, and ranges come again.
    if (number <= (highest.get(place) ?? -1)) return
    highest.set(place, number)
    const count = (counts.get(topic) ?? 0) + 1
    counts.set(topic, count)
    onForeign(topic)
    // At the first, the second, the fourth: who floods the topic does not flood the messages.
    if ((count & (count - 1)) === 0)
      warn(`${place} holds what is no record of it, passed over: offset ${number}, ${count} so far in the topic`)
  }
}
