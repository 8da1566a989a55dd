/** The web side's keyring. Day keys stand in a file of their own, which no backup takes. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../schemas/fault.ts'
import { DAY_MS, dayOf } from '../../schemas/week.ts'
import type { MacKey, WebKeys } from '../ports/keys.ts'
import { type KeyBytes, macKey } from './handles.ts'
import { sealerTo } from './hpke.ts'
import { type KeyInfo, openKeyring } from './keyring.ts'

export interface WebKeyring {
  readonly keys: WebKeys
  /** Makes the keys of yesterday, as events may be a day old on the first day too, of today and of tomorrow; destroys those of days that ended 48 hours ago. */
  turnDays(now: number): void
  list(): readonly KeyInfo[]
}

export interface KeyringOptions {
  readonly directory: string
  /** Where public halves lie for processes that may have no more; the directory itself unless said otherwise. */
  readonly publicDirectory?: string
  readonly kek: Buffer
  readonly sites: readonly string[]
  readonly clock: () => number
}

export const LINK_PUBLIC_KEY = 'link.pub'
export const TOKEN_PUBLIC_KEY = 'token.pub'

export async function openWebKeyring({
  directory,
  publicDirectory = directory,
  kek,
  sites,
  clock,
}: KeyringOptions): Promise<WebKeyring> {
  const lasting = openKeyring(join(directory, 'web.json'), kek, clock)
  const days = openKeyring(join(directory, 'web-days.json'), kek, clock)
  const perSite = (use: string) => handles(sites.map((site) => [site, lasting.current(use, site)]))
  const cookie = perSite('cookie')
  const interest = perSite('interest')
  let events = new Map<string, MacKey>()

  function turnDays(now: number) {
    days.reload()
    for (const site of sites)
      for (const day of [now - DAY_MS, now, now + DAY_MS]) days.current('event', `${site} ${dayOf(day)}`)
    // The day ended a day after it began, and 48 hours more have passed.
    const last = dayOf(now - 3 * DAY_MS)
    const over = days.list().filter(({ scope }) => (scope.split(' ')[1] ?? '') <= last)
    days.destroy(over.map(({ id }) => id))
    events = new Map(
      days.list().flatMap(({ use, scope }) => {
        const key = days.find(use, scope)
        return key ? [[scope, macKey(key)] as const] : []
      }),
    )
  }
  turnDays(clock())

  const publicKey = join(publicDirectory, LINK_PUBLIC_KEY)
  if (!existsSync(publicKey))
    throw new Fault(
      'keys_unusable',
      `${publicKey} is not there; activation and the vault write it when they first open their keys: start one of them first`,
    )
  return {
    turnDays,
    list: () => [...lasting.list(), ...days.list()],
    keys: {
      cookie: (site) => of(cookie, site),
      interest: (site) => of(interest, site),
      event: (site, day) => events.get(`${site} ${day}`),
      route: macKey(lasting.current('route', '')),
      dedup: macKey(lasting.current('dedup', '')),
      link: await sealerTo(Buffer.from(readFileSync(publicKey, 'utf8'), 'base64')),
    },
  }
}

function handles(keys: [string, KeyBytes][]): ReadonlyMap<string, MacKey> {
  return new Map(keys.map(([site, key]) => [site, macKey(key)]))
}

function of(keys: ReadonlyMap<string, MacKey>, site: string): MacKey {
  const key = keys.get(site)
  if (!key) throw new RangeError('a key was asked for a site that is not configured')
  return key
}
