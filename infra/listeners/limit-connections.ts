/**
 * Holds a server to a number of connections, of which the idle give way: the one that is idle longest makes room for a newcomer, and none stays
 * idle for long. It stands in for the keep-alive timer of Node.js, which is made anew for every request.
 */

import type { RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export interface ConnectionLimits {
  /** Open at once. */
  readonly most: number
  /** Whoever is idle for so long is let go. */
  readonly keepAliveMs: number
  readonly sweepMs?: number
  readonly now?: () => number
}

/** So long nobody gives way: a request may be on its way, or lie unread before a loop that is late. */
const GRACE_MS = 500
const SWEEP_MS = 1_000

/**
 * To be called before the server listens; what it answers is to be called with each request, before that is answered. Idle is a connection of
 * which no request is being answered: also one that has said nothing yet, or half of its headers. Where nobody idle can give way, newcomers are
 * refused.
 */
export function limitConnections(
  server: Server,
  { most, keepAliveMs, sweepMs = SWEEP_MS, now = () => performance.now() }: ConnectionLimits,
): RequestListener {
  /** Since when, idle longest first. */
  const idle = new Map<Socket, number>()
  /** Of clients that send on before they are answered: the responses behind the one whose turn it is. */
  const pipelined = new Map<Socket, ServerResponse[]>()
  let open = 0

  function letGo(socket: Socket) {
    idle.delete(socket)
    socket.destroy()
  }

  function makeRoom() {
    const [longest] = idle
    if (longest && now() - longest[1] >= GRACE_MS) letGo(longest[0])
  }

  function answered(this: ServerResponse) {
    const { socket } = this.req
    if (socket.destroyed) return
    const behind = pipelined.size > 0 ? pipelined.get(socket) : undefined
    if (!behind) {
      idle.set(socket, now())
      return
    }
    behind.shift()
    if (behind.length === 0) pipelined.delete(socket)
  }

  function left(this: Socket) {
    open -= 1
    idle.delete(this)
    const behind = pipelined.get(this)
    if (!behind) return
    pipelined.delete(this)
    // Before nodejs/node#62534 only the response whose turn it was says `close`; whoever counts by that would count the others for ever.
    setImmediate(() => {
      for (const response of behind) if (!response.closed) response.destroy().emit('close')
    })
  }

  server.maxConnections = most
  server.keepAliveTimeout = 0
  server.on('connection', (socket) => {
    open += 1
    idle.set(socket, now())
    socket.on('close', left)
    // At once, so that there is a place when the next one comes.
    if (open >= most) makeRoom()
  })
  server.on('drop', makeRoom)

  let sweep: NodeJS.Timeout | undefined
  server.on('listening', () => {
    sweep = setInterval(() => {
      const late = now() - keepAliveMs
      for (const [socket, since] of idle) {
        if (since > late) break
        letGo(socket)
      }
    }, sweepMs).unref()
  })
  server.on('close', () => clearInterval(sweep))

  return ({ socket }, outgoing) => {
    outgoing.on('close', answered)
    if (idle.delete(socket)) return
    const behind = pipelined.get(socket)
    if (behind) behind.push(outgoing)
    else pipelined.set(socket, [outgoing])
  }
}
