/** Stores a range of the log with exactly-once effect: all of it under one token, or, around a poison record, in recorded halves. */

import type * as z from 'zod'
import type { DeadLetters } from '../../infra/control/dead-letters.ts'
import type { MacKey } from '../../infra/ports/keys.ts'
import type { LogBatch } from '../../infra/ports/log.ts'
import type { Store } from '../../infra/ports/store.ts'
import { canonical } from '../../schemas/chain.ts'
import { Fault } from '../../schemas/fault.ts'
import type { DedupId } from '../../schemas/ids.ts'
import type { RecordOf, Topic } from '../../schemas/topics.ts'
import { dayOf } from '../../schemas/week.ts'
import { batchesSince, landed } from './queries/landed.ts'
import { splitOf } from './queries/split-of.ts'

export interface AppendDeps {
  readonly store: Store
  readonly deadLetters: DeadLetters
  readonly fingerprint: MacKey
  readonly now: () => number
  /** So many batches later a token is trusted no more. */
  readonly trusted?: number
}

export interface Destined<T extends Topic> {
  readonly table: string
  id(record: RecordOf<T>): DedupId
  /** Rows of one record; `index` is its place in the batch. None for a record that is dropped. */
  rows(record: RecordOf<T>, index: number): readonly object[]
}

/** Answers with the records that the store refused for good. */
export type BatchAppender = <T extends Topic>(batch: LogBatch<T>, destined: Destined<T>) => Promise<RecordOf<T>[]>

/** Half of the windows of the tables, as a batch may make a part in each of two partitions: schemas/clickhouse/0005. */
const TRUSTED = 50_000

/**
 * A token must always name the same rows. A batch that was cut once is cut again in the same places when it comes back, even if the store
 * would by then take it whole: the cut is written down in `seen` before the first half goes in.
 *
 * A batch that others went by for so long that the store may have forgotten its token is not said blind: what `seen` has of it went in. An
 * insert that was cut off between its tables just then is told by `bauta reconcile` alone.
 */
export function batchAppender({
  store,
  deadLetters,
  fingerprint: key,
  now,
  trusted = TRUSTED,
}: AppendDeps): BatchAppender {
  const cut = new Set<string>()

  const wasCut = async (token: string, asked: z.input<typeof splitOf.params>, replayed: boolean): Promise<boolean> => {
    if (replayed && !cut.has(token) && (await store.ask(splitOf, asked)).length > 0) cut.add(token)
    return cut.has(token)
  }

  const isOld = async <T extends Topic>({ topic, partition, first, hours = 0 }: LogBatch<T>): Promise<boolean> => {
    if (hours < 1) return false
    const [since] = await store.ask(batchesSince, { topic, partition, first, limit: trusted })
    return (since?.n ?? 0) >= trusted
  }

  return async (batch, { table, id: idOf, rows: rowsOf }) => {
    const { topic, partition, records, replayed } = batch
    const old = replayed && (await isOld(batch))
    const poison: { readonly index: number; readonly reason: string }[] = []
    const rows = records.map((record, index) => rowsOf(record, index))

    const hasLanded = async (index: number): Promise<boolean> => {
      const record = records[index]
      if (!old || record === undefined) return false
      return (await store.ask(landed, { topic, partition, first: batch.first, id: idOf(record) })).length > 0
    }

    const append = async (from: number, to: number): Promise<void> => {
      const block = rows.slice(from, to).flat()
      if (block.length === 0) return
      // A block is in `seen` with all of its ids or with none.
      if (await hasLanded(rows.findIndex((each, index) => index >= from && each.length > 0))) return
      // The batch itself may name a longer range than it still holds.
      const whole = to - from === records.length
      const [first, last] = [batch.first + from, whole ? batch.last : batch.first + to - 1]
      const token = `${topic}:${partition}:${first}-${last}`
      const single = to - from === 1
      const mark = { topic: `split:${topic}`, partition, first }
      if (single || !(await wasCut(token, { ...mark, last }, replayed))) {
        try {
          return await store.append(table, block, token)
        } catch (error) {
          // What is wrong with the store or the way to it is not the record's fault.
          if (error instanceof Fault) throw error
          if (ofTables.test(String(error))) throw new Fault('store_down', String(error))
          if (single) return void poison.push({ index: from, reason: reasonOf(error) })
        }
        await store.append('seen', [{ ...mark, id: last, day: dayOf(now()) }], `split:${token}`)
        cut.add(token)
      }
      const middle = Math.floor((from + to) / 2)
      await append(from, middle)
      await append(middle, to)
    }

    await append(0, records.length)
    // Where nothing at all goes in, it is the store that is ill, unless it says of each that it could not be read.
    const ill = poison.find(({ reason }) => !ofRecord.test(reason))
    if (ill && poison.length > 1 && poison.length === rows.filter((each) => each.length > 0).length)
      throw new Fault('store_down', `${table} takes no record of a batch: ${ill.reason}`)
    for (const { index, reason } of poison) {
      const fingerprint = fingerprintOf(key, records[index])
      await deadLetters.add({ topic, partition, position: batch.first + index, reason, fingerprint, day: dayOf(now()) })
    }
    return poison.flatMap(({ index }) => records[index] ?? [])
  }
}

/** Another process migrates, or someone took a table away: no record could be taken. */
const ofTables = /: (UNKNOWN_TABLE|UNKNOWN_DATABASE|TABLE_IS_DROPPED|NO_SUCH_COLUMN_IN_TABLE|READONLY)$/

/** What no other state of the store would change. Not INCORRECT_DATA, which is also said where a table lacks a column. */
const ofRecord =
  /: (CANNOT_PARSE_\w+|VIOLATED_CONSTRAINT|ARGUMENT_OUT_OF_BOUND|DECIMAL_OVERFLOW|TOO_LARGE_STRING_SIZE)$/

/** Recognises a record again in the log without saying anything of it. */
export function fingerprintOf(key: MacKey, record: unknown): string {
  return key.mac([canonical(record)])
}

/** Errors of the store name the engine's code and quote no values; anything else is not trusted to. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  return /^[\w ]+: [A-Z_]+$/.test(message) ? message : 'the store does not take it'
}
