/**
 * Load over plain sockets, requests built beforehand, so that it stays cheaper than what it measures. `closed`: each connection sends
 * again once it is answered; finds the peak. `open`: requests are due at times drawn beforehand (Poisson) and their latency counts from
 * then, also for those that had to wait for a connection, so that a stall is not hidden by the requests it kept from being sent.
 */

import { connect, type Socket } from 'node:net'
import * as z from 'zod'
import { BenchVisitor } from './bench-visitors.ts'
import { answer, readInput } from './process-input.ts'
import { isGood, isWhole, requestPool } from './wire.ts'

const Load = z.object({
  port: z.int(),
  kind: z.enum(['closed', 'open']),
  connections: z.int(),
  warmUpSeconds: z.number(),
  seconds: z.number(),
  /** Requests a second, of kind `open`. */
  rate: z.number().default(0),
  eventsPerRequest: z.int(),
  /** Each event is sent once: what the store makes of them is measured too. */
  freshIds: z.boolean().default(false),
  visitors: z.array(BenchVisitor).min(1),
})
export type Load = z.input<typeof Load>

/** Latencies in milliseconds; `busy` is the share of its core that this process used. */
export const LoadResult = z.object({
  requestsPerSecond: z.number(),
  answered: z.int(),
  otherwise: z.int(),
  busy: z.number(),
  p50: z.number(),
  p99: z.number(),
  p999: z.number(),
  max: z.number(),
  /** How late requests left although a connection was free: the generator's own share in the latencies. */
  ownP99: z.number(),
})
export type LoadResult = z.infer<typeof LoadResult>

const load = await readInput(Load)
const nextRequest = requestPool(load.port, load.visitors, load.eventsPerRequest, load.freshIds)

let measuring = false
let good = 0
let otherwise = 0
const latencies: number[] = []
const own: number[] = []

interface Connection {
  readonly socket: Socket
  /** A request on it is not answered yet. */
  asked: boolean
  due: number
}

function ask(connection: Connection, due = 0): void {
  connection.asked = true
  connection.due = due
  connection.socket.write(nextRequest())
}

/** `answered` is called once a response, when all of it is there. */
async function openConnection(answered: (connection: Connection) => void): Promise<Connection> {
  const socket = connect(load.port, '127.0.0.1').setNoDelay(true)
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const connection: Connection = { socket, asked: false, due: 0 }
  let rest: Buffer | undefined
  socket.on('data', (chunk) => {
    // What is said to one that asks nothing is that it goes for being idle.
    if (!connection.asked) return
    const seen = rest ? Buffer.concat([rest, chunk]) : chunk
    if (!isWhole(seen)) {
      rest = seen
      return
    }
    rest = undefined
    connection.asked = false
    if (measuring) {
      if (isGood(seen)) good += 1
      else otherwise += 1
      if (connection.due > 0) latencies.push(performance.now() - connection.due)
    }
    answered(connection)
  })
  socket.on('error', () => {
    otherwise += 1
  })
  return connection
}

async function measure(): Promise<{ seconds: number; busy: number }> {
  const wait = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
  await wait(load.warmUpSeconds)
  measuring = true
  const [began, used] = [performance.now(), process.cpuUsage()]
  await wait(load.seconds)
  measuring = false
  const seconds = (performance.now() - began) / 1_000
  const { user, system } = process.cpuUsage(used)
  return { seconds, busy: (user + system) / 1e6 / seconds }
}

async function closedLoop() {
  const again = (connection: Connection): void => ask(connection)
  const connections = await Promise.all(Array.from({ length: load.connections }, () => openConnection(again)))
  for (const connection of connections) ask(connection)
  return measure()
}

async function openLoop() {
  const free: Connection[] = []
  const waiting: number[] = []
  const answered = (connection: Connection): void => {
    const due = waiting.shift()
    if (due === undefined) free.push(connection)
    else ask(connection, due)
  }
  async function add(): Promise<void> {
    const connection = await openConnection(answered)
    free.push(connection)
    connection.socket.on('close', () => {
      const at = free.indexOf(connection)
      if (at < 0) return
      free.splice(at, 1)
      void add()
    })
  }
  await Promise.all(Array.from({ length: load.connections }, add))
  let due = performance.now()
  // It watches the clock without a pause: a timer is a millisecond late.
  const turn = (): void => {
    const now = performance.now()
    while (due <= now) {
      const connection = free.pop()
      if (connection) {
        if (measuring) own.push(now - due)
        ask(connection, due)
      } else waiting.push(due)
      due -= (Math.log(1 - Math.random()) / load.rate) * 1_000
    }
    setImmediate(turn)
  }
  turn()
  return measure()
}

const { seconds, busy } = await (load.kind === 'closed' ? closedLoop() : openLoop())
latencies.sort((a, b) => a - b)
own.sort((a, b) => a - b)
const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length))] ?? 0
const result: LoadResult = {
  requestsPerSecond: good / seconds,
  answered: good,
  otherwise,
  busy,
  p50: at(latencies, 0.5),
  p99: at(latencies, 0.99),
  p999: at(latencies, 0.999),
  max: at(latencies, 1),
  ownP99: at(own, 0.99),
}
answer(result)
process.exit(0)
