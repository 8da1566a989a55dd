/**
 * More load than there can be answers: clients come at times drawn beforehand (Poisson), each takes a free connection or opens one, and leaves
 * where there is none. Who is refused a connection tries again after a second; who is turned away asks once more after a second, whatever
 * Retry-After says, as a storm of retries does. After the flood the load goes on at a rate that can be answered, until answers are as
 * quick as before.
 */

import { connect, type Socket } from 'node:net'
import * as z from 'zod'
import { BenchVisitor } from './bench-visitors.ts'
import { answer, readInput } from './process-input.ts'
import { isGood, isWhole, requestPool } from './wire.ts'

const Flood = z.object({
  port: z.int(),
  connections: z.int(),
  eventsPerRequest: z.int(),
  visitors: z.array(BenchVisitor).min(1),
  /** Requests a second and for how long, during the flood and after it. */
  rate: z.number(),
  seconds: z.number(),
  rateAfter: z.number(),
  secondsAfter: z.number(),
})
export type Flood = z.input<typeof Flood>

export interface FloodResult {
  /** A second of the flood: clients that came, and of them those who were answered 2xx. */
  readonly offered: number
  readonly good: number
  /** All in all: answered with another status, refused a connection, found none free, and given up after ten seconds. */
  readonly turnedAway: number
  readonly refused: number
  readonly withoutConnection: number
  readonly givenUp: number
  /** Milliseconds from coming to a 2xx. */
  readonly p50: number
  readonly p99: number
  /** From the end of the flood until every client of half a second was answered 2xx within `QUICK_MS`; `null` if that did not come. */
  readonly recoverySeconds: number | null
  /** Share of its core that this process used. */
  readonly busy: number
}

const PATIENCE_MS = 10_000
const RETRY_MS = 1_000
const QUICK_MS = 250
const SLICE_MS = 500

const flood = await readInput(Flood)
const nextRequest = requestPool(flood.port, flood.visitors, flood.eventsPerRequest)

const counts = { offered: 0, good: 0, turnedAway: 0, refused: 0, withoutConnection: 0, givenUp: 0 }
const latencies: number[] = []
/** After the flood: clients of each slice, and those answered in time. */
const slices: { came: number; quick: number }[] = []
let flooding = true
let floodEnd = Number.POSITIVE_INFINITY

interface Client {
  readonly came: number
  readonly again: boolean
}
interface Connection {
  readonly socket: Socket
  client: Client | undefined
  rest: Buffer | undefined
}

const free: Connection[] = []
const busy = new Set<Connection>()
let open = 0
let blockedUntil = 0

function come(client: Client): void {
  const known = free.pop()
  if (known) {
    send(known, client)
    return
  }
  if (open >= flood.connections || performance.now() < blockedUntil) {
    counts.withoutConnection += 1
    return
  }
  open += 1
  const socket = connect(flood.port, '127.0.0.1').setNoDelay(true)
  const connection: Connection = { socket, client, rest: undefined }
  busy.add(connection)
  let connected = false
  socket.once('connect', () => {
    connected = true
    socket.write(nextRequest())
  })
  socket.on('data', (chunk) => heard(connection, chunk))
  socket.on('error', () => {})
  socket.once('close', () => {
    open -= 1
    busy.delete(connection)
    const at = free.indexOf(connection)
    if (at >= 0) free.splice(at, 1)
    if (connection.client === undefined && connected) return
    counts.refused += 1
    blockedUntil = performance.now() + RETRY_MS
  })
}

function send(connection: Connection, client: Client): void {
  connection.client = client
  busy.add(connection)
  connection.socket.write(nextRequest())
}

function heard(connection: Connection, chunk: Buffer): void {
  const seen = connection.rest ? Buffer.concat([connection.rest, chunk]) : chunk
  connection.rest = isWhole(seen) ? undefined : seen
  const { client } = connection
  if (connection.rest || !client) return
  connection.client = undefined
  busy.delete(connection)
  free.push(connection)
  const took = performance.now() - client.came
  if (isGood(seen)) {
    if (flooding) counts.good += 1
    if (flooding) latencies.push(took)
    const slice = slices[Math.floor((client.came - floodEnd) / SLICE_MS)]
    if (slice && took <= QUICK_MS) slice.quick += 1
    return
  }
  if (flooding) counts.turnedAway += 1
  if (flooding && !client.again) setTimeout(() => come({ came: performance.now(), again: true }), RETRY_MS)
}

const impatience = setInterval(() => {
  const now = performance.now()
  for (const connection of busy)
    if (connection.client && now - connection.client.came > PATIENCE_MS) {
      counts.givenUp += 1
      connection.client = undefined
      connection.socket.destroy()
    }
}, 500)

/** Until `end`, at `rate`. */
async function arrivals(rate: number, end: number, each: (came: number) => void): Promise<void> {
  let due = performance.now()
  await new Promise<void>((resolve) => {
    const turn = (): void => {
      const now = performance.now()
      if (now >= end) {
        resolve()
        return
      }
      while (due <= now) {
        each(due)
        due -= (Math.log(1 - Math.random()) / rate) * 1_000
      }
      setImmediate(turn)
    }
    turn()
  })
}

const used = process.cpuUsage()
const began = performance.now()
await arrivals(flood.rate, began + flood.seconds * 1_000, (came) => {
  counts.offered += 1
  come({ came, again: false })
})
const seconds = (performance.now() - began) / 1_000
flooding = false
floodEnd = performance.now()
const { user, system } = process.cpuUsage(used)
const sliceCount = Math.ceil((flood.secondsAfter * 1_000) / SLICE_MS)
for (let n = 0; n < sliceCount; n += 1) slices.push({ came: 0, quick: 0 })
await arrivals(flood.rateAfter, floodEnd + flood.secondsAfter * 1_000, (came) => {
  const slice = slices[Math.floor((came - floodEnd) / SLICE_MS)]
  if (slice) slice.came += 1
  come({ came, again: false })
})
await new Promise((resolve) => setTimeout(resolve, QUICK_MS))
clearInterval(impatience)

latencies.sort((a, b) => a - b)
const at = (share: number): number =>
  latencies[Math.min(latencies.length - 1, Math.ceil(share * latencies.length))] ?? 0
const recovered = slices.findIndex(({ came, quick }) => came > 0 && quick >= came)
answer({
  ...counts,
  offered: counts.offered / seconds,
  good: counts.good / seconds,
  p50: at(0.5),
  p99: at(0.99),
  recoverySeconds: recovered < 0 ? null : ((recovered + 1) * SLICE_MS) / 1_000,
  busy: (user + system) / 1e6 / seconds,
} satisfies FloodResult)
process.exit(0)
