/**
 * A log that takes appends while the one behind it is slow, half open or gone: they go to a spool on disk, and from there to the log when it
 * is back. Only stops are never acknowledged from the spool, because activation reads them from the log before each batch that leaves.
 *
 * New entries do not queue behind the spool: records say all that matters of themselves and carry an id, so their order among one another
 * means nothing, and what comes late of a pseudonym that ended meanwhile is dropped where it is read. What a deadline or a crash left
 * undecided goes to the log twice, and is dropped by its id there too.
 */

import { join } from 'node:path'
import type { Logger } from 'pino'
import { Fault } from '../../../schemas/fault.ts'
import { type Disk, nodeDisk } from '../../embedded/file-log/disk.ts'
import { createSignal } from '../../embedded/file-log/signal.ts'
import { type Log, type LogEntry, SavedForLater } from '../../ports/log.ts'
import { type BreakerOptions, type BreakerState, createBreaker } from '../breaker.ts'
import { keepOpening } from '../keep-opening.ts'
import { startDrain } from './drain.ts'
import { openSpoolFile, type SpoolFile } from './spool-file.ts'
import { throughTo } from './through.ts'

export interface SpooledLogConfig {
  /** The log behind; tried again and again until it opens. */
  readonly openLog: () => Promise<Log>
  /** Of the log behind, which may not be there to be asked. */
  readonly partitions: number
  /** A directory that no other process has open. What waits in it is lost with it. */
  readonly path: string
  readonly logger: Logger
  /** Of the days that records have waited. */
  readonly now?: () => number
  /** How long an append waits for the log before the spool takes it. */
  readonly deadlineMs?: number
  /** How long one handful of the spool may take. */
  readonly handfulMs?: number
  /** How long the start waits for the log. */
  readonly patienceMs?: number
  readonly retryMs?: number
  readonly breaker?: Omit<BreakerOptions, 'onOpen'>
  readonly disk?: Disk
}

export interface SpoolStatus {
  /** `opening`: the log behind has not been there yet. */
  readonly log: BreakerState | 'opening'
  /** Records in the spool, its bytes on disk, and how long the first of them has waited. */
  readonly records: number
  readonly bytes: number
  readonly ageSeconds: number
  /** Since the start, in records: handed on from the spool, appended by either way, given up after 48 hours. */
  readonly drained: number
  readonly appended: { readonly log: number; readonly spool: number }
  readonly expired: number
}

export interface SpooledLog extends Log {
  status(): SpoolStatus
  /** What works only partly: `['log']` while appends go to the spool or records wait in it. */
  degraded(): readonly string[]
}

const HOUR_MS = 3_600_000
/** With the hour that a file takes, nothing is kept for more than 48. */
const KEEP_MS = 47 * HOUR_MS
const EXPIRE_EVERY_MS = HOUR_MS / 4

/** Rejects where the spool itself cannot be opened, and with what no waiting mends: settings the log refuses. */
export async function openSpooledLog(config: SpooledLogConfig): Promise<SpooledLog> {
  const { openLog, partitions, path, logger, now = Date.now, disk = nodeDisk } = config
  const { deadlineMs = 1_000, handfulMs = 4_000, patienceMs = 5_000, retryMs = 250 } = config
  const wake = createSignal()
  const toFile = { disk, now, grown: wake.notify }
  const stops = await openSpoolFile(toFile, join(path, 'stops'))
  const rest = await openSpoolFile(toFile, join(path, 'rest'))
  const files = [stops, rest]
  const opening = await keepOpening({
    open: openLog,
    name: 'log',
    patienceMs,
    retryMs,
    logger,
    onOpen: wake.notify,
  }).catch(async (error) => {
    for (const file of files) await file.close()
    throw error
  })
  const breaker = createBreaker({ ...config.breaker, onOpen: () => through.giveUp() })
  const through = throughTo({ breaker, deadlineMs })
  const drain = startDrain({ log: opening.current, files, breaker, wake, deadlineMs, handfulMs, retryMs, logger })
  const appended = { log: 0, spool: 0 }
  let expired = 0

  /** Answers why the log did not take it, or `undefined` when it did. */
  async function toLog(entries: readonly LogEntry[]): Promise<unknown> {
    const log = opening.current()
    if (!log) return away()
    const failure = await through.append(log, entries)
    if (failure === undefined) appended.log += entries.length
    return failure
  }

  async function toSpool(file: SpoolFile, entries: readonly LogEntry[]): Promise<void> {
    await file.append(entries)
    appended.spool += entries.length
  }

  async function expire(time: number) {
    for (const file of files) {
      const count = await file.expire(time - KEEP_MS)
      if (count > 0) logger.error({ count }, 'records waited for the log for 48 hours and are given up')
      expired += count
    }
  }
  await expire(now())
  const timer = setInterval(() => {
    expire(now()).catch((err) => logger.error({ err }, 'the spool cannot be cleared of what is too old'))
  }, EXPIRE_EVERY_MS)
  timer.unref()

  const opened = (): Log => {
    const log = opening.current()
    if (!log) throw away()
    return log
  }
  const waiting = () => stops.records + rest.records
  const state = () => (opening.current() ? breaker.state() : 'opening')

  return {
    partitions,
    async append(entries) {
      const ends = entries.filter(({ topic }) => topic === 'stops')
      const others = ends.length === 0 ? entries : entries.filter(({ topic }) => topic !== 'stops')
      const failures = await Promise.all([ends, others].map((part) => (part.length > 0 ? toLog(part) : undefined)))
      const [unsaid, untaken] = failures
      if (unsaid !== undefined) await toSpool(stops, ends)
      if (untaken !== undefined) await toSpool(rest, others)
      if (unsaid !== undefined) throw new SavedForLater({ cause: unsaid })
    },
    consume: async (options) => opened().consume(options),
    readToEnd: async (topic, from) => opened().readToEnd(topic, from),
    scan: async (topic, each, bounds) => opened().scan(topic, each, bounds),
    async expire(time) {
      await expire(time)
      await opening.current()?.expire(time)
    },
    async healthy() {
      const log = opening.current()
      if (log && breaker.state() === 'closed') return
      await rest.healthy()
    },
    degraded: () => (state() === 'closed' && waiting() === 0 ? [] : ['log']),
    status: () => ({
      log: state(),
      records: waiting(),
      bytes: stops.bytes + rest.bytes,
      ageSeconds:
        waiting() === 0 ? 0 : Math.max(0, now() - Math.min(...files.map(({ oldest }) => oldest ?? now()))) / 1_000,
      drained: drain.drained(),
      appended: { ...appended },
      expired,
    }),
    async close() {
      clearInterval(timer)
      await drain.close()
      await opening.close()
      for (const file of files) await file.close()
    },
  }
}

const away = () => new Fault('log_down', 'the log has not been reached yet')
