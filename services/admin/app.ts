/** The admin listener: who asks, by token, then the services' routes; health, readiness, metrics and the API's description beside them. */

import { timingSafeEqual } from 'node:crypto'
import type { Hono, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { type AdminApi, type AdminEnv, adminApi } from '../../infra/listeners/admin-api.ts'
import { answerError, notFound, type RequestVariables, requestId } from '../../infra/listeners/http.ts'
import { type Check, failing } from '../../infra/listeners/readiness.ts'
import type { TokenVerifier } from '../../infra/listeners/tokens.ts'
import { Fault } from '../../schemas/fault.ts'

export interface AdminAppDeps {
  readonly tokens: TokenVerifier
  /** Lets the commands on this machine in; stands in run.json, which only its owner reads. */
  readonly localToken: string
  readonly apis: readonly AdminApi[]
  /** What needs no token, because who asks holds all that it takes. */
  readonly open: readonly Hono<{ Variables: RequestVariables }>[]
  readonly checks: Readonly<Record<string, Check>>
  readonly metrics: Registry
  readonly log: Logger
}

/** CSV files of a large CRM come through here too; they are streamed by their route. */
const MAX_BODY = 512 * 1024 * 1024

export function createAdminApp({ tokens, localToken, apis, open, checks, metrics, log }: AdminAppDeps): Hono<AdminEnv> {
  const app = adminApi()
  app.use(requestId)
  app.onError(answerError(log))
  app.notFound(notFound)
  app.get('/healthz', (context) => context.json({ ok: true }))
  app.get('/readyz', readyz(checks))
  app.get('/metrics', async (context) =>
    context.text(await metrics.metrics(), 200, { 'content-type': metrics.contentType }),
  )

  for (const each of open) app.route('/', each)

  app.use('/api/v1/*', async (context, next) => {
    const presented = /^Bearer (\S+)$/i.exec(context.req.header('authorization') ?? '')?.[1]
    if (!presented)
      throw new Fault('unauthenticated', 'send a token: Authorization: Bearer TOKEN; make one with: bauta token issue')
    context.set(
      'actor',
      sameText(presented, localToken) ? { name: 'local', role: 'admin' } : await tokens.verify(presented),
    )
    context.header('Cache-Control', 'no-store')
    await next()
  })
  app.use('/api/v1/*', bodyLimit({ maxSize: MAX_BODY }))
  for (const api of apis) app.route('/api/v1', api)

  app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  })
  app.doc31('/api/openapi.json', { openapi: '3.1.0', info: { title: 'Bauta admin API', version: '1' } })
  return app
}

/** 503 names the engines that are down; for every listener. */
export function readyz(checks: AdminAppDeps['checks']): MiddlewareHandler {
  return async (context) => {
    const down = await failing(checks)
    return down.length === 0 ? context.json({ ready: true }) : context.json({ ready: false, down }, 503)
  }
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
