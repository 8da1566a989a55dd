/** ClickHouse across the network. A pool of sockets a job, so that slow questions leave the inserts theirs. */

import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { everyStatement } from '../clickhouse-settings.ts'
import type { Connections } from '../clickhouse-store.ts'
import type { ClickhouseConfig } from './settings.ts'

export function openClickhouse({ url, username, password, database }: ClickhouseConfig): Connections {
  // Its own log prints the engine's errors, and those quote parameters and rows.
  const log = { level: ClickHouseLogLevel.OFF }
  const open = () => createClient({ url, username, password, database, log, clickhouse_settings: everyStatement })
  return { admin: open(), asking: open(), appending: open(), watching: open() }
}
