/** The web listener: what browsers of a site and its servers may say and ask. Requests are answered as they were saved, or not at all. */

import { gzipSync } from 'node:zlib'
import { type Context, Hono } from 'hono'
import { answerError, notFound } from '../infra/http.ts'
import { failing } from '../infra/readiness.ts'
import { Fault } from '../schemas/fault.ts'
import { choicesOf } from './choices.ts'
import { consentRoute } from './consent-route.ts'
import type { CollectorDeps } from './deps.ts'
import { devicesOf } from './devices.ts'
import { preflight, readableBy } from './door.ts'
import { eventsRoute } from './events-route.ts'
import { gather } from './gather.ts'
import { headersOf } from './request.ts'
import { forgetRoute, linkRoute, profileRoute, receiptRoute } from './visitor-routes.ts'
import { visitors } from './visits.ts'

export function createCollector(deps: CollectorDeps): Hono {
  const app = new Hono()
  const append = gather(deps.log)
  const devices = devicesOf(deps)
  const choices = choicesOf(deps, devices, append)
  const readable = readableBy(deps.sites)
  const room = { ...deps, append, choices, readable, visits: visitors(deps, devices, choices) }

  // No middleware: what most requests pass through stands in their own route.
  app.post('/v1/events', eventsRoute(room))
  app.post('/v1/consent', consentRoute(room))
  app.post('/v1/link', linkRoute(room))
  app.get('/v1/profile', profileRoute(room))
  app.delete('/v1/visitor', forgetRoute(room))
  app.get('/v1/receipts/:id', receiptRoute(room))
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

  const answer = answerError(deps.logger)
  app.onError((error, context) => {
    deps.meter.rejected(error instanceof Fault ? error.code : 'bug')
    const response = answer(error, context)
    // A page must be able to see why, and when to come back.
    for (const [name, value] of Object.entries(readable(headersOf(context)('origin'))))
      response.headers.set(name, value)
    return response
  })
  return app
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
