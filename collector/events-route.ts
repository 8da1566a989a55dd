/** POST /v1/events: each event is admitted on its own, and 202 says that all that were accepted are on disk. */

import type { Answer } from '../infra/listeners/answer.ts'
import type { LogEntry } from '../infra/ports/log.ts'
import { EventsRequest, MAX_EVENTS, type RefusalReason } from '../schemas/event.ts'
import { Fault } from '../schemas/fault.ts'
import type { Traits } from '../schemas/topics.ts'
import { type Client, clientReader } from './door/client.ts'
import { type Asked, type Headers, headersOf, parseBody, readJson } from './door/request.ts'
import { admit } from './events/admit.ts'
import { jsonAnswer, type Received, type Room } from './visits.ts'

/** What is still to be done when the request has been looked at: no more of it than that is held while the disk takes its time. */
interface Considered {
  readonly site: string
  readonly accepted: number
  readonly refused: readonly { readonly index: number; readonly reason: RefusalReason }[]
  readonly cookie: string | undefined
  /** On disk. */
  readonly saved: Promise<void> | undefined
}

const FEW_EVENTS = 10

export function eventsRoute(room: Room) {
  const { visits, append, clock, meter, readable, slow } = room
  const clientOf = clientReader()

  async function consider(asked: Asked, headers: Headers): Promise<Considered> {
    const body = await readJson(asked, headers, slow)
    if (hasTooMany(body)) throw new Fault('too_large', `a request may carry ${MAX_EVENTS} events`)
    const { site: name, sent, events } = parseBody(EventsRequest, body)
    const received = await visits.receive(asked, headers, name, { large: events.length > FEW_EVENTS })
    const { site, device, server, cookie } = received
    const client = clientOf(headers('user-agent') ?? '')
    const now = clock()
    const admission = {
      site,
      visitor: device?.known,
      bot: client.bot && !server,
      traits: traitsOf(room, received, client),
      received: now,
      behind: now - sent,
      diagnose: true,
    }

    const records: LogEntry[] = []
    const refused: { index: number; reason: RefusalReason }[] = []
    for (const [index, event] of events.entries()) {
      const result = admit(admission, event)
      if (result.ok) for (const record of result.records) records.push(record)
      else refused.push({ index, reason: result.refused })
      admission.diagnose = refused.length === 0
    }
    const saved = records.length > 0 ? append(records) : undefined
    return { site: name, accepted: events.length - refused.length, refused, cookie, saved }
  }

  return async (asked: Asked): Promise<Answer> => {
    const headers = headersOf(asked)
    const { site, accepted, refused, cookie, saved } = await consider(asked, headers)
    await saved
    if (accepted > 0) meter.accepted(site, accepted)
    for (const { reason } of refused) meter.refused(site, reason)
    return jsonAnswer(readable(headers('origin')), 202, { accepted, refused }, cookie)
  }
}

function hasTooMany(body: unknown): boolean {
  const events = typeof body === 'object' && body !== null && 'events' in body ? body.events : undefined
  return Array.isArray(events) && events.length > MAX_EVENTS
}

/** The country goes by the network; where nobody knows it, by the region that the browser's language names. */
function traitsOf({ geo }: Room, { prefix, region, language }: Received, { device }: Client): Traits {
  const country = geo(prefix) || region
  return { country: /^[A-Z]{2}$/.test(country) ? country : '', device, language }
}
