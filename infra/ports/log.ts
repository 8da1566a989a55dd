/** The log: what was acknowledged, in order, a while. Embedded it is files, distributed Kafka. */

import { Fault } from '../../schemas/fault.ts'
import type { RecordOf, Topic } from '../../schemas/topics.ts'

export type LogEntry = {
  [T in Topic]: { readonly topic: T; readonly partition: number; readonly record: RecordOf<T> }
}[Topic]

/** Consecutive records of one partition. After a crash the same range comes again, neither longer nor shorter. */
export interface LogBatch<T extends Topic> {
  readonly topic: T
  readonly partition: number
  readonly first: number
  readonly last: number
  readonly records: readonly RecordOf<T>[]
  /** Was it handed out before, by a consumer that did not live to finish it? */
  readonly replayed: boolean
  /** Hours since it was handed out for the first time, where the log knows. */
  readonly hours?: number
  /** The first of its partition since this consumer was given it: others may have taken batches of it before, and what was known of them is old. */
  readonly fresh: boolean
}

/** Consecutive records of one partition, as they are read past all groups. */
export interface LogPage<T extends Topic> {
  readonly partition: number
  readonly first: number
  readonly last: number
  readonly records: readonly RecordOf<T>[]
}

export interface ConsumeOptions<T extends Topic> {
  readonly group: string
  readonly topics: readonly T[]
  /** Most records of one batch. */
  readonly maxRecords: number
  /** Batches of all topics come one after the other, never two at once. When it rejects with a retryable fault, the same batch comes again. */
  each(batch: LogBatch<T>): Promise<void>
}

export interface Consumer {
  /** How many records behind the end, all partitions together, of one topic or of all. */
  lag(topic?: Topic): Promise<number>
  /** The first record of each partition of a topic that the group is not done with. */
  positions(topic: Topic): Promise<Position>
  /** Resolves when all that had been appended before the call is consumed; rejects if the consumer ends before that. */
  caughtUp(): Promise<void>
  /** Resolves after `close`. Rejects with what a retry does not help against: then the batch at hand stays pinned. */
  readonly stopped: Promise<void>
  /** Lets the batch at hand finish. */
  close(): Promise<void>
}

/**
 * Saved, but not yet where others read it: stops of a log that is out of reach. Whoever asked is told to ask again, because an end that
 * activation cannot read is no end.
 */
export class SavedForLater extends Fault {
  constructor(options?: ErrorOptions) {
    super('log_down', 'this is saved and takes effect everywhere when the log is back; ask again to be sure', options)
  }
}

/** Where a reader stands in each partition of a topic: the first record it has not read. */
export type Position = Readonly<Record<number, number>>

export interface Log {
  readonly partitions: number
  /** All on disk when it resolves, or `log_down` / `disk_full`: then none may be counted on. `SavedForLater`: some may. */
  append(entries: readonly LogEntry[]): Promise<void>
  consume<T extends Topic>(options: ConsumeOptions<T>): Promise<Consumer>
  /** All records from `from` on, or all that are kept, to the end as it is at the time of the call. Rejects if that end is out of reach. */
  readToEnd<T extends Topic>(
    topic: T,
    from?: Position,
  ): Promise<{ readonly upTo: Position; readonly records: readonly RecordOf<T>[] }>
  /**
   * The same page by page, for what does not fit in memory: each partition from `from`, or the first record kept, up to `until`, or its end
   * as it is at the time of the call. A page is handed out when the one before is done with.
   */
  scan<T extends Topic>(
    topic: T,
    each: (page: LogPage<T>) => Promise<void>,
    bounds?: { readonly from?: Position; readonly until?: Position },
  ): Promise<void>
  /** Deletes what is older than its topic keeps, except what a group has yet to read. */
  expire(now: number): Promise<void>
  healthy(): Promise<void>
  close(): Promise<void>
}
