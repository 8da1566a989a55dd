/** Invariant 3: no import, banner, signal or merge of records lifts an objection; only the same person does, explicitly, later. */

import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { defineStatement } from '../../infra/ports/sql.ts'
import { DAY_MS, dayOf } from '../../schemas/week.ts'
import { consentsFile, contactsFile, enrol, inviteMembers, type Member, prefer, signUp } from './members.ts'
import { openScene, type Scene } from './scenario.ts'

let scene: Scene
let members: Member[]
let objectorsX: string
let mergeObjectorsX: string

const contactOf = defineStatement({
  name: 'contact_of',
  sql: 'SELECT contact FROM vault.contacts WHERE email = $email',
  params: z.object({ email: z.string() }),
  row: z.object({ contact: z.string() }),
})

beforeAll(async () => {
  scene = await openScene()
  members = await inviteMembers(scene, 26)
  await enrol(scene, members)
  const { csv } = await scene.exportAudience('solar-file')
  objectorsX = await exportIdOf(objector())
  mergeObjectorsX = await exportIdOf(mergeObjector())
  expect([csv.includes(objectorsX), csv.includes(mergeObjectorsX)]).toEqual([true, true])
  await prefer(scene, objector(), 'object_all')
  await prefer(scene, mergeObjector(), 'object_P4')
})
afterAll(() => scene.close())

function at(n: number): Member {
  const member = members[n]
  if (!member) throw new Error('no such member')
  return member
}
const objector = () => at(0)
const mergeObjector = () => at(1)

/** After the first export, which makes the key. */
async function exportIdOf({ email }: Member): Promise<string> {
  const [row] = await scene.engines.sql.vault.run(contactOf, { email })
  return `x${(await scene.keys()).person.activation.export('newsletter').mac([row?.contact ?? ''])}`
}

/** Which of the two are in the file that leaves now, and how many are in it. */
async function exported(): Promise<{ objector: boolean; mergeObjector: boolean; rows: number }> {
  const { csv } = await scene.exportAudience('solar-file')
  const rows = csv.match(/^x[0-9a-f]{32}/gm)?.length ?? 0
  return { objector: csv.includes(objectorsX), mergeObjector: csv.includes(mergeObjectorsX), rows }
}

const without = { objector: false, mergeObjector: false, rows: 24 }

test('who objected is not exported', async () => {
  expect(await exported()).toEqual(without)
})

const signals: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['an import of contacts', () => scene.importFile('contacts', contactsFile(members))],
  [
    'an import of contacts from another system',
    async () => {
      const file = contactsFile([objector(), mergeObjector()]).replaceAll(/^K/gm, 'L')
      const { status } = await scene.admin('POST', '/imports/contacts?source=shop&force=true', file)
      expect(status).toBe(200)
    },
  ],
  [
    'an import of consents',
    async () => {
      scene.pass(60_000)
      // Given after the objection, as the file says.
      const file = consentsFile(scene, [objector(), mergeObjector()])
      await scene.importFile('consents', file.replaceAll(/20\d\d-\d\d-\d\dT/g, `${dayOf(scene.now())}T`))
    },
  ],
  [
    'an operator',
    async () => {
      const moment = { at: new Date(scene.now()).toISOString() }
      const mailed = { ...moment, messageId: '<1@house.example>' }
      const evidence = {
        notice: 'mail-1',
        language: 'en',
        formUrl: 'http://www.site.example/',
        requested: moment,
        mailed,
        confirmed: moment,
      }
      for (const { email } of [objector(), mergeObjector()]) {
        const { status } = await scene.admin('POST', '/consents', {
          who: { email },
          kind: 'granted',
          purpose: 'P4',
          evidence,
        })
        expect(status).toBe(409)
      }
    },
  ],
  [
    'a banner on the device, and reading on',
    async () => {
      for (const { visitor } of [objector(), mergeObjector()]) {
        await visitor.consent(['P1', 'P2', 'P3'])
        await visitor.read('/solar/roof', 5)
      }
      await scene.instance.caughtUp()
    },
  ],
  [
    'a browser that stops saying GPC',
    async () => {
      for (const { visitor } of [objector(), mergeObjector()]) {
        await visitor.send('/v1/link', { site: 'demo' }, { 'sec-gpc': '1' })
        await visitor.consent(['P1', 'P2', 'P3'])
        await visitor.read('/solar/roof', 5)
      }
      await scene.instance.caughtUp()
    },
  ],
  [
    'a link after a login',
    async () => {
      for (const { email, visitor } of [objector(), mergeObjector()])
        await scene.admin('POST', '/links', { who: { email }, token: await visitor.link() })
    },
  ],
  [
    'a sign-up that nobody confirmed',
    async () => {
      await signUp(scene, objector(), false)
      await signUp(scene, mergeObjector(), false)
    },
  ],
]

test('nor after anything that is not their own word', async () => {
  for (const [name, signal] of signals) {
    await signal()
    expect(await exported(), name).toEqual(without)
  }
})

test('their own confirmed sign-up lifts it', async () => {
  // One mail a day is all that an address hears from us that asked to hear nothing.
  scene.pass(DAY_MS)
  await signUp(scene, mergeObjector())
  await signUp(scene, objector())
  expect(await exported()).toEqual({ objector: true, mergeObjector: true, rows: 26 })
})

/** Resolves when it stands in no file any more: a removal that is still on its way would take it out of the next one too. */
async function recalled(x: string): Promise<void> {
  const removals = defineStatement({
    name: 'removals_of',
    sql: `SELECT state = 'answered' AND NOT EXISTS (SELECT FROM runs.exceptions e WHERE e.run = b.run AND e.batch = b.number AND e.x = $x)
        AS settled FROM runs.batches b WHERE $x = ANY(xs) AND op = 'remove'`,
    params: z.object({ x: z.string() }),
    row: z.object({ settled: z.boolean() }),
  })
  for (;;) {
    const rows = await scene.engines.sql.runs.run(removals, { x })
    if (rows.length > 0 && rows.every(({ settled }) => settled)) return
    await pause(50)
  }
}

test('control: with the objection struck out of the ledger the same house exports them', async () => {
  const third = at(2)
  const { email } = third
  const x = await exportIdOf(third)
  await prefer(scene, third, 'object_P4')
  expect((await scene.exportAudience('solar-file')).csv).not.toContain(x)
  await recalled(x)
  const strike = defineStatement({
    name: 'strike',
    sql: `DELETE FROM ledger.entries WHERE kind = 'objected' AND contact = (SELECT contact FROM vault.contacts WHERE email = $email)`,
    params: z.object({ email: z.string() }),
    row: z.unknown(),
  })
  await scene.engines.sql.vault.run(strike, { email })
  await scene.admin('POST', '/links', { who: { email }, token: await third.visitor.link() })
  expect((await scene.exportAudience('solar-file')).csv).toContain(x)
})

test('whoever signs up next on the browser of who objected to the merge takes nothing along of what was read there', async () => {
  const fourth = at(3)
  await prefer(scene, fourth, 'object_P4')
  const guest = { ...fourth, sourceId: 'K99', email: 'grace.hopper@people.example', phone: '+49 30 555099' }
  await scene.importFile('contacts', contactsFile([guest]))
  await signUp(scene, guest)
  const x = await exportIdOf(guest)
  expect((await scene.exportAudience('solar-file')).csv).not.toContain(x)

  // Control: had the device not been noted, they would be exported with it.
  const forget = defineStatement({
    name: 'forget',
    sql: 'DELETE FROM links.former',
    params: z.object({}),
    row: z.unknown(),
  })
  await scene.engines.sql.links.run(forget, {})
  await scene.admin('POST', '/links', { who: { email: guest.email }, token: await guest.visitor.link() })
  expect((await scene.exportAudience('solar-file')).csv).toContain(x)
})
