/** ClickHouse across the network. A pool of sockets a job, so that slow questions leave the inserts theirs. */

import { randomUUID } from 'node:crypto'
import { ClickHouseLogLevel, type ClickHouseSettings, createClient } from '@clickhouse/client'
import { everyStatement } from '../clickhouse/settings.ts'
import type { Connections } from '../clickhouse/store.ts'
import { watchStatuses } from './http-statuses.ts'
import type { ClickhouseConfig } from './settings.ts'

const SECOND = 1_000
/** Of silence. An insert waits for its disk and its replicas, a fold or a merge for as long as it takes. */
const timeouts = { asking: 60 * SECOND, appending: 180 * SECOND, admin: 3_600 * SECOND, watching: 5 * SECOND }

const overHttp: ClickHouseSettings = {
  // The status says how it ended, as it is sent at the end: else an error comes in the middle of an answer that began with 200.
  wait_end_of_query: 1,
  // What stands between ends a connection on which nothing comes for a minute or two.
  send_progress_in_http_headers: 1,
  http_headers_progress_interval_ms: '50000',
  cancel_http_readonly_queries_on_client_close: 1,
}

/**
 * On a cluster an insert is answered when most replicas have it, and a question sees all such inserts, whichever replica it comes to: ids and
 * tombstones that another process wrote must not be missed. One at a time a table, as the engine cannot do both otherwise; whoever comes
 * in between is told to come again.
 */
const onCluster: ClickHouseSettings = {
  insert_quorum: 'auto',
  insert_quorum_parallel: 0,
  insert_quorum_timeout: 60_000,
  select_sequential_consistency: '1',
}

const TRIES = 3
/** What lies in a URL is cut off or written down on the way. */
const MANY = 50

export interface ClickhouseTuning {
  readonly timeouts?: Partial<typeof timeouts>
}

export function openClickhouse(config: ClickhouseConfig, tuning: ClickhouseTuning = {}): Connections {
  const { url, username, password, database, cluster } = config
  const wait = { ...timeouts, ...tuning.timeouts }
  const open = (job: keyof typeof timeouts) =>
    createClient({
      url,
      username,
      password,
      database,
      // Its own log prints the engine's errors, and those quote parameters and rows.
      log: { level: ClickHouseLogLevel.OFF },
      compression: { request: true, response: true },
      request_timeout: wait[job],
      // A server closes idle sockets after ten seconds (three, until some years ago): a request that crosses that is reset.
      keep_alive: { enabled: true, idle_socket_ttl: 2 * SECOND, eagerly_destroy_stale_sockets: true },
      use_multipart_params_auto: true,
      clickhouse_settings: { ...everyStatement, ...overHttp, ...(cluster && onCluster) },
    })
  const [admin, asking, appending, watching] = [open('admin'), open('asking'), open('appending'), open('watching')]
  const statuses = watchStatuses()
  const said = <P extends object, R>(say: (params: P & { query_id: string }) => Promise<R>, params: P): Promise<R> => {
    const query_id = randomUUID()
    return statuses.of(query_id, say({ ...params, query_id }))
  }
  return {
    tries: TRIES,
    admin: {
      command(params) {
        const many = Object.values(params.query_params ?? {}).some((each) => Array.isArray(each) && each.length > MANY)
        if (!many) return said((each) => admin.command(each), params)
        // Only a question's parameters may lie in the body.
        const asked = { ...params, format: 'JSONEachRow', use_multipart_params: true } as const
        return said(async (each) => {
          const result = await admin.query(each)
          await result.text()
          return { query_id: result.query_id, response_headers: result.response_headers }
        }, asked)
      },
      close: async () => {
        statuses.close()
        await admin.close()
      },
    },
    asking: { query: (params) => said((each) => asking.query(each), params), close: () => asking.close() },
    appending: { insert: (params) => said((each) => appending.insert(each), params), close: () => appending.close() },
    watching: { query: (params) => said((each) => watching.query(each), params), close: () => watching.close() },
  }
}
