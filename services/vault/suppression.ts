/** Who must not be mailed any more, by keyed hash: it outlives the contact, and no import lifts it. */

import type { MacKey } from '../../infra/ports/keys.ts'
import type { SqlSession } from '../../infra/ports/sql.ts'
import type { ContactRef } from '../../schemas/ids.ts'
import { dayOf } from '../../schemas/week.ts'
import type { StoredContact } from './queries/contacts.ts'
import { findSuppressions, liftSuppression, type SuppressionReason, suppress } from './queries/suppressions.ts'

export interface Suppressions {
  add(
    session: SqlSession,
    contact: Pick<StoredContact, 'source' | 'sourceId' | 'emailKey'>,
    reason: SuppressionReason,
  ): Promise<void>
  /** After a double opt-in for e-mail, and nothing less. */
  lift(session: SqlSession, emailKey: string): Promise<void>
  among(session: SqlSession, contacts: readonly Pick<StoredContact, 'contact' | 'emailKey'>[]): Promise<Set<ContactRef>>
  reasonFor(session: SqlSession, emailKey: string): Promise<string | undefined>
}

export function suppressionsOf(key: MacKey, clock: () => number): Suppressions {
  const find = (session: SqlSession, hashes: readonly string[]) =>
    session.run(findSuppressions, { hashes: JSON.stringify(hashes) })
  return {
    async add(session, { source, sourceId, emailKey }, reason) {
      const hashes = emailKey === null ? [] : [key.mac([emailKey])]
      // The CRM knows an erased person by its own key too, perhaps without the address.
      if (reason === 'erased') hashes.push(key.mac([source, sourceId]))
      for (const hash of hashes) await session.run(suppress, { hash, reason, since: dayOf(clock()) })
    },
    async lift(session, emailKey) {
      await session.run(liftSuppression, { hash: key.mac([emailKey]) })
    },
    async among(session, contacts) {
      const hashed = contacts.flatMap(({ contact, emailKey }) =>
        emailKey === null ? [] : [{ contact, hash: key.mac([emailKey]) }],
      )
      const found = new Set(
        (
          await find(
            session,
            hashed.map(({ hash }) => hash),
          )
        ).map(({ hash }) => hash),
      )
      return new Set(hashed.filter(({ hash }) => found.has(hash)).map(({ contact }) => contact))
    },
    async reasonFor(session, emailKey) {
      return (await find(session, [key.mac([emailKey])]))[0]?.reason
    },
  }
}
