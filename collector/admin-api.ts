/** The collector over the admin API: it alone can tell whose profile a visitor's own cookie leads to. */

import { createRoute, z } from '@hono/zod-openapi'
import { type AdminApi, access, adminApi, json } from '../infra/listeners/admin-api.ts'
import type { WebKeys } from '../infra/ports/keys.ts'
import { Fault } from '../schemas/fault.ts'
import { Name, WebPseudonym } from '../schemas/ids.ts'
import { authenticate } from './visitors/visitor.ts'

export interface CollectorApiDeps {
  readonly sites: Readonly<Record<string, unknown>>
  readonly keys: Pick<WebKeys, 'cookie' | 'interest'>
}

/** The cookie's value as the visitor's browser shows it. */
const Question = z.strictObject({ site: Name, cookie: z.string().min(1).max(1_024) })

const pseudonymRoute = createRoute({
  method: 'post',
  path: '/pseudonyms',
  summary: 'The pseudonym behind a cookie that a visitor brings',
  ...access('profiles.explain'),
  request: { body: { content: { 'application/json': { schema: Question } }, required: true } },
  responses: { 200: json(z.object({ pseudonym: WebPseudonym }), 'For POST /profiles/explain.') },
})

export function collectorApi({ sites, keys }: CollectorApiDeps): AdminApi {
  return adminApi().openapi(pseudonymRoute, (context) => {
    const { site, cookie } = context.req.valid('json')
    const visitor = Object.hasOwn(sites, site) ? authenticate(cookie, keys.cookie(site)) : undefined
    if (!visitor) throw new Fault('not_found', `that is no cookie of the site ${site}, or it has run out`)
    return context.json({ pseudonym: WebPseudonym.parse(keys.interest(site).mac([visitor.vid])) }, 200)
  })
}
