/** Names for pages that a mail leads to: random, good for one page, until a time, and made only here. Neither address nor contact stands in them. */

import { timingSafeEqual } from 'node:crypto'
import type { MacKey } from '../../infra/ports/keys.ts'

export type Page = 'confirm' | 'unsubscribe' | 'preferences'

/** `id` is a random UUID, the key of a row. */
export function pageToken(key: MacKey, page: Page, id: string, expiresAt: number): string {
  const name = Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url')
  const expires = Math.floor(expiresAt / 1_000).toString(36)
  return `${name}.${expires}.${key.mac([page, name, expires])}`
}

/** The row's id; `undefined` for a token that was made up, changed, meant for another page, or is too old. */
export function readPageToken(key: MacKey, page: Page, token: string, now: number): string | undefined {
  const [, name = '', expires = '', mac = ''] = /^([\w-]{22})\.([0-9a-z]{1,10})\.([0-9a-f]{32})$/.exec(token) ?? []
  if (name === '' || !timingSafeEqual(Buffer.from(mac), Buffer.from(key.mac([page, name, expires])))) return undefined
  if (Number.parseInt(expires, 36) * 1_000 <= now) return undefined
  const hex = Buffer.from(name, 'base64url').toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
