/** Invariant 5: consent is checked again as each batch leaves; who was sent before is recalled, and nobody is subscribed again. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import type { Engines } from '../../infra/engines.ts'
import { defineStatement, type Sql } from '../../infra/ports/sql.ts'
import type { FakeListmonk, FakeSubscriber } from '../fakes/listmonk.ts'
import { enrol, inviteMembers, type Member, prefer } from './members.ts'
import { openScene, type Scene } from './scenario.ts'

/** More than one batch of the destination's hundred. */
const MEMBERS = 108
const LIST = 1

let esp: ChildProcess
let espUrl: string
let door: Server
let scene: Scene
let members: Member[]
const world: { fence: boolean; whileSending: ((path: string) => Promise<void>) | undefined } = {
  fence: true,
  whileSending: undefined,
}

beforeAll(async () => {
  const file = fileURLToPath(new URL('../fakes/listmonk.ts', import.meta.url))
  esp = spawn(process.execPath, ['--import', 'tsx', file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = (await once(esp.stdout ?? esp, 'data')) as [Buffer]
  espUrl = `http://127.0.0.1:${port.toString().trim()}`
  door = createServer((request, response) => void passOn(request, response)).listen(0, '127.0.0.1')
  await once(door, 'listening')
  scene = await openScene({ esp: `http://127.0.0.1:${(door.address() as AddressInfo).port}`, tap: withFallibleFence })
  members = await inviteMembers(scene, MEMBERS)
  await enrol(scene, members)
})
afterAll(async () => {
  await scene?.close()
  door?.close()
  esp?.kill()
})

/** Before the ESP, so that something can happen between its first answer and its last. */
async function passOn(...[request, response]: Parameters<NonNullable<Parameters<typeof createServer>[1]>>) {
  let body = ''
  for await (const chunk of request) body += chunk
  const { whileSending } = world
  if (whileSending && request.method === 'POST') {
    world.whileSending = undefined
    await whileSending(body)
  }
  const headers = { authorization: request.headers.authorization ?? '', 'content-type': 'application/json' }
  const answer = await fetch(`${espUrl}${request.url}`, {
    method: request.method ?? 'GET',
    headers,
    ...(body && { body }),
  })
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
}

/** The deliberately broken house: as batches leave, the ledger has no news. */
function withFallibleFence(engines: Engines): Engines {
  const { vault } = engines.sql
  const run: Sql['run'] = async (statement, params) => {
    const rows = await vault.run(statement, params)
    return statement.name === 'negatives_since' && !world.fence ? [] : rows
  }
  return { ...engines, sql: { ...engines.sql, vault: { ...vault, run } } }
}

const state = async () => (await (await fetch(`${espUrl}/fake`)).json()) as FakeListmonk
const misuse = (change: Partial<FakeListmonk>) =>
  fetch(`${espUrl}/fake`, { method: 'POST', body: JSON.stringify(change) })
const isOnList = ({ lists }: FakeSubscriber) =>
  lists.some(({ id, subscription_status }) => id === LIST && subscription_status !== 'unsubscribed')
const emailIn = (body: string) => /"email":"([^"]+)"/.exec(body)?.[1] ?? ''

/** The first to be sent withdraws while being sent, and so do `others`. Answers with who withdrew. */
async function exportWithWithdrawals(
  others: () => Promise<readonly Member[]> = async () => [],
): Promise<{ state: string; withdrew: string[] }> {
  const withdrew: string[] = []
  world.whileSending = async (body) => {
    const first = members.find(({ email }) => email === emailIn(body))
    if (!first) throw new Error('nobody was being sent')
    for (const member of [first, ...(await others())]) {
      withdrew.push(member.email)
      await prefer(scene, member, 'withdraw_P4')
    }
  }
  const { state: ended } = await scene.exportAudience('solar-post')
  return { state: ended, withdrew }
}

const contacts = defineStatement({
  name: 'contacts_by_address',
  sql: 'SELECT contact, email FROM vault.contacts',
  params: z.object({}),
  row: z.object({ contact: z.string(), email: z.string() }),
})

/** Batches leave in the order of X, so the last of all is in the second. */
async function lastToBeSent(): Promise<Member[]> {
  const key = (await scene.keys()).person.activation.export('post')
  const rows = await scene.engines.sql.vault.run(contacts, {})
  const inOrder = rows
    .map(({ contact, email }) => ({ x: key.mac([contact]), email }))
    .sort((a, b) => (a.x < b.x ? -1 : 1))
  return members.filter(({ email }) => email === inOrder.at(-1)?.email)
}

test('who withdraws while being sent is recalled, who does so before their batch is never sent, and the others are out', async () => {
  const { state: ended, withdrew } = await exportWithWithdrawals(lastToBeSent)
  expect(ended).toBe('done')
  expect(withdrew).toHaveLength(2)
  const { subscribers } = await state()
  const gone = subscribers.filter(({ email }) => withdrew.includes(email))
  expect(gone.map(({ email }) => email)).toEqual(withdrew.slice(0, 1))
  expect(gone.map(isOnList)).toEqual([false])
  expect(JSON.stringify(gone)).not.toContain('energy.solar')
  expect(subscribers.filter(isOnList)).toHaveLength(MEMBERS - 2)
})

test('whom the ESP knows as unsubscribed stays so, run after run', async () => {
  const { subscribers } = await state()
  const [known] = subscribers.filter(isOnList)
  if (!known) throw new Error('nobody is subscribed')
  const changed = subscribers.map((each) =>
    each === known ? { ...each, lists: [{ id: LIST, subscription_status: 'unsubscribed' }] } : each,
  )
  await misuse({ subscribers: changed })
  const { visitor } = members.find(({ email }) => email === known.email) ?? {}
  await visitor?.read('/garden/pond', 10)
  await scene.instance.caughtUp()
  await scene.exportAudience('solar-post')
  const after = await state()
  expect(after.subscribers.find(({ email }) => email === known.email)?.lists).toEqual([
    { id: LIST, subscription_status: 'unsubscribed' },
  ])
  expect(after.calls.filter(({ body }) => /"status":"(confirmed|unconfirmed)"/.test(JSON.stringify(body)))).toEqual([])
})

test('control: with the fence down the same withdrawal leaves the person out there', async () => {
  await misuse({ subscribers: [] })
  for (const { visitor } of members) await visitor.read('/garden/pond', 3)
  await scene.instance.caughtUp()
  world.fence = false
  const { withdrew } = await exportWithWithdrawals()
  world.fence = true
  const { subscribers } = await state()
  expect(withdrew).toHaveLength(1)
  expect(subscribers.filter(({ email }) => withdrew.includes(email)).map(isOnList)).toEqual([true])
})
