/** Who may ask, and what their browser may read of the answer. */

import { createHash, timingSafeEqual } from 'node:crypto'
import { Fault } from '../../schemas/fault.ts'
import type { CollectorDeps } from '../deps.ts'
import type { Site, Sites } from '../site.ts'
import type { Headers } from './request.ts'

export interface Visit {
  readonly site: Site
  /** The site's own server, by its key: exempt from the bot filter and from its network's limit. */
  readonly server: boolean
}

/** The same answer for a site that is not there and an origin that is not its. */
const strangers = () =>
  new Fault('forbidden', 'no site of that name lists the origin this came from; see sites.<name>.origins in bauta.yaml')

export function admitVisit(
  { sites, siteKeys }: Pick<CollectorDeps, 'sites' | 'siteKeys'>,
  name: string,
  headers: Headers,
): Visit {
  const site = sites.get(name)
  const authorization = headers('authorization')
  if (authorization !== undefined) {
    const presented = /^Bearer (\S+)$/i.exec(authorization)?.[1] ?? ''
    const key = siteKeys.get(name)
    if (site && key !== undefined && sameText(presented, key)) return { site, server: true }
    throw new Fault('unauthenticated', 'that is not the key of this site')
  }
  const origin = headers('origin')
  if (!site || !(origin === undefined ? isSameOrigin(site, headers) : site.origins.has(origin))) throw strangers()
  return { site, server: false }
}

/** Browsers leave Origin away where a page reads from its own; then they say so in a header that no page can set. */
function isSameOrigin({ origins }: Site, headers: Headers): boolean {
  const host = headers('host')
  return headers('sec-fetch-site') === 'same-origin' && [...origins].some((origin) => new URL(origin).host === host)
}

function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

const always = { 'Cache-Control': 'no-store', Vary: 'Origin', 'X-Content-Type-Options': 'nosniff' } as const

/** Headers for every answer, by origin; made ready once. Origins of no site may read nothing. */
export function readableBy(sites: Sites): (origin: string | undefined) => Readonly<Record<string, string>> {
  const byOrigin = new Map<string, Record<string, string>>()
  for (const { origins } of sites.values())
    for (const origin of origins)
      byOrigin.set(origin, {
        ...always,
        'Access-Control-Allow-Origin': origin,
        'Access-Control-Allow-Credentials': 'true',
        'Access-Control-Expose-Headers': 'Retry-After',
      })
  return (origin) => (origin === undefined ? undefined : byOrigin.get(origin)) ?? always
}

export const preflight = {
  'Access-Control-Allow-Methods': 'GET, POST, DELETE',
  'Access-Control-Allow-Headers': 'Content-Type, Content-Encoding',
  'Access-Control-Max-Age': '7200',
} as const
