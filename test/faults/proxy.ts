/** A TCP proxy that does to connections what networks do: resets, black holes, latency, an answer cut in the middle. And it can hold a piece at its mark. */

import { once } from 'node:events'
import { createServer, type Socket, connect as tcpConnect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { later } from './later.ts'
import { blindTap, type Mark, type Piece, type Tap } from './taps.ts'

/** `hole`: nothing arrives, and nothing says so; what was sent meanwhile arrives late, as TCP sends it again. */
export type Weather = 'pass' | 'refuse' | 'hole' | { readonly latencyMs: number }

/** A piece that is held: whoever caught it has all the time it needs. */
export interface Caught {
  readonly mark: Mark
  /** `cut` lets half of it through and resets the connection, `drop` nothing. */
  release(how?: 'whole' | 'cut' | 'drop'): void
}

export interface Trap {
  readonly caught: Promise<Caught>
  /** Catches nothing more; `caught` then stays open. */
  disarm(): void
}

export interface FaultProxy {
  readonly port: number
  set(weather: Weather): void
  /** All connections there are, at once. */
  reset(): void
  /** The next piece with one of these marks is held. */
  trap(...marks: readonly Mark[]): Trap
  /** How often each mark went by. */
  count(mark: Mark): number
  close(): Promise<void>
}

export interface ProxyOptions {
  /** Loopback; the same after each restart. */
  readonly upstream: number
  /** 0 is any free one. */
  readonly port?: number
  readonly tap?: () => Tap
}

interface Armed {
  readonly marks: readonly Mark[]
  take(caught: Caught): void
}

export async function openProxy({ upstream, port = 0, tap = blindTap }: ProxyOptions): Promise<FaultProxy> {
  const sockets = new Set<Socket>()
  const armed = new Set<Armed>()
  const counts = new Map<Mark, number>()
  let weather: Weather = 'pass'
  let turned = later()

  async function clear(): Promise<void> {
    while (weather === 'hole') await turned.promise
    if (typeof weather === 'object') await pause(weather.latencyMs)
  }

  /** How much of it goes on; `undefined` ends the connection. */
  async function hold({ bytes, mark }: Piece): Promise<{ bytes: Buffer; last: boolean } | undefined> {
    if (mark) counts.set(mark, (counts.get(mark) ?? 0) + 1)
    const trap = mark && [...armed].find(({ marks }) => marks.includes(mark))
    if (!trap) return { bytes, last: false }
    armed.delete(trap)
    const released = later<'whole' | 'cut' | 'drop'>()
    trap.take({ mark, release: (how = 'whole') => released.resolve(how) })
    const how = await released.promise
    if (how === 'drop') return undefined
    return how === 'cut'
      ? { bytes: bytes.subarray(0, Math.ceil(bytes.length / 2)), last: true }
      : { bytes, last: false }
  }

  /** What is on its way arrives, also when its sender is gone by then. */
  async function pump(from: Socket, to: Socket, read: (chunk: Buffer) => Piece[]): Promise<void> {
    try {
      for await (const chunk of from)
        for (const piece of read(chunk)) {
          await clear()
          const held = await hold(piece)
          if (!held) return void to.resetAndDestroy()
          await clear()
          if (to.destroyed) return
          if (!to.write(held.bytes)) await Promise.race([once(to, 'drain'), once(to, 'close')])
          if (held.last) return void to.resetAndDestroy()
        }
      await clear()
      to.end()
    } catch {
      // Whoever is in a black hole hears of nothing, not even of an end.
      await clear()
      to.resetAndDestroy()
    }
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true }, async (near) => {
    near.on('error', () => {})
    if (weather === 'refuse') return near.resetAndDestroy()
    const far = tcpConnect({ host: '127.0.0.1', port: upstream, allowHalfOpen: true, noDelay: true })
    far.on('error', () => {})
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    }
    const { asked, answered } = tap()
    await Promise.allSettled([pump(near, far, asked), pump(far, near, answered)])
    for (const socket of [near, far]) socket.destroy()
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('a proxy listens nowhere')

  const reset = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    port: address.port,
    set(next) {
      weather = next
      turned.resolve()
      turned = later()
      if (next === 'refuse') reset()
    },
    reset,
    trap(...marks) {
      const { promise, resolve } = later<Caught>()
      const one: Armed = { marks, take: resolve }
      armed.add(one)
      return { caught: promise, disarm: () => armed.delete(one) }
    },
    count: (mark) => counts.get(mark) ?? 0,
    async close() {
      armed.clear()
      weather = 'pass'
      turned.resolve()
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
