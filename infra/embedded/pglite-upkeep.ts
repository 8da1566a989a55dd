/**
 * What PostgreSQL's own processes do beside a server, and nobody does beside an engine in one thread: checkpoints, without which the
 * write-ahead log grows until the disk is full, and vacuum and analyse, without which tables swell and plans go wrong.
 */

import type { Call } from './pglite-thread.ts'

const walSinceCheckpoint = `
  SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn)::float8 AS bytes FROM pg_control_checkpoint()`

/** The table that changed most, by the measure of PostgreSQL's autovacuum. */
const changedMost = `
  SELECT format('%I.%I', schemaname, relname) AS name FROM pg_stat_user_tables
  WHERE n_dead_tup > 1000 + 0.2 * n_live_tup OR n_mod_since_analyze > 1000 + 0.1 * n_live_tup
  ORDER BY n_dead_tup + n_mod_since_analyze DESC LIMIT 1`

/** One table a time, as everyone waits meanwhile. */
export async function keepUp(call: Call, walBytes: number): Promise<void> {
  const [wal] = (await call(walSinceCheckpoint)) as { bytes: number }[]
  if (wal && wal.bytes > walBytes) await call('CHECKPOINT')
  const [table] = (await call(changedMost)) as { name: string }[]
  if (table) await call(`VACUUM (ANALYZE) ${table.name}`, [], 'vacuum')
}
