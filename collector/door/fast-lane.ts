/** From the turnstile straight to the route for what most requests are, a short POST /v1/events; all else takes the way through the app. */

import type { IncomingMessage } from 'node:http'
import type { Turnstile } from '../../infra/listeners/http.ts'
import { MAX_BODY_BYTES } from '../../schemas/event.ts'
import type { Collector } from '../app.ts'
import { pathOf } from './request.ts'

export function fastLane<T extends Turnstile>(turnstile: T, { takeEvents }: Pick<Collector, 'takeEvents'>): T {
  return {
    ...turnstile,
    enter(incoming, outgoing, pass) {
      turnstile.enter(incoming, outgoing, isShort(incoming) ? () => void takeEvents(incoming, outgoing) : pass)
    },
  }
}

/** So short that nothing of it need be left unread, whatever it is answered. */
function isShort(incoming: IncomingMessage): boolean {
  const { method, headers } = incoming
  return (
    pathOf(incoming) === '/v1/events' &&
    method === 'POST' &&
    headers['content-encoding'] === undefined &&
    Number(headers['content-length']) <= MAX_BODY_BYTES
  )
}
