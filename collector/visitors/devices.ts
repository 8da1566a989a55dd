/** From a request's cookie to the device behind it: who issued it, does it still count, did its id end. */

import { boundedMap } from '../../infra/bounded-map.ts'
import { Fault } from '../../schemas/fault.ts'
import type { CollectorDeps } from '../deps.ts'
import type { KnownVisitor } from '../events/admit.ts'
import type { Site } from '../site.ts'
import { type Pseudonyms, pseudonymsOf } from './pseudonyms.ts'
import { authenticate, findCookie, findCookies, isEffective, type Visitor } from './visitor.ts'

export interface Device {
  readonly visitor: Visitor
  readonly pseudonyms: Pseudonyms
  /** As admission sees it. */
  readonly known: KnownVisitor
}

/** Also what counts no more, or cannot be told apart from a forgery: no consent, but there to be ended and cleared. */
export interface Carried {
  /** A cookie of the site's name, whatever it says. */
  readonly some: boolean
  /** Each once. */
  readonly devices: readonly Device[]
}

export interface Devices {
  /** Whoever the cookie was issued to, also when it counts no more. */
  issuedTo(site: Site, cookies: string | undefined): Device | undefined
  /** All that a request brings of the site's cookies. */
  carriedBy(site: Site, cookies: string | undefined): Carried
  /** Does it count as consent, now? Throws `consent_unreadable` when that cannot be known. */
  counts(site: Site, device: Device): Promise<boolean>
  describe(site: Site, visitor: Visitor): Device
}

const KNOWN_DEVICES = 20_000

export function devicesOf({ sites, keys, log, refused, clock }: CollectorDeps): Devices {
  /** By site. Only cookies whose MAC was right get in, by their whole value: looked up, they are as good as checked. */
  const known = new Map([...sites.keys()].map((site) => [site, boundedMap<Device>(KNOWN_DEVICES)]))

  function describe({ name }: Site, visitor: Visitor): Device {
    const { purposes, notice, expires, vid } = visitor
    const pseudonyms = pseudonymsOf(keys, log.partitions, name, vid)
    return { visitor, pseudonyms, known: { purposes, notice, expires, pseudonyms } }
  }
  function deviceOf(site: Site, value: string): Device | undefined {
    const before = known.get(site.name)?.get(value)
    if (before) return before
    const own = copyOf(value)
    const visitor = authenticate(own, keys.cookie(site.name))
    if (!visitor) return undefined
    const device = describe(site, visitor)
    known.get(site.name)?.set(own, device)
    return device
  }
  return {
    describe,
    issuedTo(site, cookies) {
      const value = findCookie(cookies, site.name)
      return value ? deviceOf(site, value) : undefined
    },
    carriedBy(site, cookies) {
      const values = findCookies(cookies, site.name)
      const issued = new Map<string, Device>()
      for (const value of values) {
        const device = deviceOf(site, value)
        if (device) issued.set(device.visitor.vid, device)
      }
      return { some: values.length > 0, devices: [...issued.values()] }
    },
    async counts({ notices }, { visitor, pseudonyms }) {
      if (!isEffective(visitor, { notices, now: clock() })) return false
      try {
        return !(await refused.has(pseudonyms.p))
      } catch (cause) {
        throw new Fault('consent_unreadable', 'withdrawals cannot be read, so no consent counts', { cause })
      }
    },
  }
}

/** A part of a string holds the whole of it in memory, and a header holds all the other cookies of its visitor. */
function copyOf(text: string): string {
  return Buffer.from(text).toString()
}
