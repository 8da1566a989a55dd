/** One question to the collector, with the visitor's cookie. */

import { explain, site, src } from './tag.ts'

/** What an answer may hold; which it does is the collector's word. */
export interface Told {
  readonly purposes: readonly string[]
  readonly token: string
}
export type Answer = readonly [status: number | boolean, told?: false | Told, retryAfter?: unknown]

/**
 * Outlives the page. A string goes as text/plain, which needs no preflight. Answers with the status, what was told unless it was refused, and
 * the seconds of Retry-After. Nobody hears the answer to a beacon: it is for a page that is left.
 */
export async function ask(path: string, method: string, said?: object, leaving?: boolean): Promise<Answer> {
  const url = new URL(`/v1/${path}?site=${site}`, src)
  const body = said && JSON.stringify({ site, ...said })
  if (leaving) return [navigator.sendBeacon(url, body)]
  const answer = await fetch(url, { method, body, credentials: 'include', keepalive: true } as RequestInit)
  const told = await answer.json().catch(explain)
  explain(path, answer.status, told, said)
  return [answer.status, answer.ok && told, answer.headers.get('retry-after')]
}
