/** What every listener shares: request ids, one place where an error becomes an answer, timeouts, a graceful end. */

import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Logger } from 'pino'
import { Fault } from '../schemas/fault.ts'

export interface RequestVariables {
  requestId: string
}

export const requestId: MiddlewareHandler<{ Variables: RequestVariables }> = async (context, next) => {
  context.set('requestId', randomUUID())
  await next()
}

/** `{ error: { code, message, requestId } }`: a fault as it is, anything else as a bug without detail. */
export function answerError(log: Logger) {
  return (error: Error, context: Context): Response => {
    const id: string = context.get('requestId') ?? randomUUID()
    const fault = asFault(error)
    if (!fault) log.error({ err: error, requestId: id, method: context.req.method }, 'request failed')
    const { status, code, message } = fault ?? {
      status: 500 as const,
      code: 'bug',
      message: 'something went wrong here',
    }
    if (fault?.retryable) context.header('Retry-After', '5')
    return context.json({ error: { code, message, requestId: id } }, status)
  }
}

function asFault(error: Error): Fault | undefined {
  if (error instanceof Fault) return error
  if (error instanceof HTTPException && error.status === 400)
    return new Fault('invalid', 'the body is not readable as JSON')
  if (error instanceof HTTPException && error.status === 413)
    return new Fault('too_large', 'the body is over the limit')
  return undefined
}

export function notFound(context: Context): Response {
  const error = {
    code: 'not_found',
    message: `nothing is served at ${context.req.path}`,
    requestId: context.get('requestId'),
  }
  return context.json({ error }, 404)
}

export interface Listener {
  readonly host: string
  readonly port: number
  /** Stops listening, lets requests at hand finish, then cuts idle connections. */
  close(): Promise<void>
}

export interface ListenOptions {
  readonly host: string
  /** 0 is any free one. */
  readonly port: number
  /** What it serves, for the error when the port is taken. */
  readonly name: string
}

/** `fetch` of a Hono app, whatever its bindings are. */
type Fetch = Parameters<typeof getRequestListener>[0]

/** Slow clients are cut off: headers within 10 s, the whole request within 20 s. */
export async function listen(app: { readonly fetch: Fetch }, { host, port, name }: ListenOptions): Promise<Listener> {
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 20_000, keepAliveTimeout: 30_000 },
    getRequestListener(app.fetch),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = new Fault(
        'in_use',
        `port ${port} for ${name} is taken; stop what listens there, or set another port`,
        { cause: error },
      )
      reject(error.code === 'EADDRINUSE' ? taken : error)
    })
    server.listen(port, host, resolve)
  })
  return {
    host,
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      const cut = setTimeout(() => server.closeAllConnections(), 3_000)
      await closed
      clearTimeout(cut)
    },
  }
}
