/** Invariant 7: no address of the network, visitor id, e-mail address, phone number or key in a log line, metric, dead letter or error. */

import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engines } from '../../infra/engines.ts'
import { openLogger } from '../../infra/process/logger.ts'
import { dump, find, type Place } from './dump.ts'
import { inviteMembers, type Member, pageView, prefer, signUp, vidOf, visitorOf } from './members.ts'
import { ORIGIN, openScene, type Scene, SITE } from './scenario.ts'

const world = { down: false }
let scene: Scene
let canaries: string[]
/** What was answered where something went wrong. */
const answers: string[] = []

beforeAll(async () => {
  scene = await openScene({ tap: withFailures })
  const members = await inviteMembers(scene, 22)
  for (const member of members) await signUp(scene, member)
  canaries = await canariesOf(members)
  await misbehave(members)
  await scene.exportAudience('solar-file')
  const [first, second, third] = members
  if (!first || !second || !third) throw new Error('nobody is there')
  await prefer(scene, first, 'object_all')
  await second.visitor.consent([])
  await scene.admin('GET', `/subjects/${third.email}`)
  await scene.admin('DELETE', `/subjects/${third.email}`)
  await scene.instance.caughtUp()
  await scene.exportAudience('solar-file')
})
afterAll(() => scene.close())

/** An engine whose errors quote what it was given, as drivers do. */
function withFailures(engines: Engines): Engines {
  const { log, sql } = engines
  const append: typeof log.append = async (entries) => {
    if (world.down) throw new Error(`could not write ${JSON.stringify(entries)}`)
    return log.append(entries)
  }
  const run: typeof sql.vault.run = async (statement, params) => {
    if (world.down) throw new Error(`${statement.name} failed on ${JSON.stringify(params)}`)
    return sql.vault.run(statement, params)
  }
  return { ...engines, log: { ...log, append }, sql: { ...sql, vault: { ...sql.vault, run } } }
}

async function canariesOf(members: readonly Member[]): Promise<string[]> {
  const keys = await readFile(`${scene.settings.dataDir}/keys/person.json`, 'utf8')
  const wrapped = [...keys.matchAll(/"wrapped": ?"([^"]+)"/g)].map(([, text = '']) => text)
  expect(wrapped.length).toBeGreaterThan(3)
  return [
    ...members.flatMap(({ email, phone, visitor }) => [
      email,
      encodeURIComponent(email),
      phone,
      phone.replaceAll(' ', ''),
      visitor.address,
      vidOf(visitor),
      visitor.cookie,
    ]),
    ...wrapped,
    scene.settings.kek.value ?? '',
    scene.instance.localToken,
  ].filter((text) => text !== '')
}

/** Says everything personal in every wrong place, and lets the engines fail under it. */
async function misbehave(members: readonly Member[]): Promise<void> {
  const keep = async (answer: Response | Promise<Response>) => void answers.push(await (await answer).text())
  const stranger = visitorOf(scene, 200)
  for (const { email, phone, visitor } of members.slice(0, 4)) {
    const vid = vidOf(visitor)
    for (const secret of [email, phone, visitor.address, vid]) {
      const event = {
        ...pageView(scene, `/a/${encodeURIComponent(secret)}?q=${secret}`),
        title: secret,
        referrer: secret,
      }
      await keep(visitor.send('/v1/events', { site: SITE, sent: scene.now(), events: [event, { [secret]: secret }] }))
      await keep(stranger.send('/v1/events', { site: secret, sent: 1, events: [1] }))
      await keep(
        stranger.send('/v1/consent', { site: SITE, notice: secret, lang: 'en', purposes: ['P1'], method: secret }),
      )
      await keep(stranger.send('/v1/link', { [secret]: secret }))
      const form = new URLSearchParams({ email: secret, site: secret, notice: secret, purposes: secret })
      await keep(scene.person('/subscribe', { method: 'POST', body: form, headers: { origin: ORIGIN } }))
      await keep(scene.person(`/confirm?token=${encodeURIComponent(secret)}`))
      await keep(scene.person(`/preferences?token=${encodeURIComponent(secret)}`))
      for (const path of [
        `/subjects/${encodeURIComponent(secret)}x`,
        `/consents/${encodeURIComponent(secret)}`,
        `/runs/${encodeURIComponent(secret)}`,
      ])
        answers.push((await scene.admin('GET', path)).text)
      answers.push(
        (await scene.admin('POST', '/consents', { who: { email: secret }, kind: secret, purpose: 'P4' })).text,
      )
      answers.push(
        (
          await scene.admin(
            'POST',
            '/imports/contacts?source=crm&force=true',
            `source_id,email\n${secret},${secret} x\n`,
          )
        ).text,
      )
    }
  }
  world.down = true
  for (const { email, phone, visitor } of members.slice(0, 2)) {
    await keep(visitor.send('/v1/events', { site: SITE, sent: scene.now(), events: [pageView(scene, '/solar/roof')] }))
    await keep(
      visitor.send('/v1/consent', { site: SITE, notice: 'site-1', lang: 'en', purposes: [], method: 'banner' }),
    )
    const form = new URLSearchParams({ email, site: SITE, notice: 'mail-1', purposes: 'P5', language: 'en' })
    await keep(
      scene.person('/subscribe', {
        method: 'POST',
        body: form,
        headers: { origin: ORIGIN, 'x-forwarded-for': visitor.address },
      }),
    )
    answers.push((await scene.admin('GET', `/subjects/${email}`)).text)
    answers.push(
      (
        await scene.admin(
          'POST',
          '/imports/contacts?source=crm&force=true',
          `source_id,email,phone\nK9,${email},${phone}\n`,
        )
      ).text,
    )
  }
  world.down = false
}

async function whatIsSaid(): Promise<Place[]> {
  const places = await dump(scene, /^(lines|metrics|sql\/control\.|sql\/runs\.)/)
  return [...places, { name: 'answers', content: Buffer.from(answers.join('\n')) }]
}

test('the scene had much to say: lines of failures, refusals, answers', async () => {
  const lines = scene.lines.join('')
  expect(lines).toContain('request failed')
  expect(lines).toContain('audience exported')
  expect(answers.length).toBeGreaterThan(150)
  expect(answers.some((answer) => answer.includes('"code"'))).toBe(true)
})

test('no canary is in a log line, a metric, a dead letter, an audit entry or an answer to a mistake', async () => {
  const places = await whatIsSaid()
  const found = canaries.flatMap((canary) => find(places, [canary]).map((place) => `${canary} in ${place}`))
  expect(found).toEqual([])
})

test('control: a line that says an address in its words is found, and one that says it in a field is not even printed', async () => {
  const [email = ''] = canaries
  const log = openLogger({ level: 'trace', service: 'test' }, { write: (line) => void scene.lines.push(line) })
  log.info({ email, to: email, cookie: email }, 'a field that nobody allowed')
  expect(find(await whatIsSaid(), [email])).toEqual([])
  log.info({}, `sent to ${email}`)
  expect(find(await whatIsSaid(), [email])).toEqual(['lines'])
})
