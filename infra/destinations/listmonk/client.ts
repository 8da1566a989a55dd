/** The few calls of listmonk's API that are used, and what its answers mean. None of them can set a subscription. */

import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import type { Receipt } from '../../../schemas/audience.ts'
import { Fault } from '../../../schemas/fault.ts'
import type { Shipment } from '../../ports/destination.ts'

const Subscriber = z.object({
  id: z.int(),
  email: z.string(),
  status: z.enum(['enabled', 'disabled', 'blocklisted']),
  attribs: z.record(z.string(), z.unknown()).nullable(),
  lists: z.array(z.object({ id: z.int(), subscription_status: z.string() })),
})
export type Subscriber = z.infer<typeof Subscriber>
const Page = z.object({ data: z.object({ results: z.array(Subscriber), total: z.int() }) })

/** Thrown when it cannot be told whether a call arrived. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

export interface ListmonkClient {
  /** By address, lower case. */
  find(addresses: readonly string[]): Promise<ReadonlyMap<string, Subscriber>>
  /** Whose attribute `key` holds one of these ids, on whatever list. Where listmonk is large, an index on that expression spares it a scan. */
  findMarked(key: string, ids: readonly string[]): Promise<readonly Subscriber[]>
  members(list: number): Promise<readonly Subscriber[]>
  /** `later` when somebody of that address is there by now, `rejected` when listmonk does not take this one, as of a domain it blocks. */
  create(subscriber: { email: string; name: string; lists: readonly number[]; attribs: object }): Promise<Receipt>
  /** False when listmonk does not take it of this one: the domain is blocked, or the subscriber was deleted meanwhile. */
  mergeAttributes(id: number, attribs: object): Promise<boolean>
  /** Who is on the list keeps the status they have there. */
  addToList(ids: readonly number[], list: number): Promise<void>
  removeFromList(ids: readonly number[], list: number): Promise<void>
}

export interface ListmonkAccess {
  readonly url: string
  readonly user: string
  readonly token: string
  readonly timeoutMs: number
}

const TRIES = 4

/** Makes no call once the shipment is to stop, and breaks off the one that is on its way: there is no answer to either. */
export function listmonkClient(
  { url, user, token, timeoutMs }: ListmonkAccess,
  shipment: Pick<Shipment, 'signal'>,
): ListmonkClient {
  const authorization = `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`

  /** Again after 429 and 5xx, because each of these calls says the same when said twice. */
  async function call(method: string, path: string, body?: object): Promise<{ status: number; value: unknown }> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await send(method, path, body)
      if (answer.status === 403 || answer.status === 401)
        throw new Fault(
          'destination_refused',
          'listmonk refuses the API user; check its token, and that it may: subscribers:get_all, subscribers:manage, subscribers:sql_query, lists:manage_all',
        )
      if (answer.status !== 429 && answer.status < 500) return answer
      if (attempt === TRIES) throw new NoAnswer(`listmonk answered ${answer.status}`)
      const wait = answer.retryAfterMs ?? 250 * 2 ** attempt * (0.5 + Math.random())
      await sleep(wait, undefined, { signal: shipment.signal }).catch((cause) => {
        throw new NoAnswer('listmonk is not asked again', { cause })
      })
    }
  }

  async function send(method: string, path: string, body?: object) {
    const { signal } = shipment
    // Not AbortSignal.any over a timeout: Node 20 may collect both before they fire, and then the call hangs.
    const patience = new AbortController()
    const breakOff = () => patience.abort()
    const timer = setTimeout(breakOff, timeoutMs)
    signal.addEventListener('abort', breakOff)
    if (signal.aborted) breakOff()
    try {
      const answer = await fetch(`${url}/api${path}`, {
        method,
        headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
        body: body ? JSON.stringify(body) : null,
        signal: patience.signal,
      })
      const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN)
      const retryAfterMs = Number.isFinite(seconds) ? Math.min(seconds, 30) * 1_000 : undefined
      return { status: answer.status, retryAfterMs, value: jsonOf(await answer.text()) }
    } catch (cause) {
      throw new NoAnswer('listmonk did not answer', { cause })
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', breakOff)
    }
  }

  const must = (done: { status: number }, what: string) => {
    if (done.status >= 300)
      throw new Fault(
        'destination_refused',
        `listmonk refused to ${what} (${done.status}); version 6 or later is needed`,
      )
  }
  const page = async (query: Record<string, string>) => {
    const answer = await call('GET', `/subscribers?${new URLSearchParams(query)}`)
    must(answer, 'list subscribers')
    const read = Page.safeParse(answer.value)
    if (!read.success)
      throw new Fault('destination_refused', 'what answers is no list of subscribers; check the address of listmonk')
    return read.data.data.results
  }

  return {
    async find(addresses) {
      if (addresses.length === 0) return new Map()
      const found = await page({
        query: `LOWER(subscribers.email) IN (${literals(addresses.map((address) => address.toLowerCase()))})`,
        per_page: 'all',
      })
      return new Map(found.map((each) => [each.email.toLowerCase(), each]))
    },
    findMarked: async (key, ids) =>
      page({ query: `subscribers.attribs->${literals([key])}->>'id' IN (${literals(ids)})`, per_page: 'all' }),
    members: (list) => page({ list_id: String(list), per_page: '1' }),
    async create({ email, name, lists, attribs }) {
      // Their own double opt-in stands in our ledger, so listmonk need not ask again.
      const body = { email, name, status: 'enabled', lists, attribs, preconfirm_subscriptions: true }
      const answer = await call('POST', '/subscribers', body)
      if (answer.status === 409) return 'later'
      if (answer.status === 400) return 'rejected'
      must(answer, 'add a subscriber')
      return 'accepted'
    },
    // `lists` stays out: it would replace all memberships.
    async mergeAttributes(id, attribs) {
      const answer = await call('PATCH', `/subscribers/${id}`, { attribs })
      if (answer.status === 400) return false
      must(answer, 'change attributes')
      return true
    },
    // `status` stays out: it would overwrite an unsubscribed membership.
    addToList: async (ids, list) =>
      must(await call('PUT', '/subscribers/lists', { ids, action: 'add', target_list_ids: [list] }), 'add to a list'),
    removeFromList: async (ids, list) =>
      must(
        await call('PUT', '/subscribers/lists', { ids, action: 'remove', target_list_ids: [list] }),
        'remove from a list',
      ),
  }
}

/** Nothing for what is no JSON, as a proxy's page: the status says it all. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function literals(values: readonly string[]): string {
  return values.map((value) => `'${value.replaceAll("'", "''")}'`).join(',')
}
