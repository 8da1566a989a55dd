/**
 * Serves ClickHouse's HTTP interface from chdb: `--port`, `--path` of its data, `--users` as JSON of names and passwords. Each request has a
 * connection of its own, because a connection keeps the settings of its last statement and makes all others wait behind a long one.
 */

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { createGunzip, createInflate, gzipSync } from 'node:zlib'
import { Session } from 'chdb'
import * as z from 'zod'
import { type Asked, readRequest } from './clickhouse-request.ts'

const flags = parseArgs({ options: { port: { type: 'string' }, path: { type: 'string' }, users: { type: 'string' } } })
const { port, path, users } = z
  .object({
    port: z.coerce.number(),
    path: z.string(),
    users: z.string().transform((text) => z.record(z.string(), z.string()).parse(JSON.parse(text))),
  })
  .parse(flags.values)

// Holds the engine open between requests.
const keeper = new Session(path)
await keeper.queryAsync('SELECT 1')

const server = createServer((request, response) => {
  serve(request, response).catch((error) => {
    fail(response, error instanceof Error ? error.message : String(error))
  })
})
server.requestTimeout = 0
server.listen(port, '127.0.0.1')

process.once('SIGTERM', () => {
  server.close(() => {
    keeper.close()
    process.exit()
  })
  server.closeAllConnections()
})

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://server')
  if (url.pathname === '/ping') return void response.end('Ok.\n')
  if (url.pathname !== '/') return void response.writeHead(404).end(`There is no handle ${url.pathname}\n`)
  const body = await readBody(request, url.searchParams)
  const asked = readRequest(url.searchParams, request.headers, body)
  if (!Object.hasOwn(users, asked.user) || users[asked.user] !== asked.password) {
    const why = `${asked.user}: Authentication failed: password is incorrect, or there is no user with such name.`
    return fail(response, `Code: 516. DB::Exception: ${why} (AUTHENTICATION_FAILED)`)
  }
  await answer(asked, response)
}

/** What a form carries joins what the URL does: parameters may be too long for one. */
async function readBody(request: IncomingMessage, search: URLSearchParams): Promise<string> {
  const { 'content-encoding': coding, 'content-type': type = '' } = request.headers
  const inflate = coding === 'gzip' ? createGunzip() : coding === 'deflate' ? createInflate() : undefined
  const body = await buffer(inflate ? request.pipe(inflate) : request)
  if (!type.startsWith('multipart/form-data')) return body.toString()
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  for (const [name, value] of form) search.append(name, String(value))
  return ''
}

async function answer({ sql, format, set, database, gzip, queryId, writes }: Asked, response: ServerResponse) {
  const session = new Session(path)
  try {
    if (database) await session.queryAsync(`USE ${database}`)
    if (set) await session.queryAsync(`SET ${set}`)
    // Nothing to insert is no mistake over HTTP, but the engine's own parser takes it for one.
    const empty = writes && sql.rows === ''
    const result = empty ? undefined : await session.queryAsync(sql.text + sql.rows, { format })
    const bytes = Buffer.from(result?.bytes() ?? [])
    const rows = String(result?.rowsRead ?? 0)
    const summary = {
      read_rows: rows,
      read_bytes: String(result?.bytesRead ?? 0),
      written_rows: writes ? rows : '0',
      written_bytes: writes ? String(result?.bytesRead ?? 0) : '0',
      result_rows: writes ? '0' : rows,
      result_bytes: String(bytes.length),
      total_rows_to_read: '0',
      elapsed_ns: String(Math.round((result?.elapsed ?? 0) * 1e9)),
    }
    response.writeHead(200, {
      'content-type': 'text/plain; charset=UTF-8',
      'x-clickhouse-query-id': queryId ?? randomUUID(),
      'x-clickhouse-format': format,
      'x-clickhouse-summary': JSON.stringify(summary),
      ...(gzip && { 'content-encoding': 'gzip' }),
    })
    response.end(gzip ? gzipSync(bytes, { level: 1 }) : bytes)
  } finally {
    session.close()
  }
}

/** As a server has it: the exception as text, its number in a header, and the status that goes with it. */
function fail(response: ServerResponse, message: string): void {
  const [, code = '1002'] = /Code: (\d+)/.exec(message) ?? []
  const text = message.startsWith('Code: ') ? message : `Code: 1002. DB::Exception: ${message} (UNKNOWN_EXCEPTION)`
  if (response.headersSent) return void response.destroy()
  response.writeHead(statuses[code] ?? 500, {
    'content-type': 'text/plain; charset=UTF-8',
    'x-clickhouse-exception-code': code,
  })
  response.end(`${text} (version chdb)\n`)
}

/** ClickHouse's own choice, of the codes that come up: HTTPHandler's exceptionCodeToHTTPStatus. */
const statuses: Readonly<Record<string, number>> = {
  ...Object.fromEntries(['27', '41', '47', '53', '62', '115', '117', '456'].map((code) => [code, 400])),
  ...Object.fromEntries(['46', '60', '81'].map((code) => [code, 404])),
  ...{ 241: 500, 516: 403, 497: 403 },
}
