/** A store and databases for tests that need just any: the embedded ones, or with BAUTA_TEST_ENGINES=distributed those that `npm run engines` started. */

import type { Store } from '../../infra/ports/store.ts'
import { openClickhouseStore, openPostgresSql } from './distributed.ts'
import { openEmbeddedSql, openEmbeddedStore, type TestSql } from './embedded.ts'
import { overDistributed } from './found-engines.ts'

export type { TestSql }

/** Migrated. Embedded, a second one in the same process would be the same. */
export const openTestStore = (): Promise<Store> => (overDistributed() ? openClickhouseStore() : openEmbeddedStore())

/** Migrated databases, all in one engine, every time new. */
export const openTestSql = (): Promise<TestSql> => (overDistributed() ? openPostgresSql() : openEmbeddedSql())
