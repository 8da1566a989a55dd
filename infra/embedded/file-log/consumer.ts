/** Hands a group its batches, one after the other, each pinned before it is handed out, so that a crash repeats exactly that range. */

import { setTimeout as pause } from 'node:timers/promises'
import { Fault } from '../../../schemas/fault.ts'
import type { RecordOf, Topic } from '../../../schemas/topics.ts'
import type { ConsumeOptions, Consumer } from '../../ports/log.ts'
import { errorCode } from './disk.ts'
import type { Partition } from './partition.ts'
import type { PositionFile } from './position-file.ts'
import { type ReadRange, readPartition } from './reader.ts'
import { createSignal, type Signal } from './signal.ts'

export interface Source<T extends Topic> {
  readonly topic: T
  readonly number: number
  readonly partition: Partition
  readonly position: PositionFile
}

export interface ConsumerDeps<T extends Topic> {
  readonly sources: readonly Source<T>[]
  /** Told when any partition has grown. */
  readonly grown: Signal
  /** How long records wait for more to come along, once a consumer has read to the end. */
  readonly lingerMs: number
  readonly retryMs: number
}

interface Reading<T extends Topic> extends Source<T> {
  readonly read: ReadRange
}

const MAX_BATCH_BYTES = 16 << 20
const MAX_RETRY_MS = 10_000

export function startConsumer<T extends Topic>(deps: ConsumerDeps<T>, options: ConsumeOptions<T>): Consumer {
  const { grown, lingerMs, retryMs } = deps
  const sources = deps.sources.map((source) => ({ ...source, read: readPartition(source.partition) }))
  const moved = createSignal()
  const closing = new AbortController()
  const begun = new Set<Reading<T>>()
  let hurried = 0
  let ended = false

  const behind = (source: Source<T>) => source.partition.end - next(source)
  const lag = () => sources.reduce((sum, source) => sum + behind(source), 0)

  async function run(): Promise<void> {
    for (const source of sources)
      if (source.position.pinned !== undefined) await consume(source, source.position.pinned)
    while (!closing.signal.aborted) {
      if (lag() === 0) await grown.next()
      await linger()
      for (const source of sources) if (behind(source) > 0) await consume(source)
    }
  }

  /** A moment, so that many small batches become few; none if there is enough for a full one, or somebody waits for the end. */
  async function linger(): Promise<void> {
    if (hurried > 0 || sources.some((source) => behind(source) >= options.maxRecords)) return
    await Promise.race([pause(lingerMs), moved.next()])
  }

  async function consume(source: Reading<T>, pinned?: number): Promise<void> {
    const { position, partition } = source
    const from = next(source)
    const range = await patiently(ofDisk, () =>
      pinned === undefined
        ? source.read(from, from + options.maxRecords - 1, MAX_BATCH_BYTES)
        : source.read(from, pinned),
    )
    if (closing.signal.aborted) return
    // As it was pinned, even where an operator gave up some of it: its name may stand in the store.
    const first = (pinned === undefined ? range?.first : position.next) ?? from
    const last = pinned ?? range?.last ?? from - 1
    if (range !== undefined && range.records.length > 0) {
      if (pinned === undefined) await patiently(ofDisk, () => position.pin(first, last))
      // Only `append` writes a topic's files, with this type.
      const records = range.records as readonly RecordOf<T>[]
      const { topic, number } = source
      const batch = {
        topic,
        partition: number,
        first,
        last,
        records,
        replayed: pinned !== undefined,
        fresh: !begun.has(source),
      }
      const done = await patiently(ofEach, () => options.each(batch).then(() => true))
      if (!done) return
      begun.add(source)
    }
    await position.commit(Math.max(last + 1, partition.start))
    moved.notify()
  }

  /** Tries again while the errors are of a kind that passes. Answers `undefined` when the consumer was closed before it worked. */
  async function patiently<R>(passes: (error: unknown) => boolean, work: () => Promise<R>): Promise<R | undefined> {
    for (let wait = retryMs; !closing.signal.aborted; wait = Math.min(wait * 2, MAX_RETRY_MS)) {
      try {
        return await work()
      } catch (error) {
        if (!passes(error)) throw error
      }
      await pause(wait * (0.5 + Math.random() / 2), undefined, { signal: closing.signal }).catch(() => {})
    }
    return undefined
  }

  const stopped = run().finally(async () => {
    ended = true
    moved.notify()
    for (const { position } of sources) await position.close()
  })
  // Who does not look at `stopped` learns it from `caughtUp` and from the health of the log.
  stopped.catch(() => {})

  return {
    stopped,
    lag: async (topic) => sources.reduce((sum, each) => sum + (topic && each.topic !== topic ? 0 : behind(each)), 0),
    positions: async (topic) =>
      Object.fromEntries(sources.filter((each) => each.topic === topic).map((each) => [each.number, next(each)])),
    async caughtUp() {
      const targets = sources.map(({ partition }) => partition.end)
      hurried += 1
      moved.notify()
      while (sources.some((source, index) => next(source) < (targets[index] ?? 0))) {
        if (ended) await stopped
        if (ended) throw new Fault('log_down', 'the consumer was closed before it had caught up')
        await moved.next()
      }
      hurried -= 1
    },
    async close() {
      closing.abort()
      grown.notify()
      moved.notify()
      await stopped.catch(() => {})
    },
  }
}

/** Not before what is kept, so that lag counts what can come. */
function next<T extends Topic>({ position, partition }: Source<T>): number {
  return Math.max(position.next ?? 0, partition.start)
}

/** Too many open files, a device that is away: the system's own errors. Damage is a fault, and stays. */
function ofDisk(error: unknown): boolean {
  return !(error instanceof Fault) && errorCode(error) !== undefined
}

function ofEach(error: unknown): boolean {
  return error instanceof Fault && error.retryable
}
