/** Contacts: matched by the CRM's own key, then by address. What a file does not name stays as it is. */

import { randomUUID } from 'node:crypto'
import type { MacKey } from '../../../infra/ports/keys.ts'
import type { SqlSession } from '../../../infra/ports/sql.ts'
import type { BautaConfig } from '../../../schemas/config.ts'
import type { Address } from '../../../schemas/contact.ts'
import { ContactRef } from '../../../schemas/ids.ts'
import { addContacts, changeContacts, findContacts, freeAddresses, type StoredContact } from '../queries/contacts.ts'
import { findSuppressions } from '../queries/suppressions.ts'
import { suppressionsOf } from '../suppression.ts'
import { followAddresses } from './moved-addresses.ts'
import { type Cells, type Read, refuse } from './row.ts'
import type { Importer, Outcome } from './run-import.ts'
import { readAddress, readBoolean } from './values.ts'

/** Contacts that came by the newsletter form. The CRM takes them over when it knows them too. */
export const NEWSLETTER = 'newsletter'

export interface ContactRow {
  readonly line: number
  readonly sourceId: string
  /** An empty cell says nothing: it does not take an address away. */
  readonly address?: { readonly email: Address; readonly key: string }
  readonly locked?: boolean
  readonly lists?: readonly string[]
  readonly attributes: Cells['attributes']
}

const TAKEN = 'is the address of another contact; merging contacts is not built yet'

export interface ContactImportDeps {
  readonly config: Pick<BautaConfig, 'sites' | 'policies'>
  readonly suppression: MacKey
  readonly clock: () => number
}

export function contactImporter(deps: ContactImportDeps): Importer<ContactRow> {
  return {
    kind: 'contacts',
    read: readContact,
    identity: ({ sourceId }) => sourceId,
    mayRetry: ({ reason }) => reason === TAKEN,
    apply: (session, source, rows) => applyContacts(deps, session, source, rows),
  }
}

function readContact({ line, fields, attributes }: Cells): Read<ContactRow> {
  const sourceId = fields.get('source_id') ?? ''
  if (sourceId === '' || sourceId.length > 100)
    return refuse(line, 'source_id', 'is empty or longer than 100 characters')
  const email = fields.get('email') ?? ''
  const address = readAddress(email)
  if (email !== '' && !address) return refuse(line, 'email', 'is no e-mail address')
  const locked = fields.has('locked') ? readBoolean(fields.get('locked') ?? '') : undefined
  if (fields.has('locked') && locked === undefined) return refuse(line, 'locked', 'is neither yes nor no')
  const lists = fields
    .get('lists')
    ?.split(/[|,;]/)
    .map((name) => name.trim())
    .filter((name) => name !== '')
  if (lists && (lists.length > 100 || lists.some((name) => name.length > 100)))
    return refuse(line, 'lists', 'has more than 100 names, or one longer than 100 characters')
  return {
    row: {
      line,
      sourceId,
      attributes,
      ...(address ? { address } : {}),
      ...(locked === undefined ? {} : { locked }),
      ...(lists ? { lists: [...new Set(lists)].sort() } : {}),
    },
  }
}

type Draft = Omit<StoredContact, 'contact'> & { readonly contact: ContactRef }

async function applyContacts(
  deps: ContactImportDeps,
  session: SqlSession,
  source: string,
  rows: readonly ContactRow[],
): Promise<Outcome[]> {
  const keys = rows.flatMap(({ address }) => (address ? [address.key] : []))
  const ids = rows.map(({ sourceId }) => sourceId)
  const known = await session.run(findContacts, { source, ids: JSON.stringify(ids), keys: JSON.stringify(keys) })
  const erased = await erasedAmong(session, deps.suppression, source, rows)
  const bySource = new Map<string, Draft>()
  const byKey = new Map<string, Draft>()
  for (const contact of known) {
    if (contact.source === source) bySource.set(contact.sourceId, contact)
    if (contact.emailKey !== null) byKey.set(contact.emailKey, contact)
  }
  const before = new Map(known.map((contact) => [contact.contact, contact]))
  const touched = new Map<ContactRef, Draft>()

  const outcomes = rows.map((row): Outcome => {
    const holder = row.address && byKey.get(row.address.key)
    const matched = bySource.get(row.sourceId) ?? (holder?.source === NEWSLETTER ? holder : undefined)
    if (holder && holder.contact !== matched?.contact) return refuse(row.line, 'email', TAKEN).refused
    if (!matched && erased.has(row)) return refuse(row.line, undefined, 'is about somebody who was erased here').refused
    const next = merged(matched ?? newcomer(), source, row)
    if (matched && same(matched, next)) return 'unchanged'
    touched.set(next.contact, next)
    bySource.set(next.sourceId, next)
    if (matched?.emailKey && matched.emailKey !== next.emailKey) byKey.delete(matched.emailKey)
    if (next.emailKey !== null) byKey.set(next.emailKey, next)
    return matched ? 'changed' : 'added'
  })
  await write(session, before, [...touched.values()])
  const moved = [...touched.values()].flatMap(({ contact, emailKey: to }) => {
    const from = before.get(contact)?.emailKey
    return from === undefined || from === to ? [] : [{ contact, from, to }]
  })
  const suppressions = suppressionsOf(deps.suppression, deps.clock)
  const ended = await followAddresses({ ...deps, suppressions }, session, moved)
  return outcomes.map((outcome, n) => {
    const contact = bySource.get(rows[n]?.sourceId ?? '')?.contact
    return outcome === 'changed' && contact && ended.has(contact) ? 'withdrawn' : outcome
  })
}

function newcomer(): Draft {
  const contact = ContactRef.parse(randomUUID())
  return { contact, source: '', sourceId: '', email: null, emailKey: null, locked: false, lists: [], attributes: {} }
}

function merged(known: Draft, source: string, { sourceId, address, locked, lists, attributes }: ContactRow): Draft {
  const all = Object.entries({ ...known.attributes, ...attributes })
  return {
    ...known,
    source,
    sourceId,
    email: address?.email ?? known.email,
    emailKey: address?.key ?? known.emailKey,
    locked: locked ?? known.locked,
    lists: lists ? [...lists] : known.lists,
    attributes: Object.fromEntries(all.flatMap(([name, value]) => (value === null ? [] : [[name, value]]))),
  }
}

function same(a: Draft, b: Draft): boolean {
  const text = ({ attributes, ...rest }: Draft) => JSON.stringify([rest, Object.entries(attributes).sort()])
  return text(a) === text(b)
}

async function write(
  session: SqlSession,
  before: ReadonlyMap<ContactRef, StoredContact>,
  drafts: readonly Draft[],
): Promise<void> {
  const changed = drafts.filter(({ contact }) => before.has(contact))
  const moved = changed.filter(({ contact, emailKey }) => before.get(contact)?.emailKey !== emailKey)
  const added = drafts.filter(({ contact }) => !before.has(contact))
  if (moved.length > 0)
    await session.run(freeAddresses, { contacts: JSON.stringify(moved.map(({ contact }) => contact)) })
  if (changed.length > 0) await session.run(changeContacts, { rows: JSON.stringify(changed) })
  if (added.length > 0) await session.run(addContacts, { rows: JSON.stringify(added) })
}

/** Erased by address or by key of this source. Whoever has a contact again came back by an act of their own, and is matched before. */
async function erasedAmong(
  session: SqlSession,
  suppression: MacKey,
  source: string,
  rows: readonly ContactRow[],
): Promise<Set<ContactRow>> {
  const hashes = rows.map((row) => [
    suppression.mac([source, row.sourceId]),
    ...(row.address ? [suppression.mac([row.address.key])] : []),
  ])
  const found = await session.run(findSuppressions, { hashes: JSON.stringify(hashes.flat()) })
  const erased = new Set(found.flatMap(({ hash, reason }) => (reason === 'erased' ? [hash] : [])))
  return new Set(rows.filter((_, n) => hashes[n]?.some((hash) => erased.has(hash))))
}
