/** An answer before it is known who carries it, and the one place where an error becomes one. */

import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { HTTPException } from 'hono/http-exception'
import type { Logger } from 'pino'
import { Fault } from '../../schemas/fault.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Whom an error is answered to. */
export interface Asker {
  readonly method: string | undefined
  /** Made up where the request has none yet. */
  readonly requestId?: string | undefined
}

/** `{ error: { code, message, requestId } }`: a fault as it is, anything else as a bug without detail, logged once. */
export function errorAnswers(log: Logger) {
  return (error: Error, { method, requestId = randomUUID() }: Asker): Answer => {
    const fault = asFault(error)
    if (!fault) log.error({ err: error, requestId, method }, 'request failed')
    return fault ? faultAnswer(fault, requestId) : said(500, 'bug', 'something went wrong here', requestId)
  }
}

/** With a time to come back after, where that helps. */
export function faultAnswer({ status, code, message, retryable }: Fault, requestId: string = randomUUID()): Answer {
  const answer = said(status, code, message, requestId)
  return retryable ? { ...answer, headers: { ...answer.headers, 'Retry-After': '5' } } : answer
}

function said(status: number, code: string, message: string, requestId: string): Answer {
  const body = JSON.stringify({ error: { code, message, requestId } })
  return { status, headers: { 'Content-Type': 'application/json' }, body }
}

function asFault(error: Error): Fault | undefined {
  if (error instanceof Fault) return error
  if (error instanceof HTTPException && error.status === 400)
    return new Fault('invalid', 'the body is not readable as JSON')
  if (error instanceof HTTPException && error.status === 413)
    return new Fault('too_large', 'the body is over the limit')
  return undefined
}

export function responseOf({ status, headers, body }: Answer): Response {
  return new Response(body, { status, headers })
}

/** To a socket, without a response in between. */
export function send({ status, headers, body }: Answer, outgoing: ServerResponse): void {
  // The length comes first: a name added to a spread copy makes V8 a shape an object, which only a full collection takes away again.
  outgoing.writeHead(status, { 'Content-Length': Buffer.byteLength(body), ...headers }).end(body)
}
