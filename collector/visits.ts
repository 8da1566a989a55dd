/** What every visitor's request goes through before its own matter: site and origin, rates, cookie, and the browser's signals. */

import type { Answer } from '../infra/listeners/answer.ts'
import { Fault } from '../schemas/fault.ts'
import type { CollectorDeps } from './deps.ts'
import { languageReader } from './door/client.ts'
import { type Asked, type Headers, networkReader, type SlowBodies } from './door/request.ts'
import { admitVisit, type Visit } from './door/who-may-ask.ts'
import type { Append } from './gather.ts'
import type { Choices } from './visitors/choices.ts'
import type { Device, Devices } from './visitors/devices.ts'

export interface Received extends Visit {
  /** The network, all that is left of the address. */
  readonly prefix: string
  readonly language: string
  readonly region: string
  readonly signals: { readonly gpc: boolean; readonly dnt: boolean }
  /** Whose consent stands. */
  readonly device: Device | undefined
  /** To be set with the answer: the browser's signal withdrew something. */
  readonly cookie: string | undefined
}

export interface Visits {
  /**
   * Throws what the caller may see: 401, 403, 429, 503. `heed: false` leaves the signals to the route; `large` is a request that takes as much
   * work as many.
   */
  receive(
    asked: Asked,
    headers: Headers,
    site: string,
    options?: { readonly heed?: boolean; readonly large?: boolean },
  ): Promise<Received>
  /** For requests that are about no site; throws 429. */
  countNetwork(asked: Asked, headers: Headers): Promise<void>
}

/** What the routes share. */
export interface Room extends CollectorDeps {
  readonly append: Append
  readonly choices: Choices
  readonly visits: Visits
  readonly slow: SlowBodies
  readonly readable: (origin: string | undefined) => Readonly<Record<string, string>>
}

const WINDOW_SECONDS = 10

export function visitors(deps: CollectorDeps, devices: Devices, choices: Choices): Visits {
  const { cache, limits, clientAddressHeader } = deps
  const networkOf = networkReader(clientAddressHeader)
  const languageOf = languageReader()

  async function take(key: string, limit: number) {
    if (!Number.isFinite(limit)) return
    // Rates are a courtesy: where nobody counts, everyone may pass.
    if (!(await cache.take(key, limit, WINDOW_SECONDS).catch(() => true)))
      throw new Fault('rate_limited', 'too many requests; send more events in one, and fewer requests')
  }

  return {
    countNetwork: (asked, headers) => take(`rate:network:${networkOf(asked, headers)}`, limits.network),
    async receive(asked, headers, name, { heed = true, large = false } = {}) {
      const { site, server } = admitVisit(deps, name, headers)
      const prefix = networkOf(asked, headers)
      if (!server) await take(`rate:network:${prefix}`, limits.network)

      const cookies = headers('cookie')
      const issued = devices.issuedTo(site, cookies)
      const stands = issued && (await devices.counts(site, issued)) ? issued : undefined
      if (stands) await take(`rate:visitor:${stands.pseudonyms.p}`, limits.visitor)
      if (stands && large) await take(`rate:large:${stands.pseudonyms.p}`, limits.large)
      const { language, region } = languageOf(headers('accept-language') ?? '')
      const signals = { gpc: headers('sec-gpc') === '1', dnt: headers('dnt') === '1' }
      const withdrawn =
        heed && stands && (signals.gpc || signals.dnt)
          ? await choices.heed(site, stands, signals, { cookies, language })
          : undefined
      const device = withdrawn ? withdrawn.device : stands
      return { site, server, prefix, language, region, signals, device, cookie: withdrawn?.cookie }
    },
  }
}

/** JSON with the headers of the asking origin. */
export function jsonAnswer(
  headers: Readonly<Record<string, string>>,
  status: number,
  body: unknown,
  cookie?: string,
): Answer {
  const all: Record<string, string> = { 'Content-Type': 'application/json', ...headers }
  if (cookie !== undefined) all['Set-Cookie'] = cookie
  return { status, headers: all, body: JSON.stringify(body) }
}
