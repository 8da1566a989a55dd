/** The web listener: what browsers of a site and its servers may say and ask. Requests are answered as they were saved, or not at all. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { type Context, Hono } from 'hono'
import { type Answer, errorAnswers, responseOf, send } from '../infra/listeners/answer.ts'
import { notFound } from '../infra/listeners/http.ts'
import { failing } from '../infra/listeners/readiness.ts'
import { Fault } from '../schemas/fault.ts'
import { consentRoute } from './consent-route.ts'
import { type CollectorDeps, defaultCapacity } from './deps.ts'
import { preflight, readableBy } from './door/who-may-ask.ts'
import { eventsRoute } from './events-route.ts'
import { gather } from './gather.ts'
import { choicesOf } from './visitors/choices.ts'
import { devicesOf } from './visitors/devices.ts'
import './heap.ts'
import { type Asked, headersOf, networkReader } from './door/request.ts'
import { slowBodies } from './door/slow-bodies.ts'
import { forgetRoute, linkRoute, profileRoute, receiptRoute } from './visitor-routes.ts'
import { visitors } from './visits.ts'

export interface Collector {
  readonly app: Hono
  /** The same `POST /v1/events` as the app's, from the socket and to it: what most requests are, without an app's objects around them. */
  takeEvents(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void>
}

type Route = (context: Context) => Promise<Answer>

export function createCollector(deps: CollectorDeps): Collector {
  const app = new Hono()
  const append = gather(deps.log)
  const devices = devicesOf(deps)
  const choices = choicesOf(deps, devices, append)
  const readable = readableBy(deps.sites)
  const slow = slowBodies(defaultCapacity, networkReader(deps.clientAddressHeader), deps.bodyMs)
  const room = { ...deps, append, choices, readable, slow, visits: visitors(deps, devices, choices) }

  const events = eventsRoute(room)
  const answered = (route: Route) => async (context: Context) => responseOf(await route(context))

  app.post('/v1/events', answered(events))
  app.post('/v1/consent', answered(consentRoute(room)))
  app.post('/v1/link', answered(linkRoute(room)))
  app.get('/v1/profile', answered(profileRoute(room)))
  app.delete('/v1/visitor', answered(forgetRoute(room)))
  app.get('/v1/receipts/:id', answered(receiptRoute(room)))
  app.options('/v1/*', (context) => {
    const headers = readable(headersOf(context)('origin'))
    const known = 'Access-Control-Allow-Origin' in headers
    return new Response(null, { status: known ? 204 : 403, headers: known ? { ...headers, ...preflight } : headers })
  })
  app.get('/b.js', snippetRoute(deps.snippet))
  app.get('/healthz', (context) => context.json({ ok: true }))
  app.get('/readyz', async (context) => {
    const down = await failing(deps.checks)
    const degraded = deps.degraded()
    return down.length === 0
      ? context.json({ ready: true, ...(degraded.length > 0 && { degraded }) })
      : context.json({ ready: false, down }, 503)
  })
  app.notFound(notFound)

  const errorAnswer = errorAnswers(deps.logger)
  /** A page must be able to see why, and when to come back. */
  function refuse(error: unknown, asked: Asked, method: string | undefined): Answer {
    const wrong = error instanceof Error ? error : new Error('something that is no error was thrown', { cause: error })
    deps.meter.rejected(wrong instanceof Fault ? wrong.code : 'bug')
    const answer = errorAnswer(wrong, { method })
    return { ...answer, headers: { ...readable(headersOf(asked)('origin')), ...answer.headers } }
  }
  app.onError((error, context) => responseOf(refuse(error, context, context.req.method)))
  return {
    app,
    takeEvents: (incoming, outgoing) =>
      events(incoming)
        .catch((error: unknown) => refuse(error, incoming, incoming.method))
        .then((answer) => send(answer, outgoing)),
  }
}

/** Cached for an hour, then asked for again by its tag. */
function snippetRoute({ js, etag }: CollectorDeps['snippet']) {
  const zipped = new Uint8Array(gzipSync(js, { level: 9 }))
  const headers = {
    'Content-Type': 'text/javascript; charset=utf-8',
    'Cache-Control': 'public, max-age=3600, stale-while-revalidate=86400',
    ETag: etag,
    Vary: 'Accept-Encoding',
    'Cross-Origin-Resource-Policy': 'cross-origin',
    'X-Content-Type-Options': 'nosniff',
  }
  return (context: Context): Response => {
    const header = headersOf(context)
    if (header('if-none-match')?.includes(etag)) return new Response(null, { status: 304, headers })
    if (!/\bgzip\b/.test(header('accept-encoding') ?? '')) return new Response(js, { headers })
    return new Response(zipped, { headers: { ...headers, 'Content-Encoding': 'gzip' } })
  }
}
