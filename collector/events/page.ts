/** What may be known of a page's address: the path without what identifies, the campaign, the host it was reached from. */

import ipaddr from 'ipaddr.js'
import type { CountryCode } from 'libphonenumber-js'
import { type BoundedMap, boundedMap } from '../../infra/bounded-map.ts'
import type { SiteConfig } from '../../schemas/config.ts'
import { looksIdentifying } from './identifying.ts'
import { globPattern, type InterestRules } from './interest-rules.ts'
import { containsPersonalData } from './personal-data.ts'

export interface Page {
  /** As it is stored: of the query what the site allows, and `:id` in place of what identifies. */
  readonly path: string
  /** `source/medium/campaign`, or `''`. */
  readonly campaign: string
  /** Opened from a mail: an act that the person side dates too. */
  readonly fromMail: boolean
  readonly neverProfiled: boolean
  readonly rules: ReturnType<InterestRules['ofPath']>
}

export interface PageReader {
  /** `undefined` for what is no page of the site. */
  page(url: string): Page | undefined
  /** Host of the other site it was reached from; `''` for the site itself. */
  referrer(url: string | undefined): string
}

export type PageSettings = Pick<SiteConfig, 'origins' | 'hashRoutes' | 'query' | 'neverProfiled'> & {
  readonly rules: InterestRules
  readonly country: CountryCode
}

const PLACEHOLDER = ':id'
const MAX_PATH = 512
/** Of one address. Looking for personal data takes its time, and no page of a site needs more. */
const MAX_EXAMINED = 768
/** Remembered, for most views are of few pages. Long addresses are not: they are rare, and might crowd out the rest. */
const KNOWN_PAGES = 4_000
const MAX_KNOWN_CHARS = 300

const mailMediums = new Set(['email', 'e-mail', 'mail', 'newsletter'])
/** Identifiers of one recipient that senders put into links. */
const clickIds = (
  'mc_eid mc_cid mkt_tok _hsenc _hsmi vero_id oly_enc_id oly_anon_id ck_subscriber_id bsft_uid bsft_clkid sib_id ml_subscriber ' +
  'ml_subscriber_hash _ke _kx trk_contact trk_msg rb_clickid sc_uid cm_mmc elqtrackid dm_i'
).split(' ')

export function pageReader(settings: PageSettings): PageReader {
  const { rules, country, hashRoutes } = settings
  const origins = new Set(settings.origins.map((origin) => new URL(origin).origin))
  const hosts = new Set([...origins].map((origin) => bareHost(new URL(origin))))
  const excluded = settings.neverProfiled.map(globPattern)
  const pages = boundedMap<Page>(KNOWN_PAGES)
  const referrers = boundedMap<string>(KNOWN_PAGES)

  /** Of one address: what comes too late to be looked at is not believed. */
  function cleaner(): (piece: string) => string {
    let left = MAX_EXAMINED
    return (piece) => {
      left -= piece.length
      return left < 0 && piece !== '' ? PLACEHOLDER : cleanPiece(piece, country)
    }
  }

  function page(address: string): Page | undefined {
    const url = parsedUrl(address)
    if (!url || !origins.has(url.origin)) return undefined
    const hash = hashRoutes && url.hash.startsWith('#/') ? (url.hash.split('?')[0] ?? '') : ''
    const route = decoded(url.pathname + hash)
    const clean = cleaner()
    const cleanPath = (segments: string) => segments.split('/').map(clean).join('/')
    const kept = settings.query.flatMap((name) => {
      const value = url.searchParams.get(name)
      return value === null ? [] : [`${name}=${clean(encodeURIComponent(value))}`]
    })
    const path = cutText(cleanPath(url.pathname) + (hash && `#${cleanPath(hash.slice(1))}`), MAX_PATH)
    return {
      path: kept.length > 0 ? `${path}?${kept.join('&')}` : path,
      campaign: campaignOf(url.searchParams, country),
      fromMail: isFromMail(url.searchParams),
      neverProfiled: route === undefined || excluded.some((pattern) => pattern.test(route)),
      rules: route === undefined ? [] : rules.ofPath(route),
    }
  }
  function referrer(address: string): string {
    const url = parsedUrl(address)
    if (!url || !/^https?:$/.test(url.protocol) || url.username) return ''
    const host = bareHost(url)
    return hosts.has(host) ? '' : cleanHost(host, country)
  }
  return {
    page: (url) => remembered(pages, url, page),
    referrer: (url) => (url ? (remembered(referrers, url, referrer) ?? '') : ''),
  }
}

function remembered<V>(known: BoundedMap<V>, key: string, make: (key: string) => V | undefined): V | undefined {
  const before = known.get(key)
  if (before !== undefined) return before
  const made = make(key)
  if (made !== undefined && key.length <= MAX_KNOWN_CHARS) known.set(key, made)
  return made
}

/** No character is cut in half: what is left of one is in no text that a store takes. */
function cutText(text: string, most: number): string {
  return text.slice(0, most).replace(/\p{Surrogate}$/u, '')
}

/** One segment or value, still encoded. What cannot be decoded cannot be judged. */
function cleanPiece(piece: string, country: CountryCode): string {
  const text = decoded(piece)
  if (text === undefined || looksIdentifying(text) || containsPersonalData(text, country)) return PLACEHOLDER
  return text.replace(/[\s%/?#&=\p{C}]/gu, encodeURIComponent)
}

function parsedUrl(address: string): URL | undefined {
  try {
    return new URL(address)
  } catch {
    return undefined
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const CAMPAIGN_PART = /^[a-z0-9._-]{1,64}$/i

function campaignOf(query: URLSearchParams, country: CountryCode): string {
  const parts = ['utm_source', 'utm_medium', 'utm_campaign'].map((name) => {
    const part = query.get(name) ?? ''
    // Judged as it came: in lower case a code may look like a word.
    return CAMPAIGN_PART.test(part) && cleanPiece(part, country) === part ? part.toLowerCase() : ''
  })
  return parts.some((part) => part !== '') ? parts.join('/') : ''
}

function isFromMail(query: URLSearchParams): boolean {
  return mailMediums.has(query.get('utm_medium')?.toLowerCase() ?? '') || clickIds.some((name) => query.has(name))
}

const bareHost = (url: URL): string => url.hostname.replace(/^www\./, '')

/** A host has lost its capitals, by which codes are told from words otherwise. */
const HOST_CODE = /^(?=.*\d)[a-z\d_]{12,}$/

/** A label that identifies is cut with all before it; a bare address of a machine names nobody's site. */
function cleanHost(host: string, country: CountryCode): string {
  if (host.startsWith('[') || ipaddr.IPv4.isValid(host)) return ''
  const labels = host.split('.')
  const from = labels.findLastIndex((label) => looksIdentifying(label) || HOST_CODE.test(label)) + 1
  const kept = labels.slice(from).join('.')
  const named = from === 0 || kept.includes('.')
  return named && !containsPersonalData(kept, country) ? kept : ''
}
