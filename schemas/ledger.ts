/** The consent ledger: what a contact said, in the order we learnt it, and what of it stands. */

import * as z from 'zod'
import type { BautaConfig } from './config.ts'
import { ContactPurpose, type Fact, type Purpose } from './consent.ts'
import { ContactRef } from './ids.ts'
import { DAY_MS, weekOf } from './week.ts'

/** Who says it. A later word of the person lifts an objection; nobody else's does. */
export const Voice = z.enum(['person', 'import', 'operator', 'esp', 'device'])
export type Voice = z.infer<typeof Voice>

/**
 * How the person said it: a grant of e-mail counts as explicit by double opt-in, any other on the person's own pages too. `address_changed`
 * was said by nobody: the CRM gave the contact another address, and what was agreed to from the old one ended.
 */
export const Method = z.enum([
  'double_opt_in',
  'preferences',
  'one_click',
  'import',
  'api',
  'feedback',
  'erasure',
  'address_changed',
])

/** What stands behind a grant: enough to show it again in court. */
export const Proof = z.strictObject({
  notice: z.string(),
  /** SHA-256 of the text. */
  noticeHash: z.string().regex(/^[0-9a-f]{64}$/),
  noticeText: z.string(),
  language: z.string(),
  formUrl: z.string(),
  /** Of the request, the mail and the confirmation: when, and the IP sealed. */
  requested: z.strictObject({ at: z.iso.datetime(), ip: z.string() }).optional(),
  mailed: z.strictObject({ at: z.iso.datetime(), messageId: z.string() }).optional(),
  confirmed: z.strictObject({ at: z.iso.datetime(), ip: z.string() }).optional(),
})
export type Proof = z.infer<typeof Proof>

export const LedgerKind = z.enum(['granted', 'withdrawn', 'objected', 'erased'])
export type LedgerKind = z.infer<typeof LedgerKind>

/** One entry. `all` is said of objections to marketing or profiling as such, and of erasure. */
export const LedgerEntry = z.strictObject({
  sequence: z.int().positive(),
  contact: ContactRef,
  kind: LedgerKind,
  purpose: z.union([ContactPurpose, z.literal('all')]),
  voice: Voice,
  method: Method,
  /** When we learnt it. */
  at: z.iso.datetime(),
  /** When it is said to have happened; for a negative, how far back a recall reaches. */
  claimedAt: z.iso.datetime().optional(),
  notice: z.string().optional(),
})
export type LedgerEntry = z.infer<typeof LedgerEntry>

/** What a notice means for the consents given under it, from the configuration. */
export interface NoticeTerms {
  readonly purposes: readonly Purpose[]
  readonly scope: 'existing' | 'from_grant'
  /** No longer shown, and what was granted under it no longer counts. */
  readonly retired: boolean
}

export interface LedgerTerms {
  /** By version. A grant under any other notice does not count. */
  readonly notices: Readonly<Record<string, NoticeTerms>>
  readonly now: number
  /** Months after which a grant has run out. */
  readonly months: number
}

/** The terms of all notices, or of those of one site, or of those that name one recipient. */
export function termsOf(
  { sites, policies }: Pick<BautaConfig, 'sites' | 'policies'>,
  now: number,
  only: { readonly site?: string; readonly recipient?: string } = {},
): LedgerTerms {
  const notices = Object.entries(sites)
    .filter(([site]) => only.site === undefined || site === only.site)
    .flatMap(([, each]) => each.notices)
    .filter(({ recipients }) => only.recipient === undefined || recipients.includes(only.recipient))
  return {
    notices: Object.fromEntries(notices.map((notice) => [notice.version, notice])),
    now,
    months: policies.consentMonths,
  }
}

/** A grant that runs out within a day of the run counts as expired. */
const EXPIRY_MARGIN_MS = DAY_MS
const MONTH_MS = 30.4375 * DAY_MS

export interface Standing {
  readonly facts: readonly Fact[]
  /**
   * Since which entry the merge is agreed to without a break, and the first ISO week it covers. A link is covered if it was made under
   * this entry or a later one: links from before a withdrawal stay dead when the person agrees again.
   */
  readonly merge?: { readonly sequence: number; readonly from: number }
}

/**
 * What stands of one contact's entries, given in sequence. A negative stays until the same person grants the same purpose again; no import,
 * operator, ESP or device lifts it. Erasure stays for ever.
 */
export function standingOf(entries: readonly LedgerEntry[], terms: LedgerTerms): Standing {
  const facts: Fact[] = []
  let merge: Standing['merge']
  const erased = entries.some(({ kind }) => kind === 'erased')
  for (const purpose of ContactPurpose.options) {
    if (erased) {
      facts.push({ purpose, state: 'erased' })
      continue
    }
    const { negative, grants } = lastWords(entries, purpose)
    if (negative) {
      facts.push({ purpose, state: negative.purpose === 'all' ? 'objected' : negative.kind })
      continue
    }
    if (grants.length === 0) continue
    const valid = grants.filter((grant) => counts(grant, purpose, terms))
    facts.push({ purpose, state: valid.length > 0 ? 'granted' : 'expired' })
    const [first] = valid
    // A renewal takes nothing back: the widest of the grants that still count holds.
    if (purpose === 'P4' && first)
      merge = { sequence: first.sequence, from: Math.min(...valid.map((grant) => firstWeek(grant, terms))) }
  }
  return merge ? { facts, merge } : { facts }
}

/** The negative that nothing has lifted, or else the grants since the last one. */
function lastWords(entries: readonly LedgerEntry[], purpose: ContactPurpose) {
  let negative: LedgerEntry | undefined
  let grants: LedgerEntry[] = []
  for (const entry of entries) {
    if (entry.purpose !== purpose && entry.purpose !== 'all') continue
    if (entry.kind !== 'granted') {
      grants = []
      // Of two negatives the one that is harder to lift stays, so that withdrawing after an objection does not soften it.
      if (!negative || hardness(entry) >= hardness(negative)) negative = entry
    } else if (mayGrant(entry) && (!negative || lifts(entry, negative))) {
      negative = undefined
      grants.push(entry)
    }
  }
  return { negative, grants }
}

function hardness({ purpose, kind }: LedgerEntry): number {
  return purpose === 'all' ? 2 : kind === 'objected' ? 1 : 0
}

/** Nobody grants everything at once, and neither an ESP nor a device speaks for a contact's consent. */
function mayGrant({ purpose, voice }: LedgerEntry): boolean {
  return purpose !== 'all' && (voice === 'person' || voice === 'import' || voice === 'operator')
}

/** Explicitly, by the person. E-mail and what follows an objection to everything need a mail that was answered. */
function lifts(grant: LedgerEntry, negative: LedgerEntry): boolean {
  if (grant.voice !== 'person') return false
  if (grant.method === 'double_opt_in') return true
  return grant.method === 'preferences' && negative.purpose !== 'all' && grant.purpose !== 'P5'
}

function counts(grant: LedgerEntry, purpose: ContactPurpose, { notices, now, months }: LedgerTerms): boolean {
  const notice = grant.notice === undefined ? undefined : notices[grant.notice]
  // A consent that came late, by an import, is as old as it says.
  const given = Math.min(Date.parse(grant.at), Date.parse(grant.claimedAt ?? grant.at))
  return (
    notice !== undefined &&
    !notice.retired &&
    notice.purposes.includes(purpose) &&
    given + months * MONTH_MS - EXPIRY_MARGIN_MS > now
  )
}

function firstWeek(grant: LedgerEntry, { notices }: LedgerTerms): number {
  const scope = notices[grant.notice ?? '']?.scope
  return scope === 'existing' ? 0 : weekOf(Date.parse(grant.at)) + 1
}
