import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import * as z from 'zod'
import { defineStatement, type Sql } from '../../../infra/ports/sql.ts'
import { formatLinkToken, linkTokenAad } from '../../../schemas/link-token.ts'
import { openTestSql, type TestSql } from '../../../test/engines/test-engines.ts'
import {
  contactRef,
  linkId,
  memoryLog,
  NOW,
  pseudonym,
  type Seeds,
  seeds,
  testActivationKeys,
  testConfig,
} from '../../../test/fakes/activation.ts'
import { testSealing } from '../../../test/fakes/vault.ts'
import { openEndDevices } from './end-devices.ts'
import { endLinks } from './end-links.ts'
import { readLinks } from './open-links.ts'
import { type LinkRequestsDeps, takeLinkRequests } from './take-link-requests.ts'

let sql: TestSql
let seed: Seeds
beforeAll(async () => {
  sql = await openTestSql()
  seed = seeds(sql)
})
afterAll(() => sql.close())
beforeEach(() => seed.clear())

const keys = testActivationKeys()
const deps = (): LinkRequestsDeps => ({ ...sql, keys, config: testConfig(), clock: () => NOW })
const RECEIVED = '2026-11-20T02:50:00.000Z'

interface Request {
  readonly contact: number
  readonly device: number
  readonly sequence: number
  readonly nonce?: number
  readonly expires?: number
  /** What is changed after the vault has signed. */
  readonly swap?: { readonly contact?: number; readonly sequence?: number }
}
const add = defineStatement({
  name: 'seed_request',
  sql: `INSERT INTO links.requests (id, contact, site, token, sequence, received_at, mac)
    VALUES ($id::uuid, $contact::uuid, 'demo', $token, $sequence::bigint, $received::timestamptz, $mac)`,
  params: z.object({
    id: z.string(),
    contact: z.string(),
    token: z.string(),
    sequence: z.int(),
    received: z.string(),
    mac: z.string(),
  }),
  row: z.unknown(),
})
let count = 0
async function ask({ contact, device, sequence, nonce, expires = Date.parse(RECEIVED) / 1_000 + 600, swap }: Request) {
  count += 1
  const head = { site: 'demo', nonce: `n${nonce ?? count}`.padEnd(22, '0'), expires }
  const token = formatLinkToken({
    ...head,
    sealed: testSealing('hpke').seal(pseudonym(device), linkTokenAad(head)).replace('.', '_'),
  })
  const sha = createHash('sha256').update(token).digest('hex')
  const mac = keys.linkRequest.mac([contactRef(contact), 'demo', sha, String(sequence), RECEIVED])
  await sql.links.run(add, {
    id: linkId(count),
    contact: contactRef(swap?.contact ?? contact),
    token,
    sequence: swap?.sequence ?? sequence,
    received: RECEIVED,
    mac,
  })
}
/** The fake seal holds a dot, which a token may not. */
const opening: LinkRequestsDeps['keys'] = {
  ...keys,
  link: { open: (sealed, aad) => keys.link.open(sealed.replace('_', '.'), aad) },
}
const take = () => takeLinkRequests({ ...deps(), keys: opening })
const agree = (n: number) => seed.said(n, { kind: 'granted', purpose: 'P4' })
const links = async () =>
  (await readLinks({ links: sql.links, keys })).map(({ contact, pseudonym: p, shared }) => [contact, p, shared])

test('a link is taken once, sealed anew for its contact and consent, and its request is gone', async () => {
  const sequence = await agree(1)
  await ask({ contact: 1, device: 1, sequence })
  expect(await take()).toMatchObject({ linked: 1 })
  expect(await links()).toEqual([[contactRef(1), pseudonym(1), false]])
  expect(await seed.all('links.requests')).toEqual([])
  expect(JSON.stringify(await seed.all('links.links'))).not.toContain(pseudonym(1))
  const counted = await seed.all('control.audit')
  expect(counted).toMatchObject([{ act: 'links.taken', detail: { linked: 1 } }])
})

test('what was swapped to another contact or consent, or is too old, is dropped and counted', async () => {
  const sequence = await agree(1)
  const other = await agree(2)
  await ask({ contact: 1, device: 1, sequence, swap: { contact: 2 } })
  await ask({ contact: 1, device: 2, sequence, swap: { sequence: other } })
  await ask({ contact: 1, device: 3, sequence, expires: Date.parse(RECEIVED) / 1_000 - 1 })
  await ask({ contact: 1, device: 4, sequence, expires: Date.parse(RECEIVED) / 1_000 + 90_000 })
  expect(await take()).toMatchObject({ linked: 0, forged: 2, expired: 2 })
  expect(await links()).toEqual([])
  expect(await seed.all('links.requests')).toEqual([])
})

test('a token is good for one link, also when two requests bring it, and a day later', async () => {
  const sequence = await agree(1)
  const other = await agree(2)
  await ask({ contact: 1, device: 1, sequence, nonce: 7 })
  await ask({ contact: 2, device: 1, sequence: other, nonce: 7 })
  expect(await take()).toMatchObject({ linked: 1, replayed: 1 })
  await ask({ contact: 2, device: 1, sequence: other, nonce: 7 })
  expect(await take()).toMatchObject({ linked: 0, replayed: 1 })
  expect(await links()).toHaveLength(1)
})

test('a consent that was withdrawn meanwhile makes no link, and neither does a later one the request does not name', async () => {
  const sequence = await agree(1)
  await seed.said(1, { kind: 'withdrawn', purpose: 'P4' })
  await ask({ contact: 1, device: 1, sequence })
  expect(await take()).toMatchObject({ without_consent: 1 })
  const again = await agree(1)
  await ask({ contact: 1, device: 1, sequence })
  await ask({ contact: 1, device: 1, sequence: 99 })
  expect(await take()).toMatchObject({ without_consent: 2 })
  await ask({ contact: 1, device: 1, sequence: again })
  expect(await take()).toMatchObject({ linked: 1 })
})

test('a row that was moved to another contact does not open', async () => {
  await ask({ contact: 1, device: 1, sequence: await agree(1) })
  await take()
  const move = defineStatement({
    name: 'move',
    sql: 'UPDATE links.links SET contact = $c::uuid',
    params: z.object({ c: z.string() }),
    row: z.unknown(),
  })
  await sql.links.run(move, { c: contactRef(2) })
  expect(await links()).toEqual([])
})

test('a second sign-up on the same device renews the link', async () => {
  await ask({ contact: 1, device: 1, sequence: await agree(1) })
  await take()
  await ask({ contact: 1, device: 1, sequence: await agree(1) })
  await take()
  expect(await links()).toEqual([[contactRef(1), pseudonym(1), false]])
})

test('a device that a second contact links is marked at once; when one of the two ends, the other does, and it is never linked again', async () => {
  await ask({ contact: 1, device: 1, sequence: await agree(1) })
  await ask({ contact: 2, device: 1, sequence: await agree(2) })
  await take()
  expect((await links()).map(([, , shared]) => shared)).toEqual([true, true])

  await seed.said(1, { kind: 'withdrawn', purpose: 'P4' })
  const end = defineStatement({
    name: 'end',
    sql: 'DELETE FROM links.links WHERE contact = $c::uuid',
    params: z.object({ c: z.string() }),
    row: z.unknown(),
  })
  await sql.links.run(end, { c: contactRef(1) })
  await ask({ contact: 3, device: 2, sequence: await agree(3) })
  await take()
  expect(await links()).toEqual([[contactRef(3), pseudonym(2), false]])

  await ask({ contact: 2, device: 1, sequence: await agree(2) })
  expect(await take()).toMatchObject({ linked: 0, shared: 1 })
})

/** As the vault does when the consent is withdrawn or the merge objected. */
const endings = defineStatement({
  name: 'end',
  sql: "UPDATE links.links SET ending = $ending WHERE contact = $c::uuid AND (ending IS NULL OR ending = 'withdraw')",
  params: z.object({ c: z.string(), ending: z.string() }),
  row: z.unknown(),
})
const end = (n: number, ending = 'withdraw') => sql.links.run(endings, { c: contactRef(n), ending })

test('a device that one contact has left is linked to no other, and to the same one again', async () => {
  await ask({ contact: 1, device: 1, sequence: await agree(1) })
  await take()
  await end(1)
  await ask({ contact: 2, device: 1, sequence: await agree(2) })
  await ask({ contact: 2, device: 2, sequence: await agree(2) })
  expect(await take()).toMatchObject({ linked: 1, shared: 1 })
  expect(await links()).toEqual([[contactRef(2), pseudonym(2), false]])

  await ask({ contact: 1, device: 1, sequence: await agree(1) })
  expect(await take()).toMatchObject({ linked: 1 })
  expect(await links()).toContainEqual([contactRef(1), pseudonym(1), false])
  await end(1)
  await ask({ contact: 3, device: 1, sequence: await agree(3) })
  expect(await take()).toMatchObject({ linked: 0, shared: 1 })
  const kept = JSON.stringify(await seed.all('links.former'))
  for (const value of [contactRef(1), pseudonym(1)]) expect(kept).not.toContain(value)
})

test('a withdrawal is told to nobody, and one that became an erasure meanwhile is told all the same', async () => {
  for (const n of [1, 2]) await seed.member(n)
  for (const n of [1, 2]) await end(n)
  const log = memoryLog()
  const endDevices = openEndDevices({ links: sql.links, keys, log, clock: () => NOW, jitter: () => 0 })
  expect(await endDevices()).toBe(0)
  const later: Sql = {
    ...sql.links,
    run: (statement, params) => sql.links.run(statement, params),
    async transaction(work) {
      await end(2, 'erase')
      return sql.links.transaction(work)
    },
  }
  await endLinks({ links: later, keys, clock: () => NOW })
  expect(await seed.all('links.links')).toMatchObject([{ contact: contactRef(2), ending: 'erase' }])
  expect(await endDevices()).toBe(1)
  expect(log.entries.map(({ record }) => record)).toMatchObject([{ p: pseudonym(2), kind: 'erase' }])
})

test('who was linked to a device before the other one left it ends with them', async () => {
  await seed.member(1)
  await seed.member(2, 1)
  await end(1)
  await take()
  expect(await links()).toEqual([[contactRef(2), pseudonym(1), true]])
  await ask({ contact: 3, device: 3, sequence: await agree(3) })
  await take()
  expect(await links()).toEqual([[contactRef(3), pseudonym(3), false]])
  for (const n of [1, 2]) await ask({ contact: n, device: 1, sequence: await agree(n) })
  expect(await take()).toMatchObject({ linked: 0, shared: 2 })
})

test('an ending is told to the web side after a while, together with the others, and then the link is gone', async () => {
  for (const n of [1, 2, 3]) await seed.member(n)
  const mark = defineStatement({
    name: 'mark',
    sql: "UPDATE links.links SET ending = CASE WHEN contact = $erased::uuid THEN 'erase' ELSE 'stop' END WHERE contact <> $kept::uuid",
    params: z.object({ erased: z.string(), kept: z.string() }),
    row: z.unknown(),
  })
  await sql.links.run(mark, { erased: contactRef(2), kept: contactRef(3) })
  const log = memoryLog()
  let now = NOW
  const end = openEndDevices({ links: sql.links, keys, log, clock: () => now, jitter: () => 5_000 })
  expect(await end()).toBe(0)
  now += 4_999
  expect(await end()).toBe(0)
  expect(await seed.all('links.links')).toHaveLength(3)
  now += 1
  expect(await end()).toBe(2)
  expect(log.entries.map(({ topic, record }) => [topic, record])).toEqual([
    ['stops', { site: 'demo', p: pseudonym(1), kind: 'stop', day: '2026-11-20' }],
    ['stops', { site: 'demo', p: pseudonym(2), kind: 'erase', day: '2026-11-20' }],
  ])
  expect(await seed.all('links.links')).toHaveLength(1)
})
