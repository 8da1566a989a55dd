/** Copies all that an installation keeps from its engines into other ones, empty but migrated: from embedded to distributed, say. */

import type { Log } from '../ports/log.ts'
import { type Database, databases, type Sql } from '../ports/sql.ts'
import type { Store } from '../ports/store.ts'
import type { Copied } from './copied.ts'
import { copyDatabase, countDatabase, refuseTables } from './copy-database.ts'
import { copyStops, refuseRecords } from './copy-stops.ts'
import { copyStore, countStore, refuseRows } from './copy-store.ts'
import { markHalfCopied, unmarkHalfCopied } from './half-copied.ts'

/** What is copied lies behind these; a cache is filled again by itself. */
export interface CopiedEngines {
  readonly log: Log
  readonly store: Store
  readonly sql: Readonly<Record<Database, Sql>>
}

export interface CopyDeps {
  /** Nobody else has it, and its loader has read the log to the end. It is read and not changed. */
  readonly from: CopiedEngines
  /** Nobody has begun to use it. */
  readonly to: CopiedEngines
  /** Called as rows arrive. */
  readonly onCopied?: (what: string, rows: number) => void
}

/**
 * Answers each table, compared row by row over both ends. `conflict` where the target holds anything already, which is left as it is, or where
 * the ends differ. Broken off, it has to begin again with an empty target, and no service starts on it until then.
 */
export async function copyEngines({ from, to, onCopied = () => {} }: CopyDeps): Promise<Copied[]> {
  await refuseRows(to.store)
  for (const database of databases) await refuseTables(database, to.sql[database])
  await refuseRecords(to.log)
  await markHalfCopied(to.sql.control)
  const store = await copyStore(from.store, to.store, onCopied)
  const tables: Copied[] = []
  for (const database of databases)
    tables.push(...(await copyDatabase(database, from.sql[database], to.sql[database], onCopied)))
  // Last: from here on a loader would find work.
  const stops = await copyStops(from.log, to.log, onCopied)
  await unmarkHalfCopied(to.sql.control)
  return [...store, ...tables, ...stops]
}

/** How many rows there are to copy, for whoever shows how far it is. */
export async function countRows({ store, sql }: CopiedEngines): Promise<number> {
  let rows = await countStore(store)
  for (const database of databases) rows += await countDatabase(database, sql[database])
  return rows
}
