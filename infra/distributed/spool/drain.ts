/** Hands on to the log what waited for it: stops before anything else, then a handful of the rest at a time. */

import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Signal } from '../../embedded/file-log/signal.ts'
import type { Log } from '../../ports/log.ts'
import type { Breaker } from '../breaker.ts'
import { inTime } from '../in-time.ts'
import type { SpoolFile } from './spool-file.ts'

export interface DrainDeps {
  readonly log: () => Log | undefined
  /** In the order in which they are handed on: the next one's turn comes when this one is empty. */
  readonly files: readonly SpoolFile[]
  readonly breaker: Breaker
  /** Told when a file has grown, and when the log was opened. */
  readonly wake: Signal
  /** What a probe has to stay below to prove anything, and what a handful may take at all. */
  readonly deadlineMs: number
  readonly handfulMs: number
  readonly retryMs: number
  readonly logger: Logger
}

export interface Drain {
  /** Records handed on since the start. */
  drained(): number
  /** Lets the handful under way finish. */
  close(): Promise<void>
}

const MAX_RETRY_MS = 5_000

export function startDrain(deps: DrainDeps): Drain {
  const { files, breaker, wake, deadlineMs, handfulMs, retryMs, logger } = deps
  const closing = new AbortController()
  let drained = 0
  let wait = retryMs

  const rest = (ms: number) => pause(ms, undefined, { signal: closing.signal }).catch(() => {})

  /** One handful; true if there was one. A slow log gets its handfuls too, but proves nothing by them. */
  async function handOn(log: Log): Promise<boolean> {
    const file = files.find(({ records }) => records > 0)
    const handful = await file?.peek()
    if (!file || !handful) return false
    const began = performance.now()
    const probe = breaker.allows()
    try {
      await inTime(log.append(handful.entries), handfulMs, 'the log')
    } catch (error) {
      if (probe) breaker.failed()
      throw error
    }
    if (probe && performance.now() - began <= deadlineMs) breaker.succeeded()
    else if (probe) breaker.failed()
    await file.done(handful)
    drained += handful.entries.length
    return true
  }

  async function turn(log: Log): Promise<void> {
    if (await handOn(log)) return
    if (breaker.state() === 'closed') {
      for (const file of files) await file.compact()
      if (files.every(({ records }) => records === 0) && !closing.signal.aborted) await wake.next()
    } else if (breaker.allows()) {
      // Nothing to send: it is asked, so that the way is open before the next request comes.
      await inTime(log.healthy(), deadlineMs, 'the log').then(breaker.succeeded, breaker.failed)
    } else await rest(retryMs)
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      const log = deps.log()
      if (!log) await wake.next()
      else
        await turn(log).then(
          () => {
            wait = retryMs
          },
          async (err) => {
            logger.warn({ err }, 'the spool waits: the log does not take it')
            await rest(wait)
            wait = Math.min(wait * 2, MAX_RETRY_MS)
          },
        )
    }
  }
  const running = run()

  return {
    drained: () => drained,
    async close() {
      closing.abort()
      wake.notify()
      await running
    },
  }
}
