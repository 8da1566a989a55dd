/**
 * What the collector is held against: node:http with nothing around it. `work` parses the same body, checks the same schema and computes the
 * same MACs for each event (P, E, the partition and two ids for deduplication); `remembering` computes P, E and partition once a visitor, as
 * the collector does; `bare` answers 204 and looks at nothing.
 */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as z from 'zod'
import { dedupIds, type Pseudonyms, pseudonymsOf } from '../../collector/visitors/pseudonyms.ts'
import { readHouse } from '../../infra/config/house.ts'
import { EventsRequest, WireEvent } from '../../schemas/event.ts'
import type { VisitorId } from '../../schemas/ids.ts'
import { dayOf } from '../../schemas/week.ts'
import { openBenchKeys } from './bench-collector.ts'
import { answer, readInput, untilAsked } from './process-input.ts'

const { directory, kind } = await readInput(
  z.object({ directory: z.string(), kind: z.enum(['work', 'remembering', 'bare']) }),
)
const { keys } = await openBenchKeys({ directory, house: readHouse('services/demo/bauta.yaml') })
const known = new Map<string, Pseudonyms>()

function pseudonyms(site: string, cookie: string): Pseudonyms {
  const before = kind === 'remembering' ? known.get(cookie) : undefined
  if (before) return before
  // The same bytes under the MAC; whose cookie it is, is no part of this measure.
  const made = pseudonymsOf(keys, 1, site, cookie.split('~')[1] as VisitorId)
  if (kind === 'remembering') known.set(cookie, made)
  return made
}

function take(cookie: string, text: string): { readonly status: number; readonly body: string } {
  const request = EventsRequest.safeParse(JSON.parse(text))
  if (!request.success) return { status: 400, body: '{}' }
  const { site, events } = request.data
  const day = dayOf(Date.now())
  const refused: number[] = []
  let made = 0
  for (const [index, event] of events.entries()) {
    const { success, data } = WireEvent.safeParse(event)
    if (!success) {
      refused.push(index)
      continue
    }
    const { p, partition, dedup, e } = pseudonyms(site, cookie)
    const ids = Object.values(dedupIds(dedup, data.id))
    made += p.length + partition + (e(day)?.length ?? 0) + ids.length
  }
  if (made === 0) return { status: 400, body: '{}' }
  return { status: 202, body: JSON.stringify({ accepted: events.length - refused.length, refused }) }
}

function work(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const { status, body } = take(request.headers.cookie ?? '', Buffer.concat(chunks).toString('utf8'))
    response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length }).end(body)
  })
}

function bare(request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  response.writeHead(204).end()
}

const server = createServer(kind === 'bare' ? bare : work)
server.listen(0, '127.0.0.1', () => answer({ port: (server.address() as AddressInfo).port }))
await untilAsked()
process.exit(0)
