/** What the owner of an address has refused, by keyed hash: it outlives the contact, goes with no row of the CRM, and no import lifts it. */

import type { MacKey } from '../../infra/ports/keys.ts'
import type { SqlSession } from '../../infra/ports/sql.ts'
import { ContactPurpose } from '../../schemas/consent.ts'
import { dayOf } from '../../schemas/week.ts'
import type { StoredContact } from './queries/contacts.ts'
import { findSuppressions, liftSuppression, type SuppressionReason, suppress } from './queries/suppressions.ts'

/** `all`: no mail whatever. One purpose: nobody but the person grants it, whichever contact has the address. */
export type Refusal = ContactPurpose | 'all'
const refusals: readonly Refusal[] = [...ContactPurpose.options, 'all']

export interface Suppressions {
  /** Of everything. */
  add(
    session: SqlSession,
    contact: Pick<StoredContact, 'source' | 'sourceId' | 'emailKey'>,
    reason: SuppressionReason,
  ): Promise<void>
  refuse(session: SqlSession, emailKey: string, what: Refusal, reason: 'objected' | 'withdrawn'): Promise<void>
  /** What the person has granted, on their own pages. `all` after a double opt-in for e-mail, and nothing less. */
  lift(session: SqlSession, emailKey: string, what: readonly Refusal[]): Promise<void>
  /** By address; who has refused nothing is not in it. */
  refusedBy(session: SqlSession, emailKeys: readonly string[]): Promise<Map<string, Set<Refusal>>>
  /** Why an address is not mailed at all. */
  reasonFor(session: SqlSession, emailKey: string): Promise<string | undefined>
}

export function suppressionsOf(key: MacKey, clock: () => number): Suppressions {
  const hashOf = (emailKey: string, what: Refusal) => key.mac(what === 'all' ? [emailKey] : [emailKey, what])
  const find = (session: SqlSession, hashes: readonly string[]) =>
    session.run(findSuppressions, { hashes: JSON.stringify(hashes) })
  const put = (session: SqlSession, hash: string, reason: SuppressionReason) =>
    session.run(suppress, { hash, reason, since: dayOf(clock()) })
  return {
    async add(session, { source, sourceId, emailKey }, reason) {
      if (emailKey !== null) await put(session, hashOf(emailKey, 'all'), reason)
      // The CRM knows an erased person by its own key too, perhaps without the address.
      if (reason === 'erased') await put(session, key.mac([source, sourceId]), reason)
    },
    async refuse(session, emailKey, what, reason) {
      await put(session, hashOf(emailKey, what), reason)
    },
    async lift(session, emailKey, what) {
      for (const each of what) await session.run(liftSuppression, { hash: hashOf(emailKey, each) })
    },
    async refusedBy(session, emailKeys) {
      const hashed = emailKeys.flatMap((emailKey) =>
        refusals.map((what) => ({ emailKey, what, hash: hashOf(emailKey, what) })),
      )
      const rows =
        hashed.length === 0
          ? []
          : await find(
              session,
              hashed.map(({ hash }) => hash),
            )
      const found = new Set(rows.map(({ hash }) => hash))
      const refused = new Map<string, Set<Refusal>>()
      for (const { emailKey, what, hash } of hashed)
        if (found.has(hash)) refused.set(emailKey, new Set([...(refused.get(emailKey) ?? []), what]))
      return refused
    },
    async reasonFor(session, emailKey) {
      return (await find(session, [hashOf(emailKey, 'all')]))[0]?.reason
    },
  }
}

/** May nobody but the person grant this purpose to whoever has the address? */
export function isRefused(refused: ReadonlySet<Refusal> | undefined, purpose: ContactPurpose): boolean {
  return refused !== undefined && (refused.has('all') || refused.has(purpose))
}
