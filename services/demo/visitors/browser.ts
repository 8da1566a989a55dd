/** One visitor's browser, as the collector sees it: a cookie jar, headers, and what the snippet sends. */

import type { Chance } from './chance.ts'

export interface WebDoor {
  readonly url: string
  /** Of the pages the visitor reads. */
  readonly origin: string
  readonly site: string
  readonly notice: string
}

export interface Browser {
  readonly userAgent: string
  readonly language: string
  /** As the reverse proxy before the collector names it. */
  readonly address: string
  readonly gpc: boolean
}

/** One answer, read whole. */
export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

export interface Visit {
  consent(purposes: readonly string[]): Promise<Answer>
  send(events: readonly object[], sent: number): Promise<Answer>
  link(): Promise<string | undefined>
}

export function openBrowser(
  { url, origin, site, notice }: WebDoor,
  { userAgent, language, address, gpc }: Browser,
): Visit {
  let cookie = ''

  async function post(path: string, body: object): Promise<Answer> {
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: {
        origin,
        'content-type': 'text/plain',
        'user-agent': userAgent,
        'accept-language': language,
        'x-forwarded-for': address,
        ...(cookie && { cookie }),
        ...(gpc && { 'sec-gpc': '1' }),
      },
    })
    for (const set of answer.headers.getSetCookie()) cookie = set.split(';')[0] ?? ''
    return { status: answer.status, body: (await answer.json()) as Answer['body'] }
  }

  return {
    consent: (purposes) =>
      post('/v1/consent', {
        site,
        notice,
        lang: language.slice(0, 2),
        purposes,
        method: 'banner',
        path: `/${language.slice(0, 2)}`,
      }),
    send: (events, sent) => post('/v1/events', { site, sent, events }),
    async link() {
      const { body } = await post('/v1/link', { site })
      return typeof body.token === 'string' ? body.token : undefined
    },
  }
}

const systems = [
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
    5,
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1',
    4,
  ],
  ['Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36', 4],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/605.1.15',
    2,
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0', 1],
] as const
const weighted = systems.flatMap(([agent, weight]) => Array.from({ length: weight }, () => agent))

export function inventBrowser(chance: Chance, language: string): Browser {
  const address = `10.${chance.whole(0, 255)}.${chance.whole(0, 255)}.${chance.whole(1, 254)}`
  return { userAgent: chance.pick(weighted), language, address, gpc: chance.happens(0.02) }
}
