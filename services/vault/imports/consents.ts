/**
 * Consents that another system took: they are added to the ledger, and can open nothing that the person closed. A row that was imported
 * before adds nothing; a negative without a time counts as new once something was granted after it.
 */

import type { SealingKey } from '../../../infra/ports/keys.ts'
import type { SqlSession } from '../../../infra/ports/sql.ts'
import type { BautaConfig } from '../../../schemas/config.ts'
import { ContactPurpose, effective } from '../../../schemas/consent.ts'
import { type LedgerEntry, standingOf, termsOf } from '../../../schemas/ledger.ts'
import { type Evidence, gapIn, proofOf } from '../evidence.ts'
import { appendEntries, holdLedger, readLedgers, type Saying } from '../ledger.ts'
import { findContacts, type StoredContact } from '../queries/contacts.ts'
import { isRefused, type Refusal, type Suppressions } from '../suppression.ts'
import { type Cells, type Read, refuse } from './row.ts'
import type { Importer, Outcome } from './run-import.ts'
import { readAddress, readDay, readInstant } from './values.ts'

interface ConsentRow {
  readonly line: number
  readonly sourceId: string | undefined
  readonly key: string | undefined
  readonly kind: 'granted' | 'withdrawn' | 'objected'
  readonly purpose: ContactPurpose | 'all'
  readonly claimedAt: string | undefined
  /** Of a grant. */
  readonly evidence: Evidence | undefined
}

export interface ConsentImportDeps {
  readonly config: Pick<BautaConfig, 'sites' | 'policies'>
  readonly proofKey: SealingKey
  readonly clock: () => number
  /** What an address has refused no import grants to whoever has it. An objection to everything also suppresses the address. */
  readonly suppressions: Suppressions
}

export function consentImporter(deps: ConsentImportDeps): Importer<ConsentRow> {
  return {
    kind: 'consents',
    read: (cells) => readConsent(deps.config, cells),
    identity: ({ sourceId, key, kind, purpose, claimedAt }) =>
      JSON.stringify([sourceId, key, kind, purpose, claimedAt]),
    apply: (session, source, rows) => applyConsents(deps, session, source, rows),
  }
}

const kinds = new Map<string, ConsentRow['kind']>([
  ...['granted', 'erteilt', 'ja', 'yes'].map((word) => [word, 'granted'] as const),
  ...['withdrawn', 'widerrufen', 'nein', 'no'].map((word) => [word, 'withdrawn'] as const),
  ...['objected', 'widersprochen', 'widerspruch'].map((word) => [word, 'objected'] as const),
])

function readConsent(config: Pick<BautaConfig, 'sites'>, { line, fields }: Cells): Read<ConsentRow> {
  const cell = (name: string) => fields.get(name) || undefined
  const sourceId = cell('source_id')
  const email = cell('email')
  const key = email === undefined ? undefined : readAddress(email)?.key
  if (email !== undefined && key === undefined) return refuse(line, 'email', 'is no e-mail address')
  if (sourceId === undefined && key === undefined)
    return refuse(line, undefined, 'names nobody: source_id and email are empty')
  const kind = kinds.get((cell('kind') ?? '').toLowerCase())
  if (!kind) return refuse(line, 'kind', 'is none of granted, withdrawn, objected')
  const purpose = [...ContactPurpose.options, 'all' as const].find(
    (each) => each.toLowerCase() === cell('purpose')?.toLowerCase(),
  )
  if (!purpose || (purpose === 'all' && kind !== 'objected'))
    return refuse(line, 'purpose', 'is none of P4, P5, P6; all may only be objected to')
  const said = { line, sourceId, key, kind, purpose }
  if (kind !== 'granted') {
    const at = cell('at')
    const day = at === undefined ? undefined : readDay(at)
    const claimedAt = at === undefined ? undefined : (readInstant(at) ?? (day && `${day}T00:00:00.000Z`))
    // A negative with an unreadable time is still a negative: it is taken as one without.
    return { row: { ...said, claimedAt, evidence: undefined } }
  }
  const moments: Record<string, string | undefined> = {}
  for (const name of ['at', 'requested_at', 'mailed_at', 'confirmed_at']) {
    const text = cell(name)
    moments[name] = text === undefined ? undefined : readInstant(text)
    if (text !== undefined && moments[name] === undefined)
      return refuse(line, name, 'is no day with a time: write 2026-12-31T10:00:00Z or 31.12.2026 10:00')
  }
  const evidence = evidenceOf(cell, moments)
  const gap = purpose === 'all' ? undefined : gapIn(config, purpose, evidence)
  if (gap) return refuse(line, columnOf[gap.field], gap.reason)
  return { row: { ...said, claimedAt: evidence.confirmed?.at, evidence } }
}

const columnOf: Readonly<Record<keyof Evidence, string>> = {
  notice: 'notice',
  language: 'language',
  formUrl: 'form_url',
  requested: 'requested_at',
  mailed: 'mailed_at',
  confirmed: 'confirmed_at',
}

function evidenceOf(
  cell: (name: string) => string | undefined,
  moments: Readonly<Record<string, string | undefined>>,
): Evidence {
  const moment = (at: string | undefined, ip: string | undefined) =>
    at === undefined ? undefined : { at, ...(ip === undefined ? {} : { ip }) }
  const requested = moment(moments.requested_at, cell('requested_ip'))
  const confirmed = moment(moments.confirmed_at ?? moments.at, cell('confirmed_ip'))
  const messageId = cell('message_id')
  return {
    notice: cell('notice') ?? '',
    language: (cell('language') ?? '').slice(0, 2).toLowerCase(),
    formUrl: cell('form_url') ?? '',
    ...(requested ? { requested } : {}),
    ...(moments.mailed_at ? { mailed: { at: moments.mailed_at, ...(messageId ? { messageId } : {}) } } : {}),
    ...(confirmed ? { confirmed } : {}),
  }
}

async function applyConsents(
  deps: ConsentImportDeps,
  session: SqlSession,
  source: string,
  rows: readonly ConsentRow[],
): Promise<Outcome[]> {
  await holdLedger(session)
  const ids = rows.flatMap(({ sourceId }) => sourceId ?? [])
  const keys = rows.flatMap(({ key }) => key ?? [])
  const contacts = await session.run(findContacts, { source, ids: JSON.stringify(ids), keys: JSON.stringify(keys) })
  const bySource = new Map(contacts.filter((each) => each.source === source).map((each) => [each.sourceId, each]))
  const byKey = new Map(contacts.map((each) => [each.emailKey, each]))
  const ledgers = await readLedgers(
    session,
    contacts.map(({ contact }) => contact),
  )
  const refused = await deps.suppressions.refusedBy(session, [
    ...new Set([...keys, ...contacts.flatMap(({ emailKey }) => emailKey ?? [])]),
  ])
  const terms = termsOf(deps.config, deps.clock())
  const sayings: Saying[] = []
  const silenced: StoredContact[] = []
  const unknown: { readonly key: string; readonly what: Refusal }[] = []

  const outcomes = rows.map((row): Outcome => {
    const { line, kind, purpose, claimedAt, evidence } = row
    const byAddress = byKey.get(row.key ?? '')
    const objects = kind === 'objected' && row.key !== undefined
    const found = row.sourceId === undefined ? byAddress : (bySource.get(row.sourceId) ?? (objects && byAddress))
    // An objection may come before the contact: it stays with the address.
    if (!found && objects) {
      const before = refused.get(row.key) ?? new Set()
      if (before.has('all') || before.has(purpose)) return 'unchanged'
      unknown.push({ key: row.key, what: purpose })
      refused.set(row.key, before.add(purpose))
      return 'suppressed'
    }
    if (!found) return refuse(line, undefined, 'is about nobody who is known here; import the contacts first').refused
    if (row.key !== undefined && row.sourceId !== undefined && found.emailKey !== row.key)
      return refuse(line, 'email', 'is not the address of the contact with this source_id').refused
    const { contact } = found
    const entries = ledgers.get(contact) ?? []
    const said: Saying = {
      contact,
      kind,
      purpose,
      voice: 'import',
      method: 'import',
      ...(claimedAt === undefined ? {} : { claimedAt }),
      ...(evidence ? { notice: evidence.notice } : {}),
    }
    if (alreadySaid(entries, said)) return 'unchanged'
    if (evidence && purpose !== 'all') {
      const state = effective(standingOf(entries, terms).facts, purpose)
      if (isRefused(refused.get(found.emailKey ?? ''), purpose) || ['erased', 'objected', 'withdrawn'].includes(state))
        return refuse(line, undefined, 'would grant what the person has closed; only the person can open it again')
          .refused
    }
    sayings.push(evidence ? { ...said, proof: proofOf(deps.config, deps.proofKey, contact, evidence) } : said)
    if (purpose === 'all') silenced.push(found)
    // Rows behind this one see it, as if it had been written already.
    const sequence = (entries.at(-1)?.sequence ?? 0) + 1
    ledgers.set(contact, [...entries, { ...said, sequence, at: new Date(deps.clock()).toISOString() }])
    return 'added'
  })
  await appendEntries(session, sayings, deps.clock())
  for (const contact of silenced) await deps.suppressions.add(session, contact, 'objected')
  for (const { key, what } of unknown) await deps.suppressions.refuse(session, key, what, 'objected')
  return outcomes
}

/** Word for word, with its time. Without one: said, and nothing granted since. */
function alreadySaid(entries: readonly LedgerEntry[], said: Saying): boolean {
  const at = entries.findLastIndex(
    ({ voice, kind, purpose, claimedAt, notice }) =>
      voice === 'import' &&
      kind === said.kind &&
      purpose === said.purpose &&
      claimedAt === said.claimedAt &&
      notice === said.notice,
  )
  if (at < 0 || said.claimedAt !== undefined) return at >= 0
  return !entries.slice(at).some(({ kind }) => kind === 'granted')
}
