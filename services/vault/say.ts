/** What a person says on their own pages, or somebody else says about them: into the ledger, and to everything that hangs on it. */

import type { SqlSession } from '../../infra/ports/sql.ts'
import { ContactPurpose, effective } from '../../schemas/consent.ts'
import { Fault } from '../../schemas/fault.ts'
import type { ContactRef } from '../../schemas/ids.ts'
import { type LedgerEntry, standingOf, termsOf } from '../../schemas/ledger.ts'
import { appendEntries, readEntries, type Saying } from './ledger.ts'
import { settleLinks } from './link-requests.ts'
import type { PersonDeps } from './person-deps.ts'
import { contactByRef } from './queries/contacts.ts'
import { suppressionsOf } from './suppression.ts'

/** What was written; nothing where it stands already. Throws `not_found` for an unknown contact. */
export async function say(deps: PersonDeps, saying: Saying): Promise<LedgerEntry | undefined> {
  const { contact, kind, purpose } = saying
  const entry = await deps.vault.transaction(async (session) => {
    const [known] = await session.run(contactByRef, { contact })
    if (!known) throw new Fault('not_found', 'no such contact')
    if (kind !== 'granted' && (await stands(deps, session, saying))) return undefined
    if (kind === 'objected' && purpose === 'all')
      await suppressionsOf(deps.keys.suppression, deps.clock).add(session, known, 'objected')
    return (await appendEntries(session, [saying], deps.clock()))[0]
  })
  if (kind !== 'granted') await settleLinks(deps, [contact])
  return entry
}

/** A no that stands already is not written down again each time a scanner or a finger presses the button. */
async function stands(
  { config, clock }: PersonDeps,
  session: SqlSession,
  { contact, kind, purpose }: Saying,
): Promise<boolean> {
  const entries = await readEntries(session, contact)
  const { facts } = standingOf(entries, termsOf(config, clock()))
  const closed: readonly string[] = kind === 'withdrawn' ? ['withdrawn', 'objected', 'erased'] : ['objected', 'erased']
  if (purpose !== 'all') return closed.includes(effective(facts, purpose))
  return (
    entries.some((entry) => entry.kind === 'objected' && entry.purpose === 'all') &&
    ContactPurpose.options.every((each) => closed.includes(effective(facts, each)))
  )
}

export async function withdraw(
  deps: PersonDeps,
  contact: ContactRef,
  purpose: ContactPurpose,
  method: 'one_click' | 'preferences',
): Promise<void> {
  await say(deps, { contact, kind: 'withdrawn', purpose, voice: 'person', method })
}

export async function object(deps: PersonDeps, contact: ContactRef, purpose: 'P4' | 'all'): Promise<void> {
  await say(deps, { contact, kind: 'objected', purpose, voice: 'person', method: 'preferences' })
}
