/** The swap: the only file that knows which engine stands behind each port. Distributed engines become a second case of `openEngines`. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { clickhouseStore } from './clickhouse-store.ts'
import { type Close, closeAll } from './close-all.ts'
import { openChdb } from './embedded/chdb.ts'
import { lockDirectory } from './embedded/directory-lock.ts'
import { openFileLog } from './embedded/file-log/file-log.ts'
import { openMemoryCache } from './embedded/memory-cache.ts'
import { openPglite } from './embedded/pglite.ts'
import type { Cache } from './ports/cache.ts'
import type { Log } from './ports/log.ts'
import type { Database, Sql } from './ports/sql.ts'
import type { Store } from './ports/store.ts'

/** Part of the settings of the environment. */
export interface EngineConfig {
  readonly engines: 'embedded'
  readonly dataDir: string
  readonly partitions: number
}

export interface Engines {
  readonly log: Log
  readonly store: Store
  readonly cache: Cache
  readonly sql: Readonly<Record<Database, Sql>>
  /** In reverse order, each even if another fails; the data directory is free for others when it resolves. */
  close(): Promise<void>
}

/** Throws `in_use` while another process has the data directory, `engine_missing` where a library is not installed. */
export async function openEngines({ dataDir, partitions }: EngineConfig): Promise<Engines> {
  const closing: Close[] = []
  const close = () => closeAll(closing)
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    closing.push(await lockDirectory(dataDir))
    const opening = <T>(opened: Promise<T>, closeOf: (engine: T) => Close) =>
      opened.then((engine) => {
        closing.push(closeOf(engine))
        return engine
      })
    // Side by side: the first start of the database takes seconds, on a core of its own.
    const databaseOpens = opening(openPglite(join(dataDir, 'sql')), ({ close }) => close)
    const storeOpens = opening(openChdb(join(dataDir, 'clickhouse')).then(clickhouseStore), ({ close }) => close)
    const logOpens = opening(openFileLog({ path: join(dataDir, 'log'), partitions }), ({ close }) => close)
    // All of them have come to their end before any failure is told, so that what did open is closed.
    await Promise.allSettled([databaseOpens, storeOpens, logOpens])
    const [database, store, log] = await Promise.all([databaseOpens, storeOpens, logOpens])
    const cache = openMemoryCache()
    closing.push(cache.close)
    const one = database.sql()
    const sql = { vault: one, links: one, runs: one, control: one }
    return { log, store, cache, sql, close }
  } catch (error) {
    await close().catch(() => {})
    throw error
  }
}
