/**
 * The runs that this process works on, each leased for as long as the work goes on. The work hears of it when a run may have become another
 * process's, and stops before its next call: whom the other one takes out, this one must not bring back.
 */

import { Fault } from '../../../schemas/fault.ts'
import { LEASE_MS, type Lease, type Runs } from './runs.ts'

export interface Claim extends Lease {
  /**
   * Asked for anew before each call, because it looks at the clock first: a process that stood still may wake up before its timers do. A call
   * that is on its way then is broken off and may arrive all the same; `settle` in run-book.ts says what is done about it.
   */
  readonly signal: AbortSignal
  /** Others may have it, from `after` milliseconds on; as this process closes, at once. */
  release(after?: number): Promise<void>
}

export interface Claims {
  readonly closing: AbortSignal
  /** `undefined` while anybody works on it, this process too, or, unless it is to be `atOnce`, while it rests after a failure. */
  take(run: string, atOnce?: boolean): Promise<Claim | undefined>
  /** All that is claimed stops before its next call. */
  close(): void
}

const BEAT_MS = LEASE_MS / 6
/** Left of the lease when the work has to stop, and half of it if a beat had to tell: so long what is on its way has to arrive before others begin. */
const MARGIN_MS = LEASE_MS / 3
const TERM_MS = LEASE_MS - MARGIN_MS

export function openClaims(book: Pick<Runs, 'lease' | 'renew' | 'release'>): Claims {
  const closing = new AbortController()
  const own = new Set<string>()

  /** By this process's own clock, which is never set, and from before the question, so that it ends here no later than there. */
  function hold(lease: Lease, asked: number): Claim {
    const { run } = lease.run
    const lost = new AbortController()
    const signal = AbortSignal.any([closing.signal, lost.signal])
    let ends = asked + TERM_MS
    const look = () => {
      if (performance.now() < ends) return
      lost.abort(new Fault('sql_down', `the run ${run} could not be kept in time, and another process may be at it`))
    }
    const beat = setInterval(() => {
      look()
      const from = performance.now()
      book.renew(lease).then(
        (mine) => {
          if (mine) ends = Math.max(ends, from + TERM_MS)
          else lost.abort(new Fault('conflict', `another process has taken over the run ${run}`))
        },
        // The next time may work; until then the term runs.
        () => {},
      )
    }, BEAT_MS)
    beat.unref()
    return {
      ...lease,
      get signal() {
        look()
        return signal
      },
      async release(after = 0) {
        clearInterval(beat)
        // Not given back, it runs out.
        await book.release(lease, closing.signal.aborted ? 0 : after).catch(() => {})
        own.delete(run)
      },
    }
  }

  return {
    closing: closing.signal,
    async take(run, atOnce) {
      // Its lease may have run out while the work that holds it has not noticed.
      if (own.has(run)) return undefined
      own.add(run)
      let claim: Claim | undefined
      try {
        const asked = performance.now()
        const lease = await book.lease(run, atOnce)
        claim = lease && hold(lease, asked)
      } finally {
        if (!claim) own.delete(run)
      }
      return claim
    },
    close: () => closing.abort(new Error('closing')),
  }
}
