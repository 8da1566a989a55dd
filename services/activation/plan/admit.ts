/** What a contact may be used for: which steps of the waterfall it passes before the web side is looked at. It does no I/O. */

import type { Waterfall } from '../../../schemas/audience.ts'
import { effective, type Fact, type Purpose } from '../../../schemas/consent.ts'
import type { Address, CrmText } from '../../../schemas/contact.ts'
import type { ContactRef } from '../../../schemas/ids.ts'
import { type LedgerEntry, type LedgerTerms, standingOf } from '../../../schemas/ledger.ts'

/** A contact of the selection, with what was said by it or about it. */
export interface Contact {
  readonly ref: ContactRef
  readonly address: Address | undefined
  readonly locked: boolean
  readonly suppressed: boolean
  /** Its address as suppressions know it, so that a later one finds it. */
  readonly mailHash: string | undefined
  /** CRM fields that may go along, and no others. */
  readonly fields: Readonly<Record<string, CrmText>>
  /** By sequence. */
  readonly entries: readonly LedgerEntry[]
}

/** A contact that agreed to mail and merge: all that activation keeps of one. */
export interface Person {
  readonly ref: ContactRef
  readonly address: Address | undefined
  readonly mailHash: string | undefined
  readonly fields: Readonly<Record<string, CrmText>>
  readonly facts: readonly Fact[]
  /** The first ISO week the merge covers. */
  readonly from: number
  /** Links made under an earlier entry of the ledger ended with a withdrawal. */
  readonly since: number
  /** Versions of the notices it agreed to. */
  readonly notices: readonly string[]
}

export interface Terms {
  /** A notice that does not name the destination agrees to nothing here. */
  readonly mail: LedgerTerms
  /** Nor does one of another site. */
  readonly merge: LedgerTerms
  readonly recipient: 'id' | 'address'
}

export type Step = Extract<keyof Waterfall, 'selected' | 'notLocked' | 'notSuppressed' | 'mayMail' | 'mayMerge'>
const steps: readonly Step[] = ['selected', 'notLocked', 'notSuppressed', 'mayMail', 'mayMerge']

export interface Admission {
  /** The last step it passes. */
  readonly reached: Step
  /** Of who passes all. */
  readonly person?: Person
}

export function admit(contact: Contact, terms: Terms): Admission {
  const { ref, address, mailHash, fields, entries } = contact
  if (contact.locked) return { reached: 'selected' }
  if (contact.suppressed) return { reached: 'notLocked' }
  const unreachable = terms.recipient === 'address' && address === undefined
  const mail = standingOf(entries, terms.mail)
  if (unreachable || effective(mail.facts, 'P5') !== 'granted') return { reached: 'notSuppressed' }
  const merge = standingOf(entries, terms.merge)
  if (!merge.merge) return { reached: 'mayMail' }
  const person: Person = {
    ref,
    address,
    mailHash,
    fields,
    facts: [...of('P5', mail.facts), ...of('P4', merge.facts)],
    from: merge.merge.from,
    since: merge.merge.sequence,
    notices: [noticeOf(entries, 'P4', terms.merge), noticeOf(entries, 'P5', terms.mail)].filter(
      (each) => each !== undefined,
    ),
  }
  return { reached: 'mayMerge', person }
}

export type Counts = Pick<Waterfall, Step>
export const noCounts: Counts = { selected: 0, notLocked: 0, notSuppressed: 0, mayMail: 0, mayMerge: 0 }

/** The counts with one more contact, which passes all steps up to the one it reached. */
export function counted(counts: Counts, reached: Step): Counts {
  const passed = steps.slice(0, steps.indexOf(reached) + 1)
  return { ...counts, ...Object.fromEntries(passed.map((step) => [step, counts[step] + 1])) }
}

function of(wanted: Purpose, facts: readonly Fact[]): Fact[] {
  return facts.filter(({ purpose }) => purpose === wanted)
}

/** The newest that the terms know. */
function noticeOf(entries: readonly LedgerEntry[], wanted: 'P4' | 'P5', { notices }: LedgerTerms): string | undefined {
  const knows = (notice = '') => Object.hasOwn(notices, notice)
  return entries.findLast(({ purpose, kind, notice }) => purpose === wanted && kind === 'granted' && knows(notice))
    ?.notice
}
