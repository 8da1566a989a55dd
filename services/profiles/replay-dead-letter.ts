/** Tries a dead letter again, from the log while it is kept there. However often: it counts once. */

import type { DeadLetters } from '../../infra/dead-letters.ts'
import type { Log } from '../../infra/ports/log.ts'
import type { Store } from '../../infra/ports/store.ts'
import { Fault } from '../../schemas/fault.ts'
import { dayOf } from '../../schemas/week.ts'
import { fingerprintOf } from './batch-appender.ts'
import type { IdWindows } from './id-windows.ts'
import { isSeen } from './queries/is-seen.ts'
import { isStoredTopic, rowsOf, tableOf } from './rows.ts'
import type { Tombstones } from './tombstones.ts'

export interface ReplayDeps {
  readonly stream: Pick<Log, 'partitions' | 'readToEnd'>
  readonly store: Store
  readonly deadLetters: DeadLetters
  readonly windows: IdWindows
  readonly tombstones: Tombstones
  readonly now: () => number
}

export type Replayed = 'stored' | 'already_there' | 'ended' | 'refused'

/** Must not run beside the loader. `not_found` when there is no such letter, or the log has let go of its record. */
export async function replayDeadLetter(deps: ReplayDeps, id: string): Promise<Replayed> {
  const { stream, store, deadLetters, windows, tombstones, now } = deps
  const letter = await deadLetters.get(id)
  if (!letter || !isStoredTopic(letter.topic)) throw new Fault('not_found', `no dead letter has the id ${id}`)
  const { topic, partition, position, fingerprint } = letter

  // Nothing of the other partitions: their readers stand beyond any end.
  const beyond = Array.from({ length: stream.partitions }, (_, n) => [n, Number.MAX_SAFE_INTEGER] as const)
  const from = { ...Object.fromEntries(beyond), [partition]: position }
  const [record] = (await stream.readToEnd(topic, from)).records
  if (!record || fingerprintOf(record) !== fingerprint)
    throw new Fault('not_found', 'the log does not keep that record any more, so it cannot be tried again')

  const settle = async (how: Replayed) => {
    await deadLetters.remove(id)
    return how
  }
  if ('p' in record && tombstones.has(record.p)) return settle('ended')
  // Its client may have sent it again, and that one may have been taken.
  if ('id' in record && (await store.ask(isSeen, { topic, id: record.id })).length > 0) return settle('already_there')
  const origin = { partition, first: position, received: dayOf(now()) }
  try {
    // The name it had alone in its batch, so that two tries are one.
    await store.append(tableOf(topic), rowsOf(topic, record, origin), `${topic}:${partition}:${position}-${position}`)
  } catch (error) {
    if (error instanceof Fault) throw error
    return 'refused'
  }
  if ('id' in record) windows.remember({ topic, partition }, record.id, origin.received)
  return settle('stored')
}
