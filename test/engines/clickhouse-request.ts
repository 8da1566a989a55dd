/** A request to ClickHouse's HTTP interface, read: what is asked of the engine, with which settings, by whom. */

import type { IncomingHttpHeaders } from 'node:http'

export interface Asked {
  /** The statement, and the rows of an insert, which follow it. */
  readonly sql: { readonly text: string; readonly rows: string }
  readonly writes: boolean
  /** Of an answer that does not name its own. */
  readonly format: string
  /** `name = 'value', ...`, settings and parameters; `''` for none. */
  readonly set: string
  /** Quoted. */
  readonly database: string | undefined
  readonly user: string
  readonly password: string
  readonly gzip: boolean
  readonly queryId: string | undefined
}

/** Of the HTTP interface only, and unknown to the engine. */
const ofHttp = new Set([
  ...['query', 'database', 'default_format', 'user', 'password', 'query_id', 'session_id', 'session_timeout'],
  ...['session_check', 'role', 'quota_key', 'compress', 'decompress', 'stacktrace', 'buffer_size'],
  ...['wait_end_of_query', 'enable_http_compression', 'http_zlib_compression_level', 'http_response_buffer_size'],
  ...[
    'send_progress_in_http_headers',
    'http_headers_progress_interval_ms',
    'cancel_http_readonly_queries_on_client_close',
  ],
])

export function readRequest(search: URLSearchParams, headers: IncomingHttpHeaders, body: string): Asked {
  const query = search.get('query')
  const text = query ?? body
  // With rows behind it, and not those of a SELECT.
  const inserts = /^(\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*INSERT\b/i.test(text) && !/\bSELECT\b/i.test(text)
  const writes = inserts && query !== null
  const set = [...search].filter(([name]) => !ofHttp.has(name))
  const wanted = search.get('enable_http_compression') === '1' && /\bgzip\b/.test(one(headers['accept-encoding']) ?? '')
  return {
    // Between the two a line of its own, as the rows may begin with anything.
    sql: { text: writes ? `${text}\n` : text, rows: query === null ? '' : body },
    writes,
    format: search.get('default_format') ?? one(headers['x-clickhouse-format']) ?? 'TabSeparated',
    set: set.map(([name, value]) => `${identifier(name)} = ${literal(value)}`).join(', '),
    database: quoted(search.get('database') ?? one(headers['x-clickhouse-database'])),
    ...credentials(search, headers),
    gzip: wanted,
    queryId: search.get('query_id') ?? undefined,
  }
}

function credentials(search: URLSearchParams, headers: IncomingHttpHeaders): { user: string; password: string } {
  const [scheme, encoded = ''] = (headers.authorization ?? '').split(' ')
  if (scheme === 'Basic') {
    const [user = '', ...password] = Buffer.from(encoded, 'base64').toString().split(':')
    return { user, password: password.join(':') }
  }
  return {
    user: one(headers['x-clickhouse-user']) ?? search.get('user') ?? 'default',
    password: one(headers['x-clickhouse-key']) ?? search.get('password') ?? '',
  }
}

const one = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)

/** Values go into the SQL that sets them: a quote or a backslash must not end the string. */
const literal = (value: string) => `'${value.replace(/[\\']/g, '\\$&')}'`

function identifier(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return name
  throw new Error('Code: 115. DB::Exception: Unknown setting. (UNKNOWN_SETTING)')
}

function quoted(database: string | undefined): string | undefined {
  return database === undefined ? undefined : `\`${database.replace(/[\\`]/g, '\\$&')}\``
}
