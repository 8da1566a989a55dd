/** Tries a dead letter again, from the log while it is kept there. However often, and from whichever process: it counts once. */

import { setTimeout as pause } from 'node:timers/promises'
import { type DeadLetter, type DeadLetters, lastDayOf } from '../../../infra/control/dead-letters.ts'
import type { MacKey } from '../../../infra/ports/keys.ts'
import type { Log, LogEntry } from '../../../infra/ports/log.ts'
import type { Store } from '../../../infra/ports/store.ts'
import { Fault } from '../../../schemas/fault.ts'
import type { RecordOf } from '../../../schemas/topics.ts'
import { fingerprintOf } from '../batch-appender.ts'
import { isSeen } from '../queries/is-seen.ts'
import { dedupIdOf, isStoredTopic, type StoredTopic } from './rows.ts'
import type { Tombstones } from './tombstones.ts'

export interface ReplayDeps {
  readonly stream: Pick<Log, 'partitions' | 'scan' | 'append'>
  readonly store: Store
  readonly deadLetters: DeadLetters
  readonly tombstones: Tombstones
  readonly fingerprint: MacKey
  /** How long it waits to hear what became of the record. */
  readonly waitMs?: number
}

/** `sent` is in the log again, and what becomes of it is not known yet. */
export type Replayed = 'stored' | 'already_there' | 'ended' | 'refused' | 'sent'

/**
 * The record goes into the log once more, to the end of its own partition. So it comes to the one process that has the window of that
 * partition, in order with every copy that its client may send: whichever is first counts, and the others are dropped. Stored from here, it
 * would be unknown to that window. Killed in the middle, it is sent again, and dropped. `not_found` when there is no such letter, or the log
 * has let go of its record; that letter stays to be read.
 */
export async function replayDeadLetter(deps: ReplayDeps, id: string): Promise<Replayed> {
  const { stream, store, deadLetters, tombstones, waitMs = 15_000 } = deps
  const letter = await deadLetters.get(id)
  if (!letter || !isStoredTopic(letter.topic)) throw new Fault('not_found', `no dead letter has the id ${id}`)
  const { topic, partition } = letter
  const record = await recordOf(deps, topic, letter)

  const settle = async (how: Replayed) => {
    await deadLetters.remove(id)
    return how
  }
  await tombstones.readOn()
  if ('p' in record && tombstones.has(record.p)) return settle('ended')
  const stands = async () => (await store.ask(isSeen, { topic, id: dedupIdOf(record) })).length > 0
  // Its client may have sent it again, and that one may have been taken.
  if (await stands()) return settle('already_there')

  await stream.append([{ topic, partition, record } as LogEntry])
  const refused = async () =>
    (await deadLetters.withFingerprint(letter.fingerprint)).some((other) => other.position > letter.position)
  for (const until = performance.now() + waitMs; performance.now() < until; await pause(50)) {
    if (await stands()) return settle('stored')
    // It is a dead letter again, by its new place.
    if (await refused()) return settle('refused')
  }
  return settle('sent')
}

/** The one record of that place, however large the log is. */
async function recordOf<T extends StoredTopic>(
  { stream, fingerprint }: ReplayDeps,
  topic: T,
  letter: DeadLetter,
): Promise<RecordOf<T>> {
  const { partition, position } = letter
  const others = Array.from({ length: stream.partitions }, (_, number) => [number, 0] as const)
  const bounds = {
    from: { [partition]: position },
    until: { ...Object.fromEntries(others), [partition]: position + 1 },
  }
  let found: RecordOf<T> | undefined
  const take = async ({ first, records }: { readonly first: number; readonly records: readonly RecordOf<T>[] }) => {
    found ??= records[position - first]
  }
  await stream.scan(topic, take, bounds)
  if (found !== undefined && fingerprintOf(fingerprint, found) === letter.fingerprint) return found
  const goes = `its letter says what was lost, and is deleted by itself after ${lastDayOf(letter)}`
  throw new Fault('not_found', `the log no longer has that record, so it cannot be tried again: ${goes}`)
}
