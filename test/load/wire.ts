/** Requests and answers as bytes, so that whoever makes load stays cheaper than what it loads. */

import { type BenchVisitor, eventsBody, headersOf } from './bench-visitors.ts'

const POOL = 20_000

/** Requests made beforehand, in turn. */
export function requestPool(port: number, visitors: readonly BenchVisitor[], eventsPerRequest: number): () => Buffer {
  const pool = Array.from({ length: Math.ceil(POOL / eventsPerRequest) }, (_, n) =>
    requestOf(port, visitors[n % visitors.length] as BenchVisitor, eventsPerRequest),
  )
  let next = 0
  return () => pool[next++ % pool.length] as Buffer
}

function requestOf(port: number, visitor: BenchVisitor, eventsPerRequest: number): Buffer {
  const body = Buffer.from(eventsBody(eventsPerRequest))
  const headers = Object.entries({
    Host: `127.0.0.1:${port}`,
    ...headersOf(visitor),
    'Content-Length': body.length,
  })
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.concat([Buffer.from(`POST /v1/events HTTP/1.1\r\n${head}\r\n`), body])
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
