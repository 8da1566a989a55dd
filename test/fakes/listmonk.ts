/**
 * listmonk's subscribers API as its facts are written down, traps included, in a process of its own. `POST /fake` sets its state and
 * how it misbehaves, `GET /fake` shows both and every call it got. Prints its port.
 */

import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeSubscriber {
  id: number
  email: string
  name: string
  status: 'enabled' | 'disabled' | 'blocklisted'
  attribs: Record<string, unknown>
  lists: { id: number; subscription_status: string }[]
}

export interface FakeListmonk {
  subscribers: FakeSubscriber[]
  /** What the next calls to /api answer instead; `hang` never answers, `late` acts and then never answers, `half` does so in the middle of its answer, `not yet` is a call as it should be. */
  misbehave: (number | 'hang' | 'late' | 'half' | 'not yet')[]
  /** What its privacy settings take no address of, neither a new one nor in a change. */
  blockedDomains: string[]
  calls: { method: string; path: string; body: unknown }[]
}

const state: FakeListmonk = { subscribers: [], misbehave: [], blockedDomains: [], calls: [] }
const AUTHORIZATION = `Basic ${Buffer.from('api:secret').toString('base64')}`

type Answer = readonly [status: number, value?: unknown]

function answerTo(method: string, url: URL, body: Record<string, unknown>): Answer {
  const path = url.pathname
  if (method === 'GET' && path === '/api/subscribers') return [200, { data: list(url.searchParams) }]
  if (method === 'POST' && path === '/api/subscribers') return create(body)
  const one = /^\/api\/subscribers\/(\d+)$/.exec(path)
  if (one) return change(method, Number(one[1]), body)
  if (method === 'PUT' && path === '/api/subscribers/lists') return memberships(body)
  return [404, { message: 'not found' }]
}

const QUERY = /^(?:LOWER\(subscribers\.email\)|subscribers\.attribs->'(?<key>\w+)'->>'id') IN \((?<values>.*)\)$/s

/** The two questions that are asked of it, in its SQL. */
function asked(query: string | null): (subscriber: FakeSubscriber) => boolean {
  if (query === null) return () => true
  const { key, values = '' } = QUERY.exec(query)?.groups ?? {}
  const wanted = [...values.matchAll(/'((?:[^']|'')*)'/g)].map(([, value = '']) => value.replaceAll("''", "'"))
  return ({ email, attribs }) => {
    const value = key ? (attribs[key] as { id?: string } | null | undefined)?.id : email.toLowerCase()
    return value !== undefined && wanted.includes(value)
  }
}

function list(query: URLSearchParams) {
  const listId = query.get('list_id')
  const found = state.subscribers
    .filter(asked(query.get('query')))
    .filter(({ lists }) => !listId || lists.some(({ id }) => id === Number(listId)))
  if (query.get('per_page') === 'all') return { results: found, total: found.length }
  const size = Number(query.get('per_page') ?? 20)
  const first = (Number(query.get('page') ?? 1) - 1) * size
  return { results: found.slice(first, first + size), total: found.length }
}

function isBlocked(email: string): boolean {
  return state.blockedDomains.includes(email.split('@').at(-1) ?? '')
}

function create(body: Record<string, unknown>): Answer {
  const email = String(body.email)
  if (isBlocked(email)) return [400, { message: 'The e-mail domain is blocklisted.' }]
  if (state.subscribers.some((each) => each.email.toLowerCase() === email.toLowerCase()))
    return [409, { message: 'E-mail already exists.' }]
  const confirmed = body.preconfirm_subscriptions === true ? 'confirmed' : 'unconfirmed'
  const subscriber: FakeSubscriber = {
    id: 1 + Math.max(0, ...state.subscribers.map(({ id }) => id)),
    email,
    name: String(body.name),
    status: body.status as FakeSubscriber['status'],
    attribs: body.attribs as FakeSubscriber['attribs'],
    lists: (body.lists as number[]).map((id) => ({ id, subscription_status: confirmed })),
  }
  state.subscribers.push(subscriber)
  return [200, { data: subscriber }]
}

function change(method: string, id: number, body: Record<string, unknown>): Answer {
  const subscriber = state.subscribers.find((each) => each.id === id)
  if (!subscriber) return [400, { message: 'Subscriber not found' }]
  if (isBlocked(subscriber.email)) return [400, { message: 'The e-mail domain is blocklisted.' }]
  const attribs = body.attribs as FakeSubscriber['attribs'] | undefined
  if (attribs) subscriber.attribs = method === 'PATCH' ? { ...subscriber.attribs, ...attribs } : attribs
  // Memberships that are not named are gone.
  if (body.lists)
    subscriber.lists = (body.lists as number[]).map((list) => ({ id: list, subscription_status: 'unconfirmed' }))
  return [200, { data: subscriber }]
}

function memberships(body: Record<string, unknown>): Answer {
  const {
    ids,
    action,
    target_list_ids: targets,
    status,
  } = body as { ids: number[]; action: string; target_list_ids: number[]; status?: string }
  for (const subscriber of state.subscribers.filter(({ id }) => ids.includes(id)))
    for (const target of targets) {
      const member = subscriber.lists.find(({ id }) => id === target)
      // The row goes, and that they had unsubscribed goes with it.
      if (action === 'remove') subscriber.lists = subscriber.lists.filter(({ id }) => id !== target)
      else if (action === 'unsubscribe' && member) member.subscription_status = 'unsubscribed'
      else if (action === 'add' && !member)
        subscriber.lists.push({ id: target, subscription_status: status ?? 'unconfirmed' })
      // A status given overwrites what they chose.
      else if (action === 'add' && member && status) member.subscription_status = status
    }
  return [200, { data: true }]
}

async function read(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text === '' ? {} : JSON.parse(text)
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://fake')
  const body = await read(request)
  const send = ([status, value]: Answer, headers = {}) => response.writeHead(status, headers).end(JSON.stringify(value))
  if (url.pathname === '/fake') {
    if (request.method === 'POST') Object.assign(state, { calls: [], misbehave: [], blockedDomains: [] }, body)
    return send([200, state])
  }
  state.calls.push({ method: request.method ?? '', path: url.pathname, body })
  if (request.headers.authorization !== AUTHORIZATION) return send([403, { message: 'invalid session' }])
  const misdeed = state.misbehave.shift()
  if (misdeed === 'hang') return
  if (typeof misdeed === 'number') return send([misdeed, { message: 'as you wish' }], { 'retry-after': '0' })
  const answer = answerTo(request.method ?? '', url, body)
  if (misdeed === 'half') response.writeHead(answer[0]).write('{"data":')
  else if (misdeed !== 'late') send(answer)
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
