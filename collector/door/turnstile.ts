/**
 * Keeps the collector at work that it can finish: so many requests at once, one more of each connection that waits a moment for a place, and
 * the rest is turned away before its body is read. Under load the work done then stays what the core can do, and nobody is answered too late to care.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { faultAnswer, send } from '../../infra/listeners/answer.ts'
import type { Turnstile } from '../../infra/listeners/http.ts'
import { MAX_BODY_BYTES } from '../../schemas/event.ts'
import { Fault } from '../../schemas/fault.ts'
import type { Capacity, CollectorDeps, Meter, ShedReason } from '../deps.ts'
import type { Pressure } from './pressure.ts'
import { pathOf, weightOf } from './request.ts'
import { readableBy } from './who-may-ask.ts'

export interface TurnstileDeps {
  readonly sites: CollectorDeps['sites']
  readonly meter: Pick<Meter, 'shed'>
  readonly capacity: Capacity
  readonly pressure: Pick<Pressure, 'reason'>
}

export interface CollectorTurnstile extends Turnstile {
  /** Requests being answered, their bodies' bytes, and requests that wait. */
  status(): { readonly requests: number; readonly bytes: number; readonly waiting: number }
  close(): void
}

interface Waiting {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  readonly pass: () => void
  readonly weight: number
  readonly until: number
  next: Waiting | undefined
}

const SWEEP_MS = 50
const overloaded = new Fault('overloaded', 'there is more to do here than can be done; come back later')
const words: Readonly<Record<ShedReason, Fault>> = {
  waited: overloaded,
  pipelined: overloaded,
  loop: overloaded,
  disk: new Fault('disk_full', 'there is too little space left here; come back later'),
}

export function createTurnstile({ sites, meter, capacity, pressure }: TurnstileDeps): CollectorTurnstile {
  const readable = readableBy(sites)
  let requests = 0
  let bytes = 0
  /** Linked, so that nothing holds a request that has had its turn. */
  let first: Waiting | undefined
  let last: Waiting | undefined
  let waiting = 0

  const fits = (weight: number) => requests < capacity.requests && (bytes === 0 || bytes + weight <= capacity.bytes)

  function admit(outgoing: ServerResponse, weight: number, pass: () => void) {
    requests += 1
    bytes += weight
    outgoing.on('close', () => {
      requests -= 1
      bytes -= weight
      admitWaiting()
    })
    pass()
  }

  function wait(one: Waiting) {
    if (last) last.next = one
    else first = one
    last = one
    waiting += 1
  }

  function call(one: Waiting) {
    first = one.next
    if (!first) last = undefined
    // What is old already, although it is over, would make old whatever it names.
    one.next = undefined
    waiting -= 1
  }

  function admitWaiting() {
    for (let next = first; next !== undefined && fits(next.weight); next = first) {
      call(next)
      if (!next.outgoing.destroyed) admit(next.outgoing, next.weight, next.pass)
    }
  }

  function turnAway(incoming: IncomingMessage, outgoing: ServerResponse, reason: ShedReason) {
    meter.shed(reason)
    const { status, headers, body } = faultAnswer(words[reason])
    // Spread, so that all who were turned away at once do not come back at once.
    const seconds = 5 + Math.floor(Math.random() * 10)
    // A body too long to read past is not read past.
    const ends = weightOf(incoming) > MAX_BODY_BYTES ? { Connection: 'close' } : {}
    const more = { ...readable(incoming.headers.origin), ...ends, 'Retry-After': String(seconds) }
    send({ status, headers: { ...headers, ...more }, body }, outgoing)
  }

  const sweep = setInterval(() => {
    const now = performance.now()
    for (let next = first; next !== undefined && next.until <= now; next = first) {
      call(next)
      if (!next.outgoing.destroyed) turnAway(next.incoming, next.outgoing, 'waited')
    }
  }, SWEEP_MS)
  sweep.unref()

  return {
    connections: capacity.connections,
    enter(incoming, outgoing, pass) {
      if (isElsewhere(incoming)) return pass()
      const reason = isWithdrawal(incoming) ? undefined : pressure.reason()
      if (reason) return turnAway(incoming, outgoing, reason)
      const weight = weightOf(incoming)
      if (first === undefined && fits(weight)) return admit(outgoing, weight, pass)
      // Not its turn on its own connection yet. Else one connection could fill the queue.
      if (outgoing.socket === null) return turnAway(incoming, outgoing, 'pipelined')
      wait({ incoming, outgoing, pass, weight, until: performance.now() + capacity.waitMs, next: undefined })
    },
    status: () => ({ requests, bytes, waiting }),
    close: () => clearInterval(sweep),
  }
}

/** No door of the collector's in any spelling: what is escaped, absolute or climbs may become one on its way. */
function isElsewhere(incoming: IncomingMessage): boolean {
  const path = pathOf(incoming)
  return path.startsWith('/') && !path.startsWith('/v1') && !/%|\\|\/[/.]/.test(path)
}

/** Whoever says no is heard as long as anybody is. */
function isWithdrawal(incoming: IncomingMessage): boolean {
  const path = pathOf(incoming)
  return path === '/v1/consent' || (incoming.method === 'DELETE' && path === '/v1/visitor')
}
