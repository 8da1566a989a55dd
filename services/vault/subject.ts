/** What a person may ask of us about themselves: everything the vault holds, and that it is gone. */

import type { SqlSession } from '../../infra/ports/sql.ts'
import { Fault } from '../../schemas/fault.ts'
import type { ContactRef } from '../../schemas/ids.ts'
import { standingOf, termsOf } from '../../schemas/ledger.ts'
import { proofAad } from './evidence.ts'
import { readAddress } from './imports/values.ts'
import { eraseFromLedger, type ProvenEntry, readEntries } from './ledger.ts'
import { settleLinks } from './link-requests.ts'
import type { PersonDeps } from './person-deps.ts'
import { contactByKey, contactByRef, deleteContact, ordersOf, type StoredContact } from './queries/contacts.ts'
import { deletePendingOf, pendingOf } from './queries/pending.ts'
import { suppressionsOf } from './suppression.ts'

export type Subject = { readonly contact: ContactRef } | { readonly email: string }

async function find(session: SqlSession, subject: Subject): Promise<StoredContact | undefined> {
  if ('contact' in subject) return (await session.run(contactByRef, { contact: subject.contact }))[0]
  return (await session.run(contactByKey, { key: keyOf(subject.email) }))[0]
}

function keyOf(email: string): string {
  const address = readAddress(email)
  if (!address) throw new Fault('invalid', 'this is no e-mail address')
  return address.key
}

/** Throws `not_found` for somebody the vault does not know. Interests lie on the other side and are not among it. */
export async function accessSubject(deps: PersonDeps, subject: Subject) {
  const { vault, keys, config, clock } = deps
  const known = await find(vault, subject)
  if (!known) throw new Fault('not_found', 'nobody is known by this address or contact')
  const entries = await readEntries(vault, known.contact)
  const { emailKey } = known
  const pending = emailKey === null ? [] : await vault.run(pendingOf, { key: emailKey })
  const suppressions = suppressionsOf(keys.suppression, clock)
  return {
    contact: known,
    orders: await vault.run(ordersOf, { contact: known.contact }),
    standing: [...standingOf(entries, termsOf(config, clock())).facts],
    consents: entries.map((entry) => ({ ...entry, proof: opened(deps, entry) })),
    signUps: pending.map(({ purposes, site, notice, requested_at, mailed_at, confirmed_at }) => ({
      purposes,
      site,
      notice,
      requestedAt: requested_at,
      mailedAt: mailed_at,
      confirmedAt: confirmed_at,
    })),
    suppressed: (emailKey !== null && (await suppressions.reasonFor(vault, emailKey))) || null,
    refused: emailKey === null ? [] : [...((await suppressions.refusedBy(vault, [emailKey])).get(emailKey) ?? [])],
  }
}

/** With the addresses it was said from, which only the person and a court get to see. */
function opened({ keys }: PersonDeps, { contact, proof }: ProvenEntry) {
  if (!proof) return null
  const ip = (step: string, sealed: string) =>
    sealed === '' ? '' : (keys.proof.open(sealed, proofAad(contact, step)) ?? '')
  const { requested, confirmed } = proof
  return {
    ...proof,
    ...(requested ? { requested: { ...requested, ip: ip('requested', requested.ip) } } : {}),
    ...(confirmed ? { confirmed: { ...confirmed, ip: ip('confirmed', confirmed.ip) } } : {}),
  }
}

/**
 * Contact, orders, sign-ups and proofs go; that somebody was erased stays in the ledger, and the address stays suppressed by its hash. Of an
 * address that nobody is known by, sign-ups that wait for their confirmation go.
 */
export async function eraseSubject(deps: PersonDeps, subject: Subject): Promise<{ readonly contacts: number }> {
  const { vault, keys, clock } = deps
  const erased = await vault.transaction(async (session) => {
    const known = await find(session, subject)
    const key = known?.emailKey ?? ('email' in subject ? keyOf(subject.email) : null)
    if (!known && key === null) throw new Fault('not_found', 'nobody is known by this contact')
    if (key !== null) await session.run(deletePendingOf, { key })
    if (!known) return undefined
    await eraseFromLedger(session, known.contact, clock())
    await suppressionsOf(keys.suppression, clock).add(session, known, 'erased')
    await session.run(deleteContact, { contact: known.contact })
    return known.contact
  })
  if (erased) await settleLinks(deps, [erased])
  return { contacts: erased ? 1 : 0 }
}
