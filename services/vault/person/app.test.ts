import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { sha256 } from '../../../infra/control/audit.ts'
import { defineStatement } from '../../../infra/ports/sql.ts'
import { ContactPurpose, effective } from '../../../schemas/consent.ts'
import { ContactRef } from '../../../schemas/ids.ts'
import { standingOf, termsOf } from '../../../schemas/ledger.ts'
import { DAY_MS } from '../../../schemas/week.ts'
import { openTestSql, type TestSql } from '../../../test/engines/test-engines.ts'
import { openTestVault, tokenIn } from '../../../test/fakes/vault.ts'
import { readEntries } from '../ledger.ts'

let sql: TestSql
let vault: Awaited<ReturnType<typeof openTestVault>>
const folder = mkdtempSync(join(tmpdir(), 'bauta-person-'))
const ada = 'ada@example.org'
const token = `bauta1.demo.${'n'.repeat(22)}.1793617200.${'s'.repeat(40)}`

beforeAll(async () => {
  sql = await openTestSql()
})
afterAll(() => sql.close())
beforeEach(async () => {
  for (const table of [
    'vault.contacts',
    'vault.pending',
    'vault.suppressions',
    'ledger.entries',
    'links.links',
    'links.requests',
  ])
    await raw(`TRUNCATE ${table} CASCADE`)
  await raw("UPDATE ledger.head SET sequence = 0, hash = ''")
  vault = await openTestVault(sql, folder)
})
afterEach(() => vault.close())

const raw = (text: string) =>
  sql.vault.run(
    defineStatement({ name: 'test', sql: text, params: z.object({}), row: z.record(z.string(), z.unknown()) }),
    {},
  )

async function contactOf(email: string): Promise<ContactRef> {
  return ContactRef.parse((await raw(`SELECT contact FROM vault.contacts WHERE email_key = '${email}'`))[0]?.contact)
}
async function states(email: string) {
  const { facts } = standingOf(
    await readEntries(sql.vault, await contactOf(email)),
    termsOf(vault.deps.config, vault.time.now),
  )
  return ContactPurpose.options.map((each) => effective(facts, each))
}
async function preferences(email: string) {
  await vault.post('/preferences', { email, language: 'en' })
  const link = await vault.link(email)
  return { link, act: (act: string) => vault.post('/preferences', { token: tokenIn(link), act, language: 'en' }) }
}
const addLink = async (email: string) =>
  raw(
    `INSERT INTO links.links (id, contact, site, sequence, key_id, sealed) VALUES (gen_random_uuid(), '${await contactOf(email)}', 'demo', 1, 'k', 's')`,
  )

test('a double opt-in grants what was chosen, with its whole proof, and asks for the link', async () => {
  expect((await vault.subscribe(ada, ['P5', 'P4'], { link_token: token })).status).toBe(200)
  const link = await vault.link(ada)
  expect(vault.mailer.sent[0]).toMatchObject({ to: ada, subject: expect.stringContaining('bestätigen') })
  vault.time.now += 60_000
  expect(await (await vault.get(link)).text()).toContain('Ich möchte den Newsletter, passend zu mir.')
  expect((await vault.post('/confirm', { token: tokenIn(link) })).status).toBe(200)
  expect(await states(ada)).toEqual(['granted', 'granted', 'unknown'])

  const [merge, mail] = await readEntries(sql.vault, await contactOf(ada))
  expect([merge?.purpose, mail?.purpose, mail?.voice, mail?.method]).toEqual(['P4', 'P5', 'person', 'double_opt_in'])
  expect(mail?.proof).toEqual({
    notice: 'news-1',
    noticeHash: sha256('Ich möchte den Newsletter, passend zu mir.'),
    noticeText: 'Ich möchte den Newsletter, passend zu mir.',
    language: 'de',
    formUrl: 'https://site.example/de/newsletter',
    requested: { at: '2026-11-02T10:00:00.000Z', ip: expect.any(String) },
    mailed: { at: '2026-11-02T10:00:00.000Z', messageId: expect.stringContaining('@person.example>') },
    confirmed: { at: '2026-11-02T10:01:00.000Z', ip: expect.any(String) },
  })
  const contact = await contactOf(ada)
  expect(vault.deps.keys.proof.open(mail?.proof?.confirmed?.ip ?? '', ['proof', contact, 'confirmed'])).toBe(
    '203.0.113.7',
  )
  const fields = [contact, 'demo', sha256(token), String(merge?.sequence), '2026-11-02T10:00:00.000Z']
  expect(await raw('SELECT contact, site, token, mac FROM links.requests')).toEqual([
    { contact, site: 'demo', token, mac: vault.deps.keys.linkRequest.mac(fields) },
  ])
  expect(await vault.verifyLedger()).toBeUndefined()
})

test('opening a link confirms, withdraws and changes nothing, however often', async () => {
  await vault.subscribe(ada)
  const confirm = await vault.link(ada)
  for (let n = 0; n < 3; n += 1) expect((await vault.get(confirm)).status).toBe(200)
  expect(await raw('SELECT contact FROM vault.contacts')).toEqual([])
  // Control: the button does.
  await vault.post('/confirm', { token: tokenIn(confirm) })
  expect(await states(ada)).toEqual(['granted', 'granted', 'unknown'])
  const unsubscribe = await vault.link(ada)
  const { link } = await preferences(ada)
  for (const each of [unsubscribe, link, `${link}&act=object_all`]) expect((await vault.get(each)).status).toBe(200)
  expect(await states(ada)).toEqual(['granted', 'granted', 'unknown'])
})

test('every address gets the same answer: known, unknown, suppressed, already subscribed', async () => {
  await vault.signUp('known@example.org')
  await vault.signUp('gone@example.org')
  await (await preferences('gone@example.org')).act('object_all')
  await vault.subscribe('waiting@example.org')
  const who = ['known@example.org', 'gone@example.org', 'waiting@example.org', 'never-heard@example.org']
  const answers = async (path: string, fields: Record<string, string | string[]>) =>
    Promise.all(
      who.map(async (email) => {
        const answer = await vault.post(path, { ...fields, email })
        return [answer.status, Object.fromEntries(answer.headers), await answer.text()]
      }),
    )
  const form = { site: 'demo', notice: 'news-1', language: 'en', purposes: ['P5'] }
  for (const each of [await answers('/subscribe', form), await answers('/preferences', { language: 'en' })]) {
    expect(each[0]?.[0]).toBe(200)
    for (const other of each) expect(other).toEqual(each[0])
  }
  // They differ in the mailbox alone.
  await vault.mailed()
  const titles = (to: string) =>
    vault.mailer.sent.filter((mail) => mail.to === to).map(({ subject }) => subject.split(' ·')[0])
  expect(titles('never-heard@example.org')).toEqual(['Please confirm your sign-up'])
  expect(titles('known@example.org').at(-1)).toBe('Your preferences')
})

test('a mail that was answered once does not bring back what was withdrawn after it', async () => {
  await vault.subscribe(ada)
  const confirm = await vault.link(ada)
  await vault.post('/confirm', { token: tokenIn(confirm) })
  await vault.post(await vault.link(ada), { 'List-Unsubscribe': 'One-Click' })
  expect(await (await vault.post('/confirm', { token: tokenIn(confirm) })).text()).toContain('schon bestätigt')
  expect(await (await vault.get(confirm)).text()).not.toContain('<form')
  expect(await states(ada)).toEqual(['granted', 'withdrawn', 'unknown'])
})

test('one click unsubscribes, as RFC 8058 asks: by POST alone, without cookies, from the header of the mail', async () => {
  await vault.signUp(ada)
  await vault.mailed()
  const headers = vault.mailer.sent.at(-1)?.headers ?? {}
  expect(headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click')
  const url =
    /^<(https:\/\/person\.example\/unsubscribe\?token=[^>]+)>$/.exec(headers['List-Unsubscribe'] ?? '')?.[1] ?? ''
  const { pathname, search } = new URL(url)
  const post = { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) }
  const answer = await vault.person.request(`${pathname}${search}`, post)
  expect([answer.status, answer.headers.get('set-cookie')]).toEqual([200, null])
  expect(await states(ada)).toEqual(['granted', 'withdrawn', 'unknown'])
  // Pressed again, nothing more is written.
  await vault.person.request(`${pathname}${search}`, post)
  expect(await readEntries(sql.vault, await contactOf(ada))).toHaveLength(3)
})

test('on the preferences page each purpose is withdrawn by one click, and the merge agreed to again by one', async () => {
  await vault.signUp(ada, ['P4', 'P5', 'P6'])
  const { link, act } = await preferences(ada)
  const page = await (await vault.get(link)).text()
  for (const each of ['withdraw_P4', 'withdraw_P5', 'withdraw_P6', 'object_P4', 'object_all'])
    expect(page.split(`value="${each}"`)).toHaveLength(2)
  await addLink(ada)
  for (const each of ContactPurpose.options) expect(await (await act(`withdraw_${each}`)).text()).toContain('Saved.')
  expect(await states(ada)).toEqual(['withdrawn', 'withdrawn', 'withdrawn'])
  expect(await raw('SELECT ending FROM links.links')).toEqual([{ ending: 'withdraw' }])

  expect(await (await act('grant_P4')).text()).not.toContain('value="grant_P4"')
  expect(await states(ada)).toEqual(['granted', 'withdrawn', 'withdrawn'])
  const grant = (await readEntries(sql.vault, await contactOf(ada))).at(-1)
  expect(grant).toMatchObject({
    method: 'preferences',
    proof: { noticeText: 'I want the newsletter, made to fit me.' },
  })
  await act('object_P4')
  expect(await states(ada)).toEqual(['objected', 'withdrawn', 'withdrawn'])
})

test('an objection to everything suppresses the address and ends the links; only a new double opt-in lifts it', async () => {
  await vault.signUp(ada, ['P5', 'P4'], { link_token: token })
  await addLink(ada)
  const { act } = await preferences(ada)
  const page = await (await act('object_all')).text()
  expect(await states(ada)).toEqual(['objected', 'objected', 'objected'])
  expect(page).not.toContain('value="grant_P4"')
  expect((await act('grant_P4')).status).toBe(400)
  expect(await states(ada)).toEqual(['objected', 'objected', 'objected'])
  expect(await raw('SELECT ending FROM links.links')).toEqual([{ ending: 'stop' }])
  expect(await raw('SELECT id FROM links.requests')).toEqual([])
  const suppressed = () => raw('SELECT hash, reason FROM vault.suppressions')
  expect(await suppressed()).toEqual([{ hash: vault.deps.keys.suppression.mac([ada]), reason: 'objected' }])

  vault.time.now += 2 * DAY_MS
  await vault.signUp(ada, ['P4'])
  expect(await suppressed()).toHaveLength(1)
  vault.time.now += 2 * DAY_MS
  await vault.signUp(ada, ['P5'])
  expect(await suppressed()).toEqual([])
  expect(await states(ada)).toEqual(['granted', 'granted', 'objected'])
})

test('nobody is flooded: three mails a day to an address, one if it is suppressed, and a network is slowed down', async () => {
  for (let n = 0; n < 5; n += 1) await vault.subscribe(ada)
  await vault.mailed()
  expect(vault.mailer.sent).toHaveLength(3)
  vault.time.now += 2 * DAY_MS
  await vault.signUp('bo@example.org')
  await (await preferences('bo@example.org')).act('object_all')
  vault.time.now += 2 * DAY_MS
  vault.mailer.sent.length = 0
  for (let n = 0; n < 3; n += 1) await vault.subscribe('bo@example.org')
  await vault.mailed()
  expect(vault.mailer.sent).toHaveLength(1)

  const strict = await openTestVault(sql, folder, { times: 2, windowMs: 60_000 })
  const asked = []
  for (let n = 0; n < 4; n += 1) asked.push((await strict.subscribe(`p${n}@example.org`)).status)
  expect(asked).toEqual([200, 200, 429, 429])
  strict.time.now += 61_000
  expect((await strict.subscribe(ada)).status).toBe(200)
  await strict.close()
})

test('a mail that could not be sent is sent later, and the sign-up is not lost', async () => {
  vault.mailer.down = true
  await vault.subscribe(ada)
  await vault.mailed()
  await vault.close()
  vault = await openTestVault(sql, folder)
  expect(await vault.link(ada)).toContain('/confirm?token=')
})

test('addresses that the mail server does not take hold up nobody else, and one refused for good is forgotten', async () => {
  vault.mailer.fails.set('refused@example.org', 'mail_refused')
  vault.mailer.fails.set('full@example.org', 'mail_deferred')
  vault.mailer.fails.set('silent@example.org', 'mail_down')
  for (const name of ['refused', 'silent', 'full', 'ada']) {
    vault.time.now += 1_000
    await vault.subscribe(`${name}@example.org`)
  }
  await vault.mailed()
  expect(vault.mailer.sent.map(({ to }) => to)).toEqual([ada])
  const waiting = () => raw('SELECT email FROM vault.pending WHERE mailed_at IS NULL ORDER BY requested_at')
  expect(await waiting()).toEqual([{ email: 'silent@example.org' }, { email: 'full@example.org' }])
  vault.mailer.fails.clear()
  vault.time.now += 120_000
  await vault.subscribe('bo@example.org')
  await vault.mailed()
  expect(await waiting()).toEqual([])
})

test('while the server takes no mail nobody is tried twice within the minute; once it is back all get theirs', async () => {
  vault.mailer.down = true
  const tried: string[] = []
  const { send } = vault.mailer
  vault.mailer.send = async function (mail) {
    tried.push(mail.to)
    return send.call(this, mail)
  }
  await Promise.all([1, 2, 3].map((n) => vault.subscribe(`p${n}@example.org`)))
  await vault.mailed()
  expect(tried).toHaveLength(new Set(tried).size)
  expect(vault.mailer.sent).toEqual([])
  vault.mailer.down = false
  vault.time.now += 120_000
  await vault.subscribe(ada)
  await vault.mailed()
  expect(vault.mailer.sent).toHaveLength(4)
})

test('a link that could not be mailed counts for nothing: after an outage the person gets to their page', async () => {
  await vault.signUp(ada)
  await vault.mailed()
  vault.mailer.sent.length = 0
  vault.mailer.down = true
  for (let n = 0; n < 3; n += 1) await vault.post('/preferences', { email: ada, language: 'en' })
  await vault.mailed()
  vault.mailer.down = false
  const { link, act } = await preferences(ada)
  expect(link).toContain('/preferences?token=')
  await act('object_P4')
  expect(await states(ada)).toEqual(['objected', 'granted', 'unknown'])
})

test('a welcome that the mail server did not take is sent later, with its link to unsubscribe', async () => {
  await vault.subscribe(ada)
  const link = await vault.link(ada)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    vault.mailer.down = true
    await vault.post('/confirm', { token: tokenIn(link) })
    await vault.mailed()
    vault.mailer.down = false
    await vi.advanceTimersByTimeAsync(60_000)
  } finally {
    vi.useRealTimers()
  }
  const unsubscribe = await vault.link(ada)
  expect((await vault.post('/unsubscribe', { token: tokenIn(unsubscribe) })).status).toBe(200)
  expect(await states(ada)).toEqual(['granted', 'withdrawn', 'unknown'])
})

test('a link request that a crash swallowed is made up for at the next start', async () => {
  await vault.signUp(ada, ['P4'], { link_token: token })
  await raw('TRUNCATE links.requests')
  await raw(`UPDATE vault.pending SET link_token = '${token}'`)
  await vault.close()
  vault = await openTestVault(sql, folder)
  expect(await raw('SELECT site, sequence FROM links.requests')).toEqual([{ site: 'demo', sequence: 1 }])
  expect(await raw('SELECT link_token FROM vault.pending')).toEqual([{ link_token: null }])
})

test('a sign-up nobody confirmed within a week is over, and forgotten', async () => {
  await vault.subscribe(ada)
  const link = await vault.link(ada)
  vault.time.now += 7 * DAY_MS
  expect([(await vault.get(link)).status, (await vault.post('/confirm', { token: tokenIn(link) })).status]).toEqual([
    410, 410,
  ])
  await vault.expirePending(vault.time.now + 1)
  expect(await raw('SELECT id FROM vault.pending')).toEqual([])
})

test('the hourly look at all links ends when the process does', async () => {
  await vault.signUp(ada, ['P4'], { link_token: token })
  const ending = AbortSignal.abort(new Error('ending'))
  await expect(vault.expirePending(vault.time.now, ending)).rejects.toThrow('ending')
})

test('a token is good for its page alone, and not when changed', async () => {
  await vault.signUp(ada)
  const unsubscribe = tokenIn(await vault.link(ada))
  const { link } = await preferences(ada)
  expect((await vault.get(`/preferences?token=${unsubscribe}`)).status).toBe(410)
  expect((await vault.post('/unsubscribe', { token: tokenIn(link) })).status).toBe(410)
  expect((await vault.get(link.replace(/.$/, (last) => (last === '0' ? '1' : '0')))).status).toBe(410)
  vault.time.now += 1.1 * DAY_MS
  expect((await vault.get(link)).status).toBe(410)
  // Neither address nor contact stands in it.
  const contact = (await contactOf(ada)).replaceAll('-', '')
  const bytes = Buffer.from(unsubscribe.split('.')[0] ?? '', 'base64url')
  expect(bytes.toString('hex')).not.toBe(contact)
})

test('a form from elsewhere, or with a notice, purpose or language that was not shown, is refused', async () => {
  const good = { email: ada, site: 'demo', notice: 'news-1', language: 'de', purposes: 'P5' }
  const status = async (change: Record<string, string>, origin?: string) =>
    (await vault.post('/subscribe', { ...good, ...change }, origin)).status
  expect(await status({}, 'https://elsewhere.example')).toBe(403)
  const wrong = [
    { notice: 'news-0' },
    { notice: 'device-1' },
    { site: 'other' },
    { site: '__proto__' },
    { language: 'fr' },
  ]
  for (const change of [...wrong, { purposes: 'P3' }, { purposes: '' }, { email: 'ada' }, { link_token: '<x>' }])
    expect([change, await status(change as Record<string, string>)]).toEqual([change, 400])
  expect((await vault.post('/subscribe', { ...good, email: 'a'.repeat(20_000) })).status).toBe(400)
  expect(await raw('SELECT id FROM vault.pending')).toEqual([])
})

test('no page sets a cookie, loads anything, may be framed or indexed', async () => {
  await vault.signUp(ada)
  const { link } = await preferences(ada)
  for (const path of [link, '/preferences', '/nowhere', '/unsubscribe?token=x', await vault.link(ada)]) {
    const answer = await vault.get(path)
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/,
    )
    expect(answer.headers.get('set-cookie')).toBeNull()
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    expect(answer.headers.get('x-robots-tag')).toContain('noindex')
    expect(await answer.text()).not.toMatch(/<script|<img|<link|src=|https?:\/\//)
  }
})
