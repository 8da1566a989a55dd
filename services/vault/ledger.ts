/** The consent ledger: entries are added at its end under one lock, chained, and read back in order. */

import { randomBytes } from 'node:crypto'
import { sha256 } from '../../infra/control/audit.ts'
import type { Sql, SqlSession } from '../../infra/ports/sql.ts'
import { type ChainLink, chainStart, commit, link, verifyChain } from '../../schemas/chain.ts'
import { Fault } from '../../schemas/fault.ts'
import type { ContactRef } from '../../schemas/ids.ts'
import type { LedgerEntry, Proof } from '../../schemas/ledger.ts'
import {
  addEntries,
  type EntryRow,
  emptiedWithoutErasure,
  emptyProofs,
  entriesAfter,
  entriesOf,
  lockHead,
  moveHead,
  readHead,
} from './queries/ledger.ts'

/** What is to be added; the ledger gives it its sequence and its time. */
export interface Saying extends Omit<LedgerEntry, 'sequence' | 'at'> {
  /** Every grant has one. */
  readonly proof?: Proof
}

/** Adds in the order given, within the caller's transaction: they stand or fall with the rest of it. */
export async function appendEntries(
  session: SqlSession,
  sayings: readonly Saying[],
  now: number,
): Promise<LedgerEntry[]> {
  for (const { kind, purpose, proof } of sayings) {
    if (kind === 'granted' && (!proof || purpose === 'all'))
      throw new Fault('invalid', 'a grant is for one purpose, and comes with its proof')
    if ((kind === 'erased') !== (purpose === 'all') && kind !== 'objected')
      throw new Fault('invalid', 'only an objection or an erasure is about everything')
  }
  if (sayings.length === 0) return []
  const [head] = await session.run(lockHead, {})
  if (!head) throw new Error('the ledger has no head')
  const at = new Date(now).toISOString()
  let before: Pick<ChainLink, 'sequence' | 'hash'> = head
  const rows = sayings.map(({ proof = null, ...said }) => {
    const salt = randomBytes(16).toString('hex')
    const next = link(sha256, before, commit(sha256, salt, contentOf({ ...said, at }, proof)))
    before = next
    const { claimedAt, ...rest } = said
    return { ...rest, claimed_at: claimedAt, at, proof, salt, ...next }
  })
  await session.run(addEntries, { rows: JSON.stringify(rows) })
  await session.run(moveHead, { sequence: before.sequence, hash: before.hash })
  return sayings.map(({ proof: _, ...said }, n) => ({ ...said, sequence: head.sequence + n + 1, at }))
}

/** Until the transaction is over nobody else adds to the ledger: what is read in it stays as it is. */
export async function holdLedger(session: SqlSession): Promise<void> {
  await session.run(lockHead, {})
}

/** The sequence is bound by the chain itself. */
function contentOf(said: Omit<LedgerEntry, 'sequence'>, proof: Proof | null): unknown {
  return { ...said, proof }
}

export interface ProvenEntry extends LedgerEntry {
  readonly proof: Proof | null
}

export async function readEntries(session: SqlSession, contact: ContactRef): Promise<ProvenEntry[]> {
  const rows = await session.run(entriesOf, { contacts: JSON.stringify([contact]) })
  return rows.map(({ entry, proof }) => ({ ...entry, proof }))
}

/** Of many contacts at once; who never said anything is not in it. */
export async function readLedgers(
  session: SqlSession,
  contacts: readonly ContactRef[],
): Promise<Map<ContactRef, LedgerEntry[]>> {
  const rows = await session.run(entriesOf, { contacts: JSON.stringify(contacts) })
  return byContact(rows.map(({ entry }) => entry))
}

export async function readProvenLedgers(
  session: SqlSession,
  contacts: readonly ContactRef[],
): Promise<Map<ContactRef, ProvenEntry[]>> {
  const rows = await session.run(entriesOf, { contacts: JSON.stringify(contacts) })
  return byContact(rows.map(({ entry, proof }) => ({ ...entry, proof })))
}

function byContact<E extends LedgerEntry>(entries: readonly E[]): Map<ContactRef, E[]> {
  const ledgers = new Map<ContactRef, E[]>()
  for (const entry of entries) {
    const known = ledgers.get(entry.contact)
    if (known) known.push(entry)
    else ledgers.set(entry.contact, [entry])
  }
  return ledgers
}

/** Says that the contact is gone, and empties what was said of it but the fact that it was. */
export async function eraseFromLedger(session: SqlSession, contact: ContactRef, now: number): Promise<void> {
  const erased: Saying = { contact, kind: 'erased', purpose: 'all', voice: 'operator', method: 'erasure' }
  // Whoever is adding consents now has done so before their proofs are emptied, or finds nobody afterwards.
  await holdLedger(session)
  await session.run(emptyProofs, { contact })
  await appendEntries(session, [erased], now)
}

const PAGE = 1_000

/** The first entry that does not hold, and why; `undefined` if all do and none is missing at the end. */
export async function verifyLedger(
  sql: Sql,
): Promise<{ readonly sequence: number; readonly reason: string } | undefined> {
  let before: Pick<ChainLink, 'sequence' | 'hash'> = chainStart
  for (;;) {
    const rows: EntryRow[] = await sql.run(entriesAfter, { after: before.sequence, limit: PAGE })
    const problem = verifyChain(sha256, rows.map(stored), before)
    if (problem) return problem
    const last = rows.at(-1)
    if (!last) break
    before = { sequence: last.entry.sequence, hash: last.hash }
  }
  const [head] = await sql.run(readHead, {})
  // Entries added since the last page are behind this head; only a chain that ends before it is short.
  if (!head || head.sequence < before.sequence || (head.sequence === before.sequence && head.hash !== before.hash))
    return { sequence: before.sequence, reason: 'the head was rewritten' }
  if (
    head.sequence > before.sequence &&
    (await sql.run(entriesAfter, { after: before.sequence, limit: 1 })).length === 0
  )
    return { sequence: before.sequence + 1, reason: 'an entry is missing' }
  const [emptied] = await sql.run(emptiedWithoutErasure, {})
  return emptied?.sequence ? { sequence: emptied.sequence, reason: 'emptied without an erasure' } : undefined
}

function stored({ entry, proof, salt, commitment, hash }: EntryRow) {
  const { sequence, ...said } = entry
  return { sequence, commitment, hash, salt, content: contentOf(said, proof) }
}
