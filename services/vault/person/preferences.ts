/** What a person sees of their consents on their own page, and what a click there does. */

import type { Notice } from '../../../schemas/config.ts'
import { effective, type Fact } from '../../../schemas/consent.ts'
import { Fault } from '../../../schemas/fault.ts'
import type { ContactRef } from '../../../schemas/ids.ts'
import { type LedgerEntry, standingOf, termsOf } from '../../../schemas/ledger.ts'
import { noticeOf, proofOf } from '../evidence.ts'
import { readEntries } from '../ledger.ts'
import type { Language } from '../pages/words.ts'
import type { PersonDeps } from '../person-deps.ts'
import { object, say, withdraw } from '../say.ts'

export const acts = ['withdraw_P4', 'withdraw_P5', 'withdraw_P6', 'object_P4', 'object_all', 'grant_P4'] as const
export type Act = (typeof acts)[number]

export interface Preferences {
  readonly facts: readonly Fact[]
  /** Under which the merge can be agreed to again. */
  readonly mergeNotice: { readonly version: string; readonly language: string; readonly text: string } | undefined
}

export async function readPreferences(
  { vault, config, clock }: PersonDeps,
  contact: ContactRef,
  language: Language,
): Promise<Preferences> {
  const entries = await readEntries(vault, contact)
  const { facts } = standingOf(entries, termsOf(config, clock()))
  // After an objection to everything a click here would not count, so it is not offered.
  const closed = effective(facts, 'P4') === 'erased' || objectedToAll(entries, facts)
  return { facts, mergeNotice: closed ? undefined : mergeNoticeFor({ config }, entries, language) }
}

function objectedToAll(entries: readonly LedgerEntry[], facts: readonly Fact[]): boolean {
  return (
    effective(facts, 'P4') === 'objected' &&
    entries.some(({ kind, purpose }) => kind === 'objected' && purpose === 'all')
  )
}

/** One that is shown now, of the site whose notice was agreed to before, else of the first that has one. */
function mergeNoticeFor(
  { config }: Pick<PersonDeps, 'config'>,
  entries: readonly LedgerEntry[],
  language: Language,
): Preferences['mergeNotice'] {
  const before = entries.findLast(({ purpose, notice }) => purpose === 'P4' && notice !== undefined)?.notice
  const site = before === undefined ? undefined : noticeOf(config, before)?.site
  const sites = Object.entries(config.sites).sort(([a], [b]) => Number(b === site) - Number(a === site))
  const current = ({ purposes, retired }: Notice) => purposes.includes('P4') && !retired
  for (const [, { notices }] of sites) {
    const notice = notices.findLast(current)
    const [first] = Object.keys(notice?.text ?? {})
    const shown = notice && Object.hasOwn(notice.text, language) ? language : first
    const text = notice?.text[shown ?? '']
    if (notice && shown && text !== undefined) return { version: notice.version, language: shown, text }
  }
  return undefined
}

export async function act(
  deps: PersonDeps,
  contact: ContactRef,
  wish: Act,
  language: Language,
  ip: string,
): Promise<void> {
  if (wish === 'object_P4') return object(deps, contact, 'P4')
  if (wish === 'object_all') return object(deps, contact, 'all')
  if (wish !== 'grant_P4') return withdraw(deps, contact, wish.slice(-2) as 'P4' | 'P5' | 'P6', 'preferences')
  const { mergeNotice: notice } = await readPreferences(deps, contact, language)
  if (!notice) throw new Fault('conflict', 'the merge cannot be agreed to here')
  const proof = proofOf(deps.config, deps.keys.proof, contact, {
    notice: notice.version,
    language: notice.language,
    formUrl: new URL('/preferences', deps.config.person.url).href,
    confirmed: { at: new Date(deps.clock()).toISOString(), ip },
  })
  const grant = { contact, kind: 'granted', purpose: 'P4', voice: 'person', method: 'preferences' } as const
  await say(deps, { ...grant, notice: notice.version, proof })
}
