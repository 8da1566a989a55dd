/** What the vault's admin routes work with. */

import { type AuditEntry, auditOf } from '../../../infra/control/audit.ts'
import type { Sql } from '../../../infra/ports/sql.ts'
import type { PersonDeps } from '../person-deps.ts'

export interface VaultApiDeps extends PersonDeps {
  readonly control: Sql
  readonly dataDir: string
  /** Contacts or orders came in: what waits for that may begin. */
  onImported(kind: 'contacts' | 'orders'): Promise<void>
}

const audit = auditOf('control')

/** Before the act: a crash in between leaves one that did not happen, never one that stands nowhere. The detail names nobody. */
export function note({ control, clock }: Pick<VaultApiDeps, 'control' | 'clock'>, entry: AuditEntry): Promise<void> {
  return control.transaction((session) => audit.note(session, entry, clock()))
}
