/** The consent ledger: what a contact said, in the order we learnt it, and what of it stands. */

import * as z from 'zod'
import { ContactPurpose, type Fact } from './consent.ts'
import { ContactRef } from './ids.ts'
import { DAY_MS, weekOf } from './week.ts'

/** Who says it. A later word of the person lifts an objection; nobody else's does. */
export const Voice = z.enum(['person', 'import', 'operator', 'esp', 'device'])
export type Voice = z.infer<typeof Voice>

/** How the person said it: a grant of e-mail counts as explicit by double opt-in, any other on the person's own pages too. */
export const Method = z.enum(['double_opt_in', 'preferences', 'one_click', 'import', 'api', 'feedback', 'erasure'])

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

/** What a notice means for the merge, from the configuration. */
export interface NoticeTerms {
  readonly scope: 'existing' | 'from_grant'
  /** No longer shown, and what was granted under it no longer counts. */
  readonly retired: boolean
}

export interface LedgerTerms {
  readonly notices: Readonly<Record<string, NoticeTerms>>
  readonly now: number
  /** Months after which a grant has run out. */
  readonly months: number
}

/** A grant that runs out within a day of the run counts as expired. */
const EXPIRY_MARGIN_MS = DAY_MS
const MONTH_MS = 30.4375 * DAY_MS

export interface Standing {
  readonly facts: readonly Fact[]
  /** Of the grant of P4 that stands: the ledger's sequence, and the first ISO week the merge covers. */
  readonly merge?: { readonly sequence: number; readonly from: number }
}

/**
 * What stands of one contact's entries, given in sequence. A negative stays until the same person grants the same purpose again; no import,
 * operator or device lifts it. Erasure stays for ever.
 */
export function standingOf(entries: readonly LedgerEntry[], terms: LedgerTerms): Standing {
  const facts: Fact[] = []
  let merge: Standing['merge']
  for (const purpose of ContactPurpose.options) {
    let said: LedgerEntry | undefined
    for (const entry of entries) {
      if (entry.purpose !== purpose && entry.purpose !== 'all') continue
      if (entry.kind === 'granted' && said && said.kind !== 'granted' && !lifts(entry, said)) continue
      // Of two negatives the stronger stays, so that withdrawing after an objection does not soften it.
      if (said && strength[said.kind] > strength[entry.kind] && entry.kind !== 'granted') continue
      said = entry
    }
    if (!said) continue
    if (said.kind !== 'granted') {
      facts.push({ purpose, state: said.kind })
      continue
    }
    const notice = said.notice === undefined ? undefined : terms.notices[said.notice]
    const ranOut = Date.parse(said.at) + terms.months * MONTH_MS - EXPIRY_MARGIN_MS <= terms.now
    if (!notice || notice.retired || ranOut) {
      facts.push({ purpose, state: 'expired' })
      continue
    }
    facts.push({ purpose, state: 'granted' })
    if (purpose === 'P4')
      merge = { sequence: said.sequence, from: notice.scope === 'existing' ? 0 : weekOf(Date.parse(said.at)) + 1 }
  }
  return merge ? { facts, merge } : { facts }
}

const strength: Record<LedgerKind, number> = { granted: 0, withdrawn: 1, objected: 2, erased: 3 }

function lifts(grant: LedgerEntry, negative: LedgerEntry): boolean {
  if (negative.kind === 'erased' || grant.voice !== 'person') return false
  // An objection to everything reaches the mailbox: only a mail that was answered shows that the person is back.
  return negative.purpose !== 'all' || grant.method === 'double_opt_in'
}
