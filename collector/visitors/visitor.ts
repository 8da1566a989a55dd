/**
 * The visitor's cookie. It is the device's consent: id, purposes, notice and end under a MAC, so that no database is asked. It is never
 * renewed and never repaired: what cannot be read in full is no consent.
 */

import { randomBytes, timingSafeEqual } from 'node:crypto'
import * as z from 'zod'
import type { MacKey } from '../../infra/ports/keys.ts'
import type { Notice } from '../../schemas/config.ts'
import { DevicePurpose } from '../../schemas/consent.ts'
import { ReceiptId, VisitorId } from '../../schemas/ids.ts'
import { DAY_MS } from '../../schemas/week.ts'

export const MAX_DAYS = 395

const EpochDay = z.coerce.number().pipe(z.int().min(10_000).max(99_999))
const Visitor = z.object({
  vid: VisitorId,
  /** Days since 1970: of the first issue, and the first one on which it no longer counts. */
  first: EpochDay,
  expires: EpochDay,
  purposes: z.array(DevicePurpose).refine((purposes) => purposes.includes('P1')),
  notice: z.string(),
  /** Of the choice that stands, so that the visitor can ask for its proof. */
  receipt: ReceiptId,
})
export type Visitor = Readonly<z.infer<typeof Visitor>>

export const newVisitorId = (): VisitorId => VisitorId.parse(randomBytes(16).toString('base64url'))
export const newReceipt = (): ReceiptId => ReceiptId.parse(`r${randomBytes(16).toString('hex')}`)
export const cookieName = (site: string): string => `__Host-bauta_${site}`

const VERSION = 'b1'
const SEPARATOR = '~'

/** The cookie's value; `key` is the site's own. */
export function writeVisitor(visitor: Visitor, key: MacKey): string {
  const { vid, first, expires, purposes, notice, receipt } = visitor
  const fields = [VERSION, vid, String(first), String(expires), purposes.join(''), notice, receipt]
  return [...fields, key.mac(fields)].join(SEPARATOR)
}

/** Who issued it? Says nothing about whether it still counts. */
export function authenticate(value: string, key: MacKey): Visitor | undefined {
  const fields = value.split(SEPARATOR)
  const mac = fields.pop()
  const [version, vid, first, expires, purposes = '', notice, receipt] = fields
  if (fields.length !== 7 || version !== VERSION || !mac || !sameText(key.mac(fields), mac)) return undefined
  return Visitor.safeParse({ vid, first, expires, purposes: purposes.match(/P\d/g) ?? [], notice, receipt }).data
}

export interface Terms {
  readonly notices: ReadonlyMap<string, Notice>
  readonly now: number
}

/** Does it still count? Not after its end, and not under a notice that is unknown or retired. */
export function isEffective({ expires, first, notice }: Visitor, { notices, now }: Terms): boolean {
  const terms = notices.get(notice)
  return now < Math.min(expires, first + MAX_DAYS) * DAY_MS && terms !== undefined && !terms.retired
}

export function readVisitor(value: string | undefined, key: MacKey, terms: Terms): Visitor | undefined {
  const visitor = value === undefined ? undefined : authenticate(value, key)
  return visitor && isEffective(visitor, terms) ? visitor : undefined
}

export interface Choice {
  /** All that is granted from now on. */
  readonly purposes: readonly DevicePurpose[]
  readonly notice: string
  readonly receipt: ReceiptId
  readonly now: number
  /** Taken if one is needed. */
  readonly freshId: VisitorId
}

/**
 * Who the device is from now on. Without P1 nobody, as nothing may be stored. A withdrawal of P3 ends the id, and what remains goes on under a
 * new one, no longer than before. An id that does not go on has ended: what grew under it is to be deleted, and it is never taken up again.
 */
export function choose(current: Visitor | undefined, choice: Choice): Visitor | undefined {
  const { notice, receipt, now, freshId } = choice
  const purposes = DevicePurpose.options.filter((purpose) => choice.purposes.includes(purpose))
  if (!purposes.includes('P1')) return undefined
  const today = Math.floor(now / DAY_MS)
  const { vid, first, expires } = current ?? { vid: freshId, first: today, expires: today + MAX_DAYS }
  const ends = current?.purposes.includes('P3') && !purposes.includes('P3')
  return { vid: ends ? freshId : vid, first, expires, purposes, notice, receipt }
}

/** What a browser's own signal leaves of the purposes: GPC takes P3, DNT takes P2 too. */
export function heedSignals(
  purposes: readonly DevicePurpose[],
  signals: { readonly gpc: boolean; readonly dnt: boolean },
): DevicePurpose[] {
  const refused = signals.dnt ? ['P2', 'P3'] : signals.gpc ? ['P3'] : []
  return purposes.filter((purpose) => !refused.includes(purpose))
}

const attributes = 'Path=/; Secure; HttpOnly; SameSite=Lax'

export function setCookie(site: string, visitor: Visitor, key: MacKey, now: number): string {
  const seconds = Math.floor((visitor.expires * DAY_MS - now) / 1_000)
  return `${cookieName(site)}=${writeVisitor(visitor, key)}; Max-Age=${seconds}; ${attributes}`
}

export function clearCookie(site: string): string {
  return `${cookieName(site)}=; Max-Age=0; ${attributes}`
}

/** The value of the site's cookie. Two of that name are a forgery of at least one, and so none. */
export function findCookie(header: string | undefined, site: string): string | undefined {
  if (!header) return undefined
  const name = `${cookieName(site)}=`
  const at = cookieAt(header, name, 0)
  if (at === -1 || cookieAt(header, name, at + name.length) !== -1) return undefined
  return valueAt(header, at + name.length)
}

/** All values under the name. None of several is a consent, and each may be what its visitor takes back. */
export function findCookies(header: string | undefined, site: string): string[] {
  if (!header) return []
  const name = `${cookieName(site)}=`
  const values: string[] = []
  for (let at = cookieAt(header, name, 0); at !== -1; at = cookieAt(header, name, at + name.length))
    values.push(valueAt(header, at + name.length))
  return values
}

/** Anybody on a neighbouring host can set a cookie whose name ends like ours or whose value reads alike; neither is one of ours. */
function cookieAt(header: string, name: string, from: number): number {
  let at = header.indexOf(name, from)
  while (at !== -1 && !beginsCookie(header, at)) at = header.indexOf(name, at + name.length)
  return at
}

function beginsCookie(header: string, at: number): boolean {
  let before = at - 1
  while (before >= 0 && (header[before] === ' ' || header[before] === '\t')) before -= 1
  return before < 0 || header[before] === ';'
}

function valueAt(header: string, at: number): string {
  const end = header.indexOf(';', at)
  return header.slice(at, end === -1 ? undefined : end)
}

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
