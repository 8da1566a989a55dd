/**
 * Whose answer was it? The client makes an error of any answer that is none of the engine's, a proxy's page for example, and keeps its text and
 * not its status. So the statuses are noted as they come in, by the id that each request carries.
 */

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientRequest, IncomingMessage } from 'node:http'

/** Of an answer that is not the engine's. */
export class HttpStatus extends Error {
  readonly code: string

  constructor(status: number) {
    super('an answer that is not of the engine')
    this.code = `HTTP_${status}`
  }
}

export interface Statuses {
  /** The same work; where it fails on an answer that the engine did not give, it fails with that answer's status. */
  of<T>(queryId: string, work: Promise<T>): Promise<T>
  close(): void
}

const CHANNEL = 'http.client.response.finish'
/** As Node's documentation of the channel has it. */
interface Received {
  readonly request: ClientRequest
  readonly response: IncomingMessage
}

export function watchStatuses(): Statuses {
  const waiting = new Map<string, number>()
  const note = (message: unknown) => {
    const { request, response } = message as Received
    // Of all requests of this process, most are fine and most are others'.
    if ((response.statusCode ?? 0) < 300 || response.headers['x-clickhouse-exception-code'] !== undefined) return
    const queryId = /[?&]query_id=([\w-]+)/.exec(request.path)?.[1]
    if (queryId !== undefined && waiting.has(queryId)) waiting.set(queryId, response.statusCode ?? 0)
  }
  subscribe(CHANNEL, note)
  return {
    async of(queryId, work) {
      waiting.set(queryId, 0)
      try {
        return await work
      } catch (error) {
        const status = waiting.get(queryId) ?? 0
        throw status > 0 ? new HttpStatus(status) : error
      } finally {
        waiting.delete(queryId)
      }
    },
    close: () => unsubscribe(CHANNEL, note),
  }
}
