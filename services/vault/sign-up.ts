/** Sign-up and its confirmation: nobody is subscribed to anything until the mail's button is pressed. */

import { randomUUID } from 'node:crypto'
import type { SqlSession } from '../../infra/ports/sql.ts'
import type { ContactPurpose } from '../../schemas/consent.ts'
import type { Address } from '../../schemas/contact.ts'
import { ContactRef } from '../../schemas/ids.ts'
import { DAY_MS } from '../../schemas/week.ts'
import { proofOf } from './evidence.ts'
import { NEWSLETTER } from './imports/contacts.ts'
import { appendEntries, readEntries, type Saying } from './ledger.ts'
import { requestLink } from './link-requests.ts'
import type { PersonDeps } from './person-deps.ts'
import { addContacts, contactByKey } from './queries/contacts.ts'
import { addPending, clearLinkToken, lockPending, markConfirmed, type PendingRow, unlinked } from './queries/pending.ts'
import { type Refusal, suppressionsOf } from './suppression.ts'

export const PENDING_DAYS = 7

export interface SignUp {
  readonly address: { readonly email: Address; readonly key: string }
  readonly purposes: readonly ContactPurpose[]
  readonly site: string
  readonly notice: string
  readonly language: string
  readonly formUrl: string
  readonly linkToken: string | undefined
  readonly ip: string
}

/** The same work for every address: whether and what is mailed is decided later, out of the sight of whoever asked. */
export async function requestSignUp({ vault, keys, clock }: PersonDeps, form: SignUp): Promise<void> {
  const id = randomUUID()
  await vault.run(addPending, {
    id,
    email: form.address.email,
    email_key: form.address.key,
    purposes: JSON.stringify([...new Set(form.purposes)].sort()),
    site: form.site,
    notice: form.notice,
    language: form.language,
    form_url: form.formUrl,
    link_token: form.linkToken ?? null,
    requested_at: new Date(clock()).toISOString(),
    requested_ip: keys.proof.seal(form.ip, pendingAad(id)),
  })
}

function pendingAad(id: string): string[] {
  return ['pending', id]
}

export function isOpen({ requested_at }: PendingRow, now: number): boolean {
  return Date.parse(requested_at) + PENDING_DAYS * DAY_MS > now
}

export type Confirmation =
  | { readonly state: 'confirmed'; readonly contact: ContactRef; readonly pending: PendingRow }
  | { readonly state: 'again'; readonly pending: PendingRow }
  | { readonly state: 'gone' }

/** Counts once, however often it is pressed: a later withdrawal is not undone by an old mail. */
export async function confirmSignUp(deps: PersonDeps, id: string, ip: string): Promise<Confirmation> {
  const now = deps.clock()
  const outcome = await deps.vault.transaction(async (session): Promise<Confirmation> => {
    const [pending] = await session.run(lockPending, { id })
    if (!pending || !isOpen(pending, now)) return { state: 'gone' }
    if (pending.confirmed_at !== null) return { state: 'again', pending }
    const contact = await contactFor(session, pending)
    await appendEntries(session, grantsOf(deps, contact, pending, { at: new Date(now).toISOString(), ip }), now)
    const lifted: Refusal[] = pending.purposes.includes('P5') ? [...pending.purposes, 'all'] : pending.purposes
    await suppressionsOf(deps.keys.suppression, deps.clock).lift(session, pending.email_key, lifted)
    await session.run(markConfirmed, { id, at: new Date(now).toISOString() })
    return { state: 'confirmed', contact, pending }
  })
  if (outcome.state === 'confirmed') await requestLinks(deps)
  return outcome
}

async function contactFor(
  session: SqlSession,
  { email, email_key: emailKey, language }: PendingRow,
): Promise<ContactRef> {
  const [known] = await session.run(contactByKey, { key: emailKey })
  if (known) return known.contact
  const contact = ContactRef.parse(randomUUID())
  const row = {
    contact,
    source: NEWSLETTER,
    sourceId: randomUUID(),
    email,
    emailKey,
    locked: false,
    lists: [],
    attributes: { language },
  }
  await session.run(addContacts, { rows: JSON.stringify([row]) })
  return contact
}

function grantsOf(
  { config, keys }: PersonDeps,
  contact: ContactRef,
  pending: PendingRow,
  confirmed: { at: string; ip: string },
): Saying[] {
  const { id, notice, language, form_url: formUrl, requested_at: at, requested_ip, mailed_at, message_id } = pending
  const proof = proofOf(config, keys.proof, contact, {
    notice,
    language,
    formUrl,
    requested: { at, ip: keys.proof.open(requested_ip, pendingAad(id)) ?? '' },
    ...(mailed_at ? { mailed: { at: mailed_at, messageId: message_id ?? '' } } : {}),
    confirmed,
  })
  return pending.purposes.map((purpose) => ({
    contact,
    kind: 'granted',
    purpose,
    voice: 'person',
    method: 'double_opt_in',
    notice,
    proof,
  }))
}

/** For all sign-ups whose link was not asked for yet: one now, and after a crash between the two databases those before it. */
export async function requestLinks(deps: PersonDeps): Promise<void> {
  for (const { id, email_key, site, link_token: token, requested_at, confirmed_at } of await deps.vault.run(
    unlinked,
    {},
  )) {
    const [known] = await deps.vault.run(contactByKey, { key: email_key })
    const entries = known ? await readEntries(deps.vault, known.contact) : []
    const grant = entries.find(({ kind, purpose, at }) => kind === 'granted' && purpose === 'P4' && at === confirmed_at)
    if (grant && token !== null)
      await requestLink(deps, {
        id,
        contact: grant.contact,
        site,
        token,
        sequence: grant.sequence,
        receivedAt: requested_at,
      })
    await deps.vault.run(clearLinkToken, { id })
  }
}
