/** Asks activation for links, and ends them with the consent they stood on. */

import { randomUUID } from 'node:crypto'
import { sha256 } from '../../infra/control/audit.ts'
import { effective } from '../../schemas/consent.ts'
import type { ContactRef } from '../../schemas/ids.ts'
import { standingOf, termsOf } from '../../schemas/ledger.ts'
import { readLedgers } from './ledger.ts'
import type { PersonDeps } from './person-deps.ts'
import { addLinkRequest, deleteRequestsOf, endLinksOf, linkedContacts } from './queries/links.ts'

export interface LinkOrder {
  readonly id?: string
  readonly contact: ContactRef
  readonly site: string
  readonly token: string
  /** Of the consent to the merge. */
  readonly sequence: number
  /** When the token came in. */
  readonly receivedAt: string
}

/** Said again with the same id, it asks once. Activation checks the MAC, so that no row can be swapped or made up. */
export async function requestLink({ links, keys }: PersonDeps, order: LinkOrder): Promise<void> {
  const { id = randomUUID(), contact, site, token, sequence, receivedAt } = order
  const mac = keys.linkRequest.mac([contact, site, sha256(token), String(sequence), receivedAt])
  await links.run(addLinkRequest, { id, contact, site, token, sequence, received_at: receivedAt, mac })
}

const PAGE = 500

/**
 * Brings the links of all contacts in line with the ledger. Run after imports, and at the start: a crash between ledger and links leaves rows
 * that nobody may use and that go here. The signal is asked between two pages.
 */
export async function settleAllLinks(deps: PersonDeps, signal?: AbortSignal): Promise<void> {
  const all = (await deps.links.run(linkedContacts, {})).map(({ contact }) => contact)
  for (let from = 0; from < all.length; from += PAGE) {
    signal?.throwIfAborted()
    await settleLinks(deps, all.slice(from, from + PAGE))
  }
}

/** The same of a few contacts. Run after each negative. */
export async function settleLinks(deps: PersonDeps, contacts: readonly ContactRef[]): Promise<void> {
  const ledgers = await readLedgers(deps.vault, contacts)
  for (const contact of contacts) {
    const { facts } = standingOf(ledgers.get(contact) ?? [], termsOf(deps.config, deps.clock()))
    const merge = effective(facts, 'P4')
    if (merge === 'granted') continue
    await deps.links.run(deleteRequestsOf, { contact })
    // The web side learns of an objection to everything and of an erasure; a merge that ended is none of its business.
    const stops = facts.length === 3 && facts.every(({ state }) => state === 'objected')
    if (merge === 'erased') await deps.links.run(endLinksOf, { contact, ending: 'erase' })
    else if (stops) await deps.links.run(endLinksOf, { contact, ending: 'stop' })
    // Activation remembers that the device was theirs, and deletes the link.
    else await deps.links.run(endLinksOf, { contact, ending: 'withdraw' })
  }
}
