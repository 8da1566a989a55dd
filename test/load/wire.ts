/** Requests and answers as bytes, so that whoever makes load stays cheaper than what it loads. */

import { type BenchVisitor, eventsBody, headersOf } from './bench-visitors.ts'

const POOL = 20_000

/** Requests made beforehand, in turn; with `freshIds` no event of them is one that was sent before, as those are counted once. */
export function requestPool(
  port: number,
  visitors: readonly BenchVisitor[],
  eventsPerRequest: number,
  freshIds = false,
): () => Buffer {
  const pool = Array.from({ length: Math.ceil(POOL / eventsPerRequest) }, (_, n) => {
    const request = requestOf(port, visitors[n % visitors.length] as BenchVisitor, eventsPerRequest)
    return { request, ids: freshIds ? idsIn(request) : [] }
  })
  let [next, sent] = [0, 0]
  return () => {
    const { request, ids } = pool[next++ % pool.length] as (typeof pool)[number]
    for (const at of ids) request.write((sent++).toString(16).padStart(LAST_DIGITS, '0'), at, 'latin1')
    return request
  }
}

const ID = '"id":"'
const UUID_DIGITS = 36
/** Of a UUID: they say neither version nor variant. */
const LAST_DIGITS = 12

/** Where the last digits of each event's id stand. */
function idsIn(request: Buffer): number[] {
  const found: number[] = []
  for (let at = request.indexOf(ID); at >= 0; at = request.indexOf(ID, at + 1))
    found.push(at + ID.length + UUID_DIGITS - LAST_DIGITS)
  return found
}

function requestOf(port: number, visitor: BenchVisitor, eventsPerRequest: number): Buffer {
  const body = Buffer.from(eventsBody(eventsPerRequest))
  const headers = Object.entries({
    Host: `127.0.0.1:${port}`,
    ...headersOf(visitor),
    'Content-Length': body.length,
  })
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.concat([Buffer.from(`POST /v1/events?site=demo HTTP/1.1\r\n${head}\r\n`), body])
}

export const isGood = (response: Buffer): boolean => response.toString('latin1', 9, 11) === '20'

export function isWhole(response: Buffer): boolean {
  const end = response.indexOf('\r\n\r\n')
  if (end < 0) return false
  const head = response.toString('latin1', 0, end)
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  if (length !== undefined) return response.length >= end + 4 + Number(length)
  return /\r\ntransfer-encoding: chunked/i.test(head)
    ? response.toString('latin1', response.length - 5) === '0\r\n\r\n'
    : true
}
