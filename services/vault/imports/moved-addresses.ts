/**
 * What follows when the CRM gives a contact another address. Who agreed to mail did so from the old one, and perhaps is somebody else: that
 * ends. What was refused from the old address stays with it, under whatever contact it comes back.
 */

import type { SqlSession } from '../../../infra/ports/sql.ts'
import type { BautaConfig } from '../../../schemas/config.ts'
import { ContactPurpose, effective } from '../../../schemas/consent.ts'
import type { ContactRef } from '../../../schemas/ids.ts'
import { standingOf, termsOf } from '../../../schemas/ledger.ts'
import { appendEntries, holdLedger, type ProvenEntry, readProvenLedgers, type Saying } from '../ledger.ts'
import { deletePageTokensOf } from '../queries/pending.ts'
import { isRefused, type Refusal, type Suppressions } from '../suppression.ts'

export interface MovedDeps {
  readonly config: Pick<BautaConfig, 'sites' | 'policies'>
  readonly clock: () => number
  readonly suppressions: Suppressions
}

export interface Moved {
  readonly contact: ContactRef
  /** By their keys; `null` for none. */
  readonly from: string | null
  readonly to: string | null
}

/**
 * Within the transaction that has written the contacts: their rows are locked before the ledger, as a person's own word locks them. Answers
 * with the contacts of whom a consent ended.
 */
export async function followAddresses(
  deps: MovedDeps,
  session: SqlSession,
  moved: readonly Moved[],
): Promise<ReadonlySet<ContactRef>> {
  if (moved.length === 0) return new Set()
  await holdLedger(session)
  const ledgers = await readProvenLedgers(
    session,
    moved.map(({ contact }) => contact),
  )
  const refused = await deps.suppressions.refusedBy(
    session,
    moved.flatMap(({ to }) => to ?? []),
  )
  const terms = termsOf(deps.config, deps.clock())
  const sayings: Saying[] = []
  for (const { contact, from, to } of moved) {
    const entries = ledgers.get(contact) ?? []
    if (from !== null)
      for (const [what, reason] of refusalsIn(entries, deps))
        await deps.suppressions.refuse(session, from, what, reason)
    const { facts } = standingOf(entries, terms)
    for (const purpose of ContactPurpose.options) {
      // One that ran out counts again once its notice does.
      if (!['granted', 'expired'].includes(effective(facts, purpose))) continue
      const ends = from !== null && isOfAddress(entries, purpose)
      if (ends || isRefused(refused.get(to ?? ''), purpose))
        sayings.push({ contact, kind: 'withdrawn', purpose, voice: 'import', method: 'address_changed' })
    }
  }
  const left = moved.filter(({ from }) => from !== null)
  await session.run(deletePageTokensOf, { contacts: JSON.stringify(left.map(({ contact }) => contact)) })
  await appendEntries(session, sayings, deps.clock())
  return new Set(sayings.map(({ contact }) => contact))
}

/**
 * Mail and its tracking are about an address. The merge is about the person whom the CRM keeps under its key, as at a login or a checkout,
 * unless it was answered from the mailbox: then nobody but its owner has agreed, from a device of theirs.
 */
function isOfAddress(entries: readonly ProvenEntry[], purpose: ContactPurpose): boolean {
  if (purpose !== 'P4') return true
  const about = entries.filter((entry) => entry.purpose === 'P4' || entry.purpose === 'all')
  const grants = about.slice(about.findLastIndex(({ kind }) => kind !== 'granted') + 1)
  return grants.some(({ voice, proof }) => voice === 'person' || proof?.requested || proof?.mailed)
}

/** What stands of the person's own no. That an address changed before refuses nothing. */
function refusalsIn(
  entries: readonly ProvenEntry[],
  { config, clock }: MovedDeps,
): [Refusal, 'objected' | 'withdrawn'][] {
  const said = entries.filter(({ method }) => method !== 'address_changed')
  const { facts } = standingOf(said, termsOf(config, clock()))
  const refusals = ContactPurpose.options.flatMap((purpose): [Refusal, 'objected' | 'withdrawn'][] => {
    const state = effective(facts, purpose)
    return state === 'objected' || state === 'withdrawn' ? [[purpose, state]] : []
  })
  const toAll =
    refusals.filter(([, reason]) => reason === 'objected').length === ContactPurpose.options.length &&
    said.some(({ kind, purpose }) => kind === 'objected' && purpose === 'all')
  return toAll ? [['all', 'objected'], ...refusals] : refusals
}
