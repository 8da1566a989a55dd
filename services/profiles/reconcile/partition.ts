/** One partition of the log beside what the store has of it: which ids are missing, and what the records that count add up to. */

import type { DeadLetters } from '../../../infra/control/dead-letters.ts'
import type { Log } from '../../../infra/ports/log.ts'
import type { Store } from '../../../infra/ports/store.ts'
import type { DedupId } from '../../../schemas/ids.ts'
import type { RecordOf } from '../../../schemas/topics.ts'
import { dayOf, weekStart } from '../../../schemas/week.ts'
import { idSet } from '../load/id-window.ts'
import { dedupIdOf, type StoredTopic } from '../load/rows.ts'
import type { Tombstones } from '../load/tombstones.ts'
import { firstSeen } from '../queries/reconcile.ts'
import { seenPage } from '../queries/seen-page.ts'

export interface PartitionDeps {
  readonly store: Store
  readonly stream: Pick<Log, 'partitions' | 'scan'>
  readonly tombstones: Pick<Tombstones, 'has'>
  readonly deadLetters: Pick<DeadLetters, 'positions'>
}

export interface PartitionFindings {
  /** The first record that was compared. */
  readonly start: number
  readonly records: number
  readonly duplicates: number
  readonly deadLetters: number
  /** Of pseudonyms that ended. */
  readonly ended: number
  /** Ids that the log has and the store has not taken, by the day of the record. */
  readonly missing: ReadonlyMap<string, number>
  /** The last day on which the store took something of this partition that the log has let go of; `''` for none. */
  readonly before: string
  /** By `site day type`, or `site week` for signals: what was to be counted. */
  readonly sums: ReadonlyMap<string, number>
}

export const keyOf = (...parts: readonly (string | number)[]): string => parts.join(' ')
export const addTo = (sums: Map<string, number>, key: string, n: number) => sums.set(key, (sums.get(key) ?? 0) + n)

const PAGE = 100_000
const LONG_AGO = '1970-01-01'

/**
 * `until` is where the group stands. In memory are the ids of one partition, eight bytes a slot. First the ids that came before all that the
 * log keeps, so that a copy of them is known as one; then the log; then the store's ids once more, against the log's.
 */
export async function reconcilePartition<T extends StoredTopic>(
  { store, stream, tombstones, deadLetters }: PartitionDeps,
  { topic, partition, until }: { readonly topic: T; readonly partition: number; readonly until: number },
): Promise<PartitionFindings> {
  const kept = await firstKept(stream, topic, partition, until)
  const [edge] = await store.ask(firstSeen, { topic, partition, from: kept })
  // The batch in which the log now begins is known by half: what it still has of it was counted with what it has not.
  const start = edge && edge.before > 0 && edge.after > 0 ? Math.min(edge.first, until) : kept
  const taken = idSet()
  let before = ''
  await eachSeen(store, { topic, partition, from: 0, until: start }, (id, day) => {
    taken.add(id)
    if (day > before) before = day
  })
  const aside = new Set(await deadLetters.positions({ topic, partition, from: start, until }))
  const [logged, sums] = [idSet(), new Map<string, number>()]
  const counts = { records: 0, duplicates: 0, deadLetters: 0, ended: 0 }
  const take = (record: RecordOf<T>, position: number) => {
    const id = dedupIdOf(record)
    counts.records += 1
    if (aside.has(position)) counts.deadLetters += 1
    else if ('p' in record && tombstones.has(record.p)) counts.ended += 1
    else if (taken.has(id) || logged.has(id)) counts.duplicates += 1
    else {
      logged.add(id)
      addUp(sums, record)
    }
  }
  await scanOne(stream, topic, { partition, from: start, until }, async ({ first, records }) => {
    for (const [index, record] of records.entries()) take(record, first + index)
  })

  const found = idSet()
  await eachSeen(store, { topic, partition, from: start, until }, (id) => {
    if (logged.has(id)) found.add(id)
  })
  const missing = new Map<string, number>()
  // Only where some are missing is the log read again, for their days.
  if (found.size < logged.size)
    await scanOne(stream, topic, { partition, from: start, until }, async ({ records }) => {
      for (const record of records) {
        const id = dedupIdOf(record)
        if (!logged.has(id) || found.has(id)) continue
        addTo(missing, dayOfRecord(record), 1)
        // Its copies are not missed again.
        found.add(id)
      }
    })
  return { ...counts, start, missing, before, sums }
}

type Kind = RecordOf<StoredTopic>

function addUp(sums: Map<string, number>, record: Kind): void {
  if ('signals' in record) {
    const acts = record.signals.reduce((sum, { n }) => sum + n, 0)
    if (acts > 0) addTo(sums, keyOf(record.site, record.week), acts)
  } else if ('type' in record) addTo(sums, keyOf(record.site, record.day, record.type), 1)
}

function dayOfRecord(record: Kind): string {
  if ('day' in record) return record.day
  return 'week' in record ? dayOf(weekStart(record.week)) : record.at.slice(0, 10)
}

interface Range {
  readonly partition: number
  readonly from: number
  readonly until: number
}
type Page<T extends StoredTopic> = { readonly first: number; readonly records: readonly RecordOf<T>[] }

function scanOne<T extends StoredTopic>(
  stream: PartitionDeps['stream'],
  topic: T,
  { partition, from, until }: Range,
  each: (page: Page<T>) => Promise<void>,
): Promise<void> {
  const others = Array.from({ length: stream.partitions }, (_, number) => [number, 0] as const)
  return stream.scan(topic, each, {
    from: { [partition]: from },
    until: { ...Object.fromEntries(others), [partition]: until },
  })
}

/** `until` where nothing is kept. */
async function firstKept(stream: PartitionDeps['stream'], topic: StoredTopic, partition: number, until: number) {
  let first: number | undefined
  const found = new Error('found')
  const stop = async (page: { readonly first: number }) => {
    first = page.first
    throw found
  }
  await scanOne(stream, topic, { partition, from: 0, until }, stop).catch((error: unknown) => {
    if (error !== found) throw error
  })
  return first ?? until
}

async function eachSeen(
  store: Store,
  { topic, partition, from, until }: Range & { readonly topic: string },
  each: (id: DedupId, day: string) => void,
): Promise<void> {
  let [after, afterId]: [number, DedupId | ''] = [from, '']
  for (;;) {
    const asked = { topic, partition, before: until, since: LONG_AGO, after, afterId, limit: PAGE }
    const page: { id: DedupId; first: number; day: string }[] = await store.ask(seenPage, asked)
    for (const { id, day } of page) each(id, day)
    const last = page.at(-1)
    if (!last || page.length < PAGE) return
    ;[after, afterId] = [last.first, last.id]
  }
}
