/** The token a page hands to a sign-up form: P, sealed to activation by the collector. The vault sees its shape and age, never what is inside. */

import * as z from 'zod'
import { Name } from './ids.ts'

export const LINK_TOKEN_SECONDS = 3_600

/**
 * `bauta1.<site>.<nonce>.<expires>.<sealed>`: the nonce is 128 random bits and good for one use, `expires` seconds since 1970, `sealed` what
 * WebKeys.link made of P with `linkTokenAad`. All tokens of a site have the same length, also those that lead to nobody.
 */
export const LinkToken = z.strictObject({
  site: Name,
  nonce: z.string().regex(/^[\w-]{22}$/),
  expires: z.int().min(1_000_000_000).max(9_999_999_999),
  sealed: z.string().regex(/^[\w-]{20,1000}$/),
})
export type LinkToken = z.infer<typeof LinkToken>

/** `undefined` for whatever is no token; says nothing about its age. */
export function parseLinkToken(text: string): LinkToken | undefined {
  const [version, site, nonce, expires = '', sealed, ...rest] = text.split('.')
  if (version !== 'bauta1' || rest.length > 0 || !/^\d{10}$/.test(expires)) return undefined
  return LinkToken.safeParse({ site, nonce, expires: Number(expires), sealed }).data
}

export function formatLinkToken({ site, nonce, expires, sealed }: LinkToken): string {
  return `bauta1.${site}.${nonce}.${expires}.${sealed}`
}

/** Good for an hour. One that claims longer was not made by a collector. */
export function isFreshLinkToken({ expires }: Pick<LinkToken, 'expires'>, now: number): boolean {
  const left = expires - now / 1_000
  return left > 0 && left <= LINK_TOKEN_SECONDS
}

/** What the seal is bound to, so that no part of a token can be changed. */
export function linkTokenAad({ site, nonce, expires }: Omit<LinkToken, 'sealed'>): string[] {
  return ['link', site, nonce, String(expires)]
}
