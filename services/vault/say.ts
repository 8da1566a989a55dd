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
import { type Refusal, suppressionsOf } from './suppression.ts'

/** What was written; nothing where it stands already. Throws `not_found` for an unknown contact. */
export async function say(deps: PersonDeps, saying: Saying): Promise<LedgerEntry | undefined> {
  const { contact, kind, purpose } = saying
  const entry = await deps.vault.transaction(async (session) => {
    const [known] = await session.run(contactByRef, { contact })
    if (!known) throw new Fault('not_found', 'no such contact')
    if (kind !== 'granted' && (await stands(deps, session, saying))) return undefined
    const suppressions = suppressionsOf(deps.keys.suppression, deps.clock)
    const [added] = await appendEntries(session, [saying], deps.clock())
    if (kind === 'objected' && purpose === 'all') await suppressions.add(session, known, 'objected')
    if (kind === 'granted' && purpose !== 'all' && saying.voice === 'person' && known.emailKey !== null)
      await suppressions.lift(session, known.emailKey, [purpose])
    return added
  })
  if (kind !== 'granted') await settleLinks(deps, [contact])
  return entry
}

/** Where nobody is known by the address, or not yet, an objection stays with the address itself. `false`: it stood already. */
export async function objectUnknown(deps: PersonDeps, emailKey: string, what: Refusal): Promise<boolean> {
  const suppressions = suppressionsOf(deps.keys.suppression, deps.clock)
  const refused = (await suppressions.refusedBy(deps.vault, [emailKey])).get(emailKey)
  if (refused?.has('all') || refused?.has(what)) return false
  await suppressions.refuse(deps.vault, emailKey, what, 'objected')
  return true
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
