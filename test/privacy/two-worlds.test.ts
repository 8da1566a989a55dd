/** Invariant 1: no value that identifies a row on the web side occurs on the person side, and the other way round. */

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { defineStatement } from '../../infra/ports/sql.ts'
import { dayOf } from '../../schemas/week.ts'
import { dump, find, type Place } from './dump.ts'
import { inviteMembers, type Member, signUp, vidOf } from './members.ts'
import { openScene, type Scene, SITE } from './scenario.ts'

const MEMBERS = 60
/** Members whose values are also searched in each byte of the databases' own files. */
const BYTEWISE = 4

type Kind = 'address' | 'phone' | 'ip' | 'vid' | 'E' | 'P' | 'C' | 'X'

/** Who may hold what. What stands in no place of its row is found nowhere at all. */
const mayHold: Readonly<Record<Kind, readonly RegExp[]>> = {
  address: [/^sql\/vault\.(contacts|pending)$/, /^file\/outbox\//, /^file\/sql\//],
  phone: [/^sql\/vault\.contacts$/, /^file\/sql\//],
  ip: [],
  vid: [],
  E: [/^store\/events$/, /^log\/events\b/, /^file\/clickhouse\//],
  P: [/^store\/(signals|profiles|tombstones)$/, /^log\/(signals|stops)\b/, /^file\/clickhouse\//, /^cache$/],
  C: [/^sql\/(vault|ledger|links)\./, /^file\/sql\//],
  X: [/^sql\/runs\.(batches|exceptions|acknowledged|audit)$/, /^file\/exports\//, /^file\/sql\//],
}

const contactOf = defineStatement({
  name: 'contact_of',
  sql: 'SELECT contact FROM vault.contacts WHERE email = $email',
  params: z.object({ email: z.string() }),
  row: z.object({ contact: z.string() }),
})
const plant = defineStatement({
  name: 'plant',
  sql: 'UPDATE vault.contacts SET attributes = attributes || jsonb_build_object($key::text, $value::text) WHERE email = $email',
  params: z.object({ email: z.string(), key: z.string(), value: z.string() }),
  row: z.unknown(),
})

let scene: Scene
let members: Member[]
let known: Readonly<Record<Kind, string[]>>

beforeAll(async () => {
  scene = await openScene()
  members = await inviteMembers(scene, MEMBERS)
  for (const member of members) await signUp(scene, member)
  // One goes again on the device, so that stops and tombstones are not empty; a mail address stood in a page's path.
  await members[59]?.visitor.read('/a?mail=ada.lovelace.59@people.example')
  await members[59]?.visitor.read('/ada.lovelace.59@people.example/a')
  const vids = members.map(({ visitor }) => vidOf(visitor))
  await members[59]?.visitor.consent([])
  await scene.instance.caughtUp()
  const { state } = await scene.exportAudience('solar-file')
  expect(state).toBe('done')
  // Only now, because the instance writes its keyring too, and makes the key of X with the first export.
  known = await valuesOf(members, vids)
})
afterAll(() => scene.close())

async function valuesOf(of: readonly Member[], vids: readonly string[]): Promise<Record<Kind, string[]>> {
  const { web, person } = await scene.keys()
  const values: Record<Kind, string[]> = { address: [], phone: [], ip: [], vid: [], E: [], P: [], C: [], X: [] }
  for (const [n, { email, phone, visitor }] of of.entries()) {
    const vid = vids[n] ?? ''
    const [row] = await scene.engines.sql.vault.run(contactOf, { email })
    const contact = row?.contact ?? ''
    values.address.push(email)
    values.phone.push(phone.replaceAll(' ', ''), phone)
    values.ip.push(visitor.address)
    values.vid.push(vid)
    values.P.push(web.keys.interest(SITE).mac([vid]))
    values.E.push(`e${web.keys.event(SITE, dayOf(scene.now()))?.mac([vid])}`)
    values.C.push(contact)
    values.X.push(`x${person.activation.export('newsletter').mac([contact])}`)
  }
  return values
}

/** Places that hold a kind of value and may not. */
function trespasses(places: readonly Place[]): string[] {
  return Object.entries(mayHold).flatMap(([kind, allowed]) => {
    const texts = known[kind as Kind]
    const own = /^file\/(sql|clickhouse)\//
    const few = Math.ceil((texts.length / MEMBERS) * BYTEWISE)
    const found = [
      ...find(
        places.filter(({ name }) => !own.test(name)),
        texts,
      ),
      ...find(
        places.filter(({ name }) => own.test(name)),
        [...texts.slice(0, few), ...texts.slice(-few)],
      ),
    ]
    return found.filter((name) => !allowed.some((place) => place.test(name))).map((name) => `${kind} in ${name}`)
  })
}

test('each kind of value is where it belongs: the search sees it there', async () => {
  const places = await dump(scene)
  const holds = (kind: Kind, place: string) =>
    find(
      places.filter(({ name }) => name.startsWith(place)),
      known[kind],
    )
  for (const [kind, place] of [
    ['address', 'sql/vault.contacts'],
    ['address', 'file/outbox'],
    ['phone', 'sql/vault.contacts'],
    ['E', 'store/events'],
    ['E', 'log/events'],
    ['P', 'store/signals'],
    ['P', 'store/profiles'],
    ['P', 'log/signals'],
    ['P', 'log/stops'],
    ['P', 'cache'],
    ['C', 'sql/vault.contacts'],
    ['C', 'sql/ledger.entries'],
    ['C', 'sql/links.links'],
    ['X', 'sql/runs.batches'],
    ['X', 'file/exports'],
  ] as const)
    expect(holds(kind, place), `${kind} in ${place}`).not.toEqual([])
  expect(new Set(Object.values(known).flat()).size).toBe(MEMBERS * 9)
})

test('no value of one world occurs in the other, in no table, file, cache, log line or metric', async () => {
  expect(trespasses(await dump(scene))).toEqual([])
})

test('control: a pseudonym planted among the contacts is found, and so is an address planted in the path of an event', async () => {
  const [p = ''] = known.P
  const [email = ''] = known.address
  await scene.engines.sql.vault.run(plant, { email, key: 'note', value: p })
  const record = { site: SITE, day: dayOf(scene.now()), type: 'page_view', path: `/a/${email}`, hour: 1 }
  const id = randomUUID().replaceAll('-', '').slice(0, 16)
  await scene.engines.log.append([{ topic: 'counts', partition: 0, record: { ...record, id } as never }])
  await scene.instance.caughtUp()
  const found = trespasses(await dump(scene))
  expect(found).toContain('P in sql/vault.contacts')
  expect(found.filter((each) => each.startsWith('address in store/'))).not.toEqual([])
  expect(found.filter((each) => each.startsWith('address in log/'))).not.toEqual([])
})
