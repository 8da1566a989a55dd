/** listmonk's traps, one test each, against a fake that has them. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { listmonkDestination } from '../../infra/destinations/listmonk/listmonk.ts'
import { MemberRow } from '../../schemas/audience.ts'
import type { FakeListmonk, FakeSubscriber } from '../fakes/listmonk.ts'

const LIST = 7
let server: ChildProcess
let url: string
beforeAll(async () => {
  const fake = fileURLToPath(new URL('../fakes/listmonk.ts', import.meta.url))
  server = spawn(process.execPath, ['--import', 'tsx', fake], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = (await once(server.stdout ?? server, 'data')) as [Buffer]
  url = `http://127.0.0.1:${port.toString().trim()}`
})
afterAll(() => server.kill())

const person = (n: number, address = `p${n}@example.org`) =>
  MemberRow.parse({
    id: `x${String(n).padStart(32, '0')}`,
    address,
    interests: [{ interest: 'energy.solar', band: 'high' }],
    fields: { first_name: 'Ada' },
  })
const known = (n: number, change: Partial<FakeSubscriber> = {}): FakeSubscriber => ({
  id: n,
  email: `p${n}@example.org`,
  name: 'Ada',
  status: 'enabled',
  attribs: {},
  lists: [{ id: LIST, subscription_status: 'confirmed' }],
  ...change,
})
const fake = async (set?: Partial<FakeListmonk>): Promise<FakeListmonk> => {
  const answer = await fetch(`${url}/fake`, set ? { method: 'POST', body: JSON.stringify(set) } : {})
  return (await answer.json()) as FakeListmonk
}
/** Patient for longer than a test lasts, unless it is to give up. */
const open = ({ token = 'secret', timeoutMs = 600_000 } = {}) =>
  listmonkDestination({ name: 'letter', url, user: 'api', token, list: LIST, timeoutMs })
const impatient = () => open({ timeoutMs: 500 }).deliver(shipment, 1, { op: 'upsert', people: [person(1)] })
const shipment = { audience: 'solar-autumn', run: 'run-1', signal: new AbortController().signal }
const upsert = (...people: MemberRow[]) => open().deliver(shipment, 1, { op: 'upsert', people })
const remove = (...people: Pick<MemberRow, 'id' | 'address'>[]) => open().deliver(shipment, 2, { op: 'remove', people })
const subscriber = async (n: number) => (await fake()).subscribers.find(({ email }) => email === `p${n}@example.org`)
beforeEach(() => fake({ subscribers: [] }))

/** A shipment that is to stop once it was asked `n` times whether it may go on. */
function stoppingAfter(n: number) {
  let asked = 0
  return {
    ...shipment,
    get signal() {
      asked += 1
      return asked > n ? AbortSignal.abort() : shipment.signal
    },
  }
}

test('whom it does not know is added with list and interests, whom it knows keeps all else', async () => {
  await fake({
    subscribers: [known(2, { attribs: { shoe: 42 }, lists: [{ id: 3, subscription_status: 'confirmed' }] })],
  })
  expect(await upsert(person(1), person(2))).toEqual(['accepted', 'accepted'])
  const bauta_solar_autumn = { id: person(1).id, interests: { 'energy.solar': 'high' }, first_name: 'Ada' }
  expect(await subscriber(1)).toMatchObject({
    attribs: { bauta_solar_autumn },
    lists: [{ id: LIST, subscription_status: 'confirmed' }],
  })
  expect(await subscriber(2)).toMatchObject({ attribs: { shoe: 42 }, lists: [{ id: 3 }, { id: LIST }] })
})

test('adding with a status would overwrite "unsubscribed": they are suppressed, and a status is never sent', async () => {
  const unsubscribed = known(1, { lists: [{ id: LIST, subscription_status: 'unsubscribed' }] })
  await fake({ subscribers: [unsubscribed, known(2, { lists: [] })] })
  expect(await upsert(person(1), person(2))).toEqual(['suppressed', 'accepted'])
  expect(await subscriber(1)).toEqual(unsubscribed)
  const added = (await fake()).calls.filter(({ path }) => path === '/api/subscribers/lists')
  expect(added.map(({ body }) => body)).toEqual([{ ids: [2], action: 'add', target_list_ids: [LIST] }])
})

test('the fake does fall for it: an add with a status subscribes whoever had unsubscribed', async () => {
  await fake({ subscribers: [known(1, { lists: [{ id: LIST, subscription_status: 'unsubscribed' }] })] })
  const body = JSON.stringify({ ids: [1], action: 'add', target_list_ids: [LIST], status: 'confirmed' })
  const headers = { authorization: `Basic ${Buffer.from('api:secret').toString('base64')}` }
  await fetch(`${url}/api/subscribers/lists`, { method: 'PUT', body, headers })
  expect((await subscriber(1))?.lists).toEqual([{ id: LIST, subscription_status: 'confirmed' }])
})

test('"lists" in a change would replace all memberships: it is never sent', async () => {
  await fake({
    subscribers: [
      known(1, {
        lists: [
          { id: 3, subscription_status: 'unsubscribed' },
          { id: LIST, subscription_status: 'confirmed' },
        ],
      }),
    ],
  })
  await upsert(person(1))
  expect((await subscriber(1))?.lists).toHaveLength(2)
  expect(
    (await fake()).calls.filter(({ method }) => method === 'PATCH').map(({ body }) => Object.keys(body as object)),
  ).toEqual([['attribs']])
})

test('attributes of other tools and other audiences are kept: PATCH, never PUT or import', async () => {
  await fake({ subscribers: [known(1, { attribs: { theirs: 1, bauta_other: { id: 'y' } } })] })
  await upsert(person(1))
  expect(Object.keys((await subscriber(1))?.attribs ?? {})).toEqual(['theirs', 'bauta_other', 'bauta_solar_autumn'])
  expect((await fake()).calls.filter(({ path }) => path.includes('import'))).toEqual([])
})

test('removal deletes the membership and what was chosen there: who had unsubscribed stays on the list as that', async () => {
  const unsubscribed = known(1, {
    lists: [{ id: LIST, subscription_status: 'unsubscribed' }],
    attribs: { bauta_solar_autumn: { id: 'x' } },
  })
  await fake({
    subscribers: [unsubscribed, known(2, { attribs: { theirs: 1, bauta_solar_autumn: { id: person(2).id } } })],
  })
  expect(await remove(person(1), person(2))).toEqual(['accepted', 'accepted'])
  expect(await subscriber(1)).toMatchObject({
    lists: [{ id: LIST, subscription_status: 'unsubscribed' }],
    attribs: { bauta_solar_autumn: null },
  })
  expect(await subscriber(2)).toMatchObject({ lists: [], attribs: { theirs: 1, bauta_solar_autumn: null } })
})

test('who was erased here is found there by the id from us', async () => {
  await upsert(person(1), person(2))
  await remove({ id: person(1).id })
  expect([(await subscriber(1))?.lists.length, (await subscriber(2))?.lists.length]).toEqual([0, 1])
})

/** Of each address that is left: whether it is on the list, and what the audience has on it. */
const places = async () =>
  Object.fromEntries(
    (await fake()).subscribers.map(({ email, lists, attribs }) => [
      email,
      { list: lists.find(({ id }) => id === LIST)?.subscription_status, mark: attribs.bauta_solar_autumn },
    ]),
  )
const mark = (n: number) => ({
  id: person(n).id,
  interests: { 'energy.solar': 'high' },
  first_name: 'Ada',
})
const moved = (n: number) => person(n, `moved${n}@example.org`)

test('a changed address leaves nothing at the old one', async () => {
  await upsert(person(1), person(2))
  expect(await upsert(moved(1))).toEqual(['accepted'])
  expect(await places()).toEqual({
    'p1@example.org': { list: undefined, mark: null },
    'p2@example.org': { list: 'confirmed', mark: mark(2) },
    'moved1@example.org': { list: 'confirmed', mark: mark(1) },
  })
})

test('a withdrawal and an erasure reach every address that carries the id', async () => {
  const copies = [1, 2].flatMap((n) => [
    known(n, { attribs: { bauta_solar_autumn: mark(n) } }),
    known(n + 2, { email: `moved${n}@example.org`, attribs: { bauta_solar_autumn: mark(n) } }),
  ])
  await fake({ subscribers: copies })
  expect(await remove({ id: person(1).id, address: moved(1).address }, { id: person(2).id })).toEqual([
    'accepted',
    'accepted',
  ])
  expect(Object.values(await places())).toEqual(copies.map(() => ({ list: undefined, mark: null })))
})

test('off the list comes before the id: a removal broken off in between is found again', async () => {
  await upsert(person(1))
  const erased = { op: 'remove', people: [{ id: person(1).id }] } as const
  expect(await open().deliver(stoppingAfter(2), 2, erased)).toBe('unknown')
  expect(await remove({ id: person(1).id })).toEqual(['accepted'])
  expect(await places()).toEqual({ 'p1@example.org': { list: undefined, mark: null } })
})

test('who unsubscribed or was blocklisted under an old address is not subscribed under a new one, nor by a later run', async () => {
  await upsert(person(1), person(2))
  const [one, two] = (await fake()).subscribers as [FakeSubscriber, FakeSubscriber]
  await fake({
    subscribers: [
      { ...one, lists: [{ id: LIST, subscription_status: 'unsubscribed' }] },
      { ...two, status: 'blocklisted', lists: [{ id: LIST, subscription_status: 'unsubscribed' }] },
    ],
  })
  for (const _ of ['first', 'later']) expect(await upsert(moved(1), moved(2))).toEqual(['suppressed', 'suppressed'])
  expect(await places()).toEqual({
    'p1@example.org': { list: 'unsubscribed', mark: { id: person(1).id } },
    'p2@example.org': { list: 'unsubscribed', mark: { id: person(2).id } },
  })
  expect((await fake()).calls.filter(({ method }) => method === 'PATCH')).toHaveLength(2)
})

test('who unsubscribed under one of two addresses is taken off under the other', async () => {
  await fake({
    subscribers: [
      known(1, {
        attribs: { bauta_solar_autumn: mark(1) },
        lists: [{ id: LIST, subscription_status: 'unsubscribed' }],
      }),
      known(2, { email: 'moved1@example.org', attribs: { bauta_solar_autumn: mark(1) } }),
    ],
  })
  expect(await upsert(moved(1))).toEqual(['suppressed'])
  expect(await places()).toEqual({
    'p1@example.org': { list: 'unsubscribed', mark: { id: person(1).id } },
    'moved1@example.org': { list: undefined, mark: null },
  })
})

test('an address that passed on to another person of the batch is that person’s', async () => {
  for (const batch of [
    [moved(1), person(2, 'p1@example.org')],
    [person(2, 'p1@example.org'), moved(1)],
  ]) {
    await fake({ subscribers: [known(1, { attribs: { bauta_solar_autumn: mark(1) } })] })
    expect(await upsert(...batch)).toEqual(['accepted', 'accepted'])
    expect(await places()).toEqual({
      'p1@example.org': { list: 'confirmed', mark: mark(2) },
      'moved1@example.org': { list: 'confirmed', mark: mark(1) },
    })
  }
})

test('whom it knows of a hundred is asked in two calls', async () => {
  const hundred = Array.from({ length: 100 }, (_, n) => person(n + 1))
  await fake({ subscribers: hundred.map((_, n) => known(n + 1)) })
  await upsert(...hundred)
  await remove(...hundred)
  expect((await fake()).calls.filter(({ method }) => method === 'GET')).toHaveLength(4)
})

test('an address that it does not take is rejected, and the others of the batch get in', async () => {
  const blocked = 'blocked.example'
  await fake({ subscribers: [known(4, { email: `p4@${blocked}` })], blockedDomains: [blocked] })
  const batch = [person(1), person(2, `p2@${blocked}`), person(3), person(4, `p4@${blocked}`), person(5)]
  expect(await upsert(...batch)).toEqual(['accepted', 'rejected', 'accepted', 'rejected', 'accepted'])
  expect((await fake()).subscribers.map(({ email }) => email)).toEqual([
    `p4@${blocked}`,
    'p1@example.org',
    'p3@example.org',
    'p5@example.org',
  ])
})

test('fields that it does not let go are rejected, off the list all the same, and the others are cleared', async () => {
  await upsert(person(1, 'p1@blocked.example'), person(2))
  await fake({ blockedDomains: ['blocked.example'] })
  expect(await remove({ id: person(1).id }, person(2))).toEqual(['rejected', 'accepted'])
  expect(await places()).toEqual({
    'p1@blocked.example': { list: undefined, mark: mark(1) },
    'p2@example.org': { list: undefined, mark: null },
  })
})

test('what it refuses of the API as a whole is nobody’s fault: all of the batch are owed again', async () => {
  const lookUps = ['not yet', 'not yet'] as const
  for (const status of [401, 403, 404, 405])
    for (const misbehave of [[status], [...lookUps, status], [...lookUps, 'not yet' as const, status]]) {
      await fake({ subscribers: [known(1)], misbehave })
      expect(await upsert(person(1), person(2))).toEqual(['later', 'later'])
    }
})

test('who is blocklisted is suppressed and not touched', async () => {
  await fake({ subscribers: [known(1, { status: 'blocklisted' })] })
  expect(await upsert(person(1))).toEqual(['suppressed'])
  expect((await fake()).calls.filter(({ method }) => method !== 'GET')).toEqual([])
})

test('bad credentials are a 403, said before anything leaves, with what the user must be allowed', async () => {
  await expect(open({ token: 'wrong' }).check()).rejects.toMatchObject({
    code: 'destination_refused',
    message: expect.stringContaining('subscribers:manage'),
  })
  await expect(open().check()).resolves.toBeUndefined()
})

test('a quote in an address is part of the address', async () => {
  const address = "o'hara@example.org"
  await upsert(person(1, address))
  expect(await upsert(person(1, address))).toEqual(['accepted'])
  expect((await fake()).subscribers).toHaveLength(1)
})

test('no answer is unknown, and the batch said again changes nothing more', async () => {
  await fake({ subscribers: [], misbehave: ['hang'] })
  expect(await impatient()).toBe('unknown')
  await fake({ misbehave: [] })
  expect(await upsert(person(1))).toEqual(['accepted'])
  const before = (await fake()).subscribers
  expect(await upsert(person(1))).toEqual(['accepted'])
  expect((await fake()).subscribers).toEqual(before)
})

test('an answer that stops in its middle is none', async () => {
  await fake({ misbehave: ['half', 'half'] })
  expect(await impatient()).toBe('unknown')
  await expect(open({ timeoutMs: 500 }).check()).rejects.toMatchObject({ code: 'destination_down', retryable: true })
})

test('an answer that is no list of subscribers is refused by name', async () => {
  await fake({ misbehave: [200] })
  await expect(open().check()).rejects.toMatchObject({ code: 'destination_refused', retryable: false })
})

test('a call without an answer is broken off, also when memory is swept meanwhile', async () => {
  setFlagsFromString('--expose_gc')
  const sweeping = setInterval(runInNewContext('gc') as () => void, 20)
  try {
    await fake({ misbehave: ['hang'] })
    expect(await impatient()).toBe('unknown')
    await fake({ misbehave: ['hang'] })
    const stop = new AbortController()
    const stopped = open().deliver({ ...shipment, signal: stop.signal }, 1, { op: 'upsert', people: [person(1)] })
    while ((await fake()).calls.length === 0) await pause(10)
    stop.abort()
    expect(await stopped).toBe('unknown')
  } finally {
    clearInterval(sweeping)
  }
})

test('between two calls it asks whether it may go on, and then makes no other', async () => {
  await fake({ calls: [] })
  const batch = { op: 'upsert', people: [person(1), person(2), person(3)] } as const
  expect(await open().deliver(stoppingAfter(3), 1, batch)).toBe('unknown')
  expect((await fake()).subscribers.map(({ email }) => email)).toEqual(['p1@example.org'])
})

test('nor does it wait to ask again what was refused for now', async () => {
  await fake({ misbehave: [503] })
  expect(await open().deliver(stoppingAfter(1), 1, { op: 'upsert', people: [person(1)] })).toBe('unknown')
  expect((await fake()).calls.length).toBe(1)
})

test('429 and 5xx are tried again, and given up as unknown', async () => {
  await fake({ subscribers: [], misbehave: [429, 503] })
  expect(await upsert(person(1))).toEqual(['accepted'])
  await fake({ subscribers: [], misbehave: [500, 500, 500, 500] })
  expect(await upsert(person(1))).toBe('unknown')
})
