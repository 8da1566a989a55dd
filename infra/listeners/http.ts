/** What every listener shares: request ids, answers to errors, timeouts, a graceful end. */

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import type { Logger } from 'pino'
import { Fault } from '../../schemas/fault.ts'
import { errorAnswers, responseOf } from './answer.ts'
import { limitConnections } from './limit-connections.ts'

export interface RequestVariables {
  requestId: string
}

export const requestId: MiddlewareHandler<{ Variables: RequestVariables }> = async (context, next) => {
  context.set('requestId', randomUUID())
  await next()
}

/** For an app's `onError`. */
export function answerError(log: Logger) {
  const answer = errorAnswers(log)
  return (error: Error, context: Context): Response =>
    responseOf(answer(error, { method: context.req.method, requestId: context.get('requestId') }))
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

/** Stands before an app: passes a request on, lets it wait, or answers it, before anything but its headers was read. */
export interface Turnstile {
  /** Open at once; the idle give way. */
  readonly connections: number
  enter(incoming: IncomingMessage, outgoing: ServerResponse, pass: () => void): void
}

export interface Served {
  readonly fetch: Fetch
  readonly turnstile?: Turnstile | undefined
}

export interface Patience {
  readonly headersMs: number
  readonly requestMs: number
}
const patience: Patience = { headersMs: 10_000, requestMs: 20_000 }

const KEEP_ALIVE_MS = 30_000

/** Slow clients are cut off with 408: headers within 10 s, the whole request within 20 s. */
export async function listen(
  { fetch, turnstile }: Served,
  { host, port, name, headersMs, requestMs }: ListenOptions & Partial<Patience>,
): Promise<Listener> {
  const options = {
    headersTimeout: headersMs ?? patience.headersMs,
    requestTimeout: requestMs ?? patience.requestMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // How often it looks for those that are late.
    connectionsCheckingInterval: 1_000,
  }
  const answer = getRequestListener(fetch)
  const server = createServer(options)
  if (turnstile) {
    const take = limitConnections(server, { most: turnstile.connections, keepAliveMs: KEEP_ALIVE_MS })
    server.on('request', (incoming, outgoing) => {
      take(incoming, outgoing)
      turnstile.enter(incoming, outgoing, () => void answer(incoming, outgoing))
    })
  } else server.on('request', answer)
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
