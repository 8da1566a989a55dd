/** Appends to a log within a deadline, or says why not: the way that is tried before the spool. */

import { Fault } from '../../../schemas/fault.ts'
import type { Log, LogEntry } from '../../ports/log.ts'
import type { Breaker } from '../breaker.ts'

export interface ThroughDeps {
  readonly breaker: Pick<Breaker, 'state' | 'succeeded' | 'failed'>
  readonly deadlineMs: number
}

export interface Through {
  /** Answers why the log did not take it, or `undefined` when it did. Rejects with bugs: what the spool could not hand on either. */
  append(log: Log, entries: readonly LogEntry[]): Promise<unknown>
  /** Ends all waiting: others have waited for it in vain. */
  giveUp(): void
}

/** So many records may be on their way. More would only wait in memory for a log that does not keep up. */
const MAX_PENDING = 50_000

export function throughTo({ breaker, deadlineMs }: ThroughDeps): Through {
  const waiting = new Set<() => void>()
  let pending = 0

  function inTime(log: Log, entries: readonly LogEntry[]): Promise<unknown> {
    return new Promise((resolve) => {
      const late = () => settle(new Fault('log_down', `the log did not answer within ${deadlineMs} ms`))
      const timer = setTimeout(late, deadlineMs)
      waiting.add(late)
      pending += entries.length
      function settle(failure: unknown) {
        if (!waiting.delete(late)) return
        clearTimeout(timer)
        pending -= entries.length
        resolve(failure)
      }
      log.append(entries).then(() => settle(undefined), settle)
    })
  }

  return {
    async append(log, entries) {
      if (breaker.state() !== 'closed') return new Fault('log_down', 'the log has failed often enough to be left alone')
      if (pending + entries.length > MAX_PENDING) return new Fault('log_down', 'the log does not keep up')
      const failure = await inTime(log, entries)
      if (failure === undefined) breaker.succeeded()
      else if (failure instanceof Fault && failure.retryable) breaker.failed()
      else throw failure
      return failure
    },
    giveUp() {
      for (const late of [...waiting]) late()
    },
  }
}
