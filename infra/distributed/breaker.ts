/** A circuit breaker: when too much has failed, nobody waits any longer for an engine that does not answer; a few probes find out when it does. */

export type BreakerState = 'closed' | 'open' | 'half_open'

export interface Breaker {
  state(): BreakerState
  /** May this call be made? Each call that may is followed by `succeeded` or `failed`. */
  allows(): boolean
  succeeded(): void
  failed(): void
}

export interface BreakerOptions {
  /** Milliseconds of a clock that nobody sets: else it would stay open for as long as that was set back. */
  readonly now?: () => number
  /** How far back it looks, and how many calls it must have seen, of which so large a share failed. */
  readonly windowMs?: number
  readonly samples?: number
  readonly share?: number
  /** So many failures in a row are enough, however few calls there were. */
  readonly inARow?: number
  readonly openMs?: number
  /** So many of them must succeed, one failure opens it again. */
  readonly probes?: number
  readonly onOpen?: () => void
}

interface Slot {
  readonly number: number
  calls: number
  failures: number
}

const SLOTS = 30

export function createBreaker(options: BreakerOptions): Breaker {
  const { now = () => performance.now(), windowMs = 30_000, samples = 20, share = 0.5 } = options
  const { inARow = 5, openMs = 5_000, probes = 3 } = options
  let state: BreakerState = 'closed'
  let changed = 0
  let slots: Slot[] = []
  let failuresInARow = 0
  let probing = 0
  let proved = 0

  function turn(to: BreakerState) {
    state = to
    changed = now()
    slots = []
    failuresInARow = 0
    probing = 0
    proved = 0
    if (to === 'open') options.onOpen?.()
  }

  function count(failures: number) {
    const number = Math.floor((now() / windowMs) * SLOTS)
    let slot = slots.at(-1)
    if (slot?.number !== number) {
      slot = { number, calls: 0, failures: 0 }
      slots = [...slots.filter((each) => each.number > number - SLOTS), slot]
    }
    slot.calls += 1
    slot.failures += failures
  }

  function isTooMuch(): boolean {
    if (failuresInARow >= inARow) return true
    const calls = slots.reduce((sum, slot) => sum + slot.calls, 0)
    const failures = slots.reduce((sum, slot) => sum + slot.failures, 0)
    return calls >= samples && failures >= calls * share
  }

  function current(): BreakerState {
    const over = now() - changed >= openMs
    // A probe whose end nobody told must not leave it half open for ever.
    if (over && (state === 'open' || (state === 'half_open' && probing >= probes))) turn('half_open')
    return state
  }

  return {
    state: current,
    allows() {
      const is = current()
      if (is === 'closed') return true
      if (is === 'open' || probing >= probes) return false
      probing += 1
      return true
    },
    succeeded() {
      failuresInARow = 0
      if (state === 'closed') count(0)
      else if (state === 'half_open') {
        proved += 1
        if (proved >= probes) turn('closed')
      }
    },
    failed() {
      if (state === 'half_open') turn('open')
      if (state !== 'closed') return
      failuresInARow += 1
      count(1)
      if (isTooMuch()) turn('open')
    },
  }
}
