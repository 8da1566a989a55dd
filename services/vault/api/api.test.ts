import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import * as z from 'zod'
import { auditOf } from '../../../infra/control/audit.ts'
import { defineStatement } from '../../../infra/ports/sql.ts'
import { effective } from '../../../schemas/consent.ts'
import { ContactRef } from '../../../schemas/ids.ts'
import { type LedgerEntry, standingOf, termsOf } from '../../../schemas/ledger.ts'
import type { Role } from '../../../schemas/role.ts'
import { openTestSql, type TestSql } from '../../../test/engines/test-engines.ts'
import { callApi, openTestVault, tokenIn } from '../../../test/fakes/vault.ts'
import { readEntries } from '../ledger.ts'

let sql: TestSql
let vault: Awaited<ReturnType<typeof openTestVault>>
const folder = mkdtempSync(join(tmpdir(), 'bauta-vault-'))
beforeAll(async () => {
  sql = await openTestSql()
})
afterAll(() => sql.close())
const everything = [
  'vault.contacts',
  'vault.imports',
  'vault.pending',
  'vault.suppressions',
  'ledger.entries',
  'links.links',
  'links.requests',
]
beforeEach(async () => {
  for (const table of [...everything, 'control.audit']) await raw(`TRUNCATE ${table} CASCADE`)
  await raw("UPDATE ledger.head SET sequence = 0, hash = ''")
  vault = await openTestVault(sql, folder)
})
afterEach(() => vault.close())

const raw = (text: string) =>
  sql.vault.run(
    defineStatement({ name: 'test', sql: text, params: z.object({}), row: z.record(z.string(), z.unknown()) }),
    {},
  )

const call = (method: string, path: string, body?: unknown, role?: Role) => callApi(vault.api, method, path, body, role)

const ada = 'ada@example.org'
const people = `id;email;vorname\n1;${ada};Ada\n2;bo@example.org;Bo\n`
const header = 'id;purpose;kind;at;notice;language;form_url;requested_at;confirmed_at;confirmed_ip\n'
const grantRow = (id: number, purpose: string) =>
  `${id};${purpose};granted;;news-1;de;https://shop.example/checkout;2026-10-01T09:00:00Z;2026-10-01T09:05:00Z;203.0.113.9\n`
async function entriesOf(email: string): Promise<LedgerEntry[]> {
  const [row] = await raw(`SELECT contact FROM vault.contacts WHERE email_key = '${email}'`)
  return readEntries(sql.vault, ContactRef.parse(row?.contact))
}
async function stateOf(email: string, purpose: 'P4' | 'P5', evaluate = standingOf) {
  return effective(evaluate(await entriesOf(email), termsOf(vault.deps.config, vault.time.now)).facts, purpose)
}
async function objects(email: string) {
  await vault.post('/preferences', { email, language: 'de' })
  await vault.post('/preferences', { token: tokenIn(await vault.link(email)), act: 'object_all' })
}

test('a file is imported, its rejects can be fetched, the audit and whoever waits for it know', async () => {
  const sent = await call('POST', '/imports/contacts?source=crm', `${people}3;not an address;Cy\n`)
  expect(sent.status).toBe(200)
  expect(sent.json).toMatchObject({
    read: 3,
    added: 2,
    rejected: 1,
    links: { rejects: expect.stringMatching(/^\/api\/v1\/imports\/rejects\//) },
  })
  const rejects = await call(
    'GET',
    String((sent.json.links as { rejects?: string } | undefined)?.rejects).replace('/api/v1', ''),
  )
  expect(rejects.text).toBe('line,field,reason\n4,email,is no e-mail address\n')
  vault.time.now += 1_000
  const orders = await call('POST', '/imports/orders', 'order id;id;date;total\nA;1;2026-10-01;9,90\n')
  expect(orders.json).toMatchObject({ added: 1, rejected: 0 })
  expect(vault.imported).toEqual(['contacts', 'orders'])
  expect((await call('GET', '/imports')).json.imports).toMatchObject([
    { kind: 'orders' },
    { kind: 'contacts', source: 'crm' },
  ])
  const audit = await auditOf('control').entries(sql.control, 0, 10)
  expect(audit.map(({ actor, act, detail }) => [actor, act, detail?.kind])).toEqual([
    ['crm-sync', 'contacts.import', 'contacts'],
    ['crm-sync', 'contacts.import', 'orders'],
  ])
  expect(JSON.stringify(audit)).not.toContain('example.org')
  expect(readdirSync(join(folder, 'inbox'))).toEqual([])
})

test('what an import that was killed left in the inbox is gone at the next start, and nothing else is', async () => {
  await call('POST', '/imports/contacts', people)
  const inbox = join(folder, 'inbox')
  for (const name of [`${randomUUID()}.csv`, 'theirs.csv']) writeFileSync(join(inbox, name), people)
  await vault.close()
  vault = await openTestVault(sql, folder)
  expect(readdirSync(inbox)).toEqual(['theirs.csv'])
  rmSync(join(inbox, 'theirs.csv'))
})

test('a wrong column, mapping, type or reject file is refused by name, and leaves no file behind', async () => {
  const wrong = await call('POST', '/imports/contacts', 'id;vornmae\n1;Ada\n')
  expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining('\\"vornmae\\" is not known')])
  const mapping = encodeURIComponent('columns:\n  vornmae: first_name\n')
  expect((await call('POST', `/imports/contacts?mapping=${mapping}`, 'id;vornmae\n1;Ada\n')).status).toBe(200)
  const broken = await call('POST', `/imports/contacts?mapping=${encodeURIComponent('{"colums":{}}')}`, people)
  expect([broken.status, broken.text]).toEqual([400, expect.stringContaining('colums')])
  expect((await call('POST', '/imports/contacts', { id: 1 })).status).toBe(415)
  expect((await call('POST', '/imports/visits', people)).status).toBe(400)
  expect((await call('GET', '/imports/rejects/..%2f..%2fetc%2fpasswd')).status).toBe(400)
  expect(readdirSync(join(folder, 'inbox'))).toEqual([])
})

test('imported consents need their proof, and a second import of them adds nothing', async () => {
  await call('POST', '/imports/contacts', people)
  const noProof = '2;P5;granted;2026-10-01T09:00:00Z;news-1;de;https://shop.example/;;;\n'
  const noNotice = '2;P5;granted;;never;de;https://shop.example/;2026-10-01T09:00:00Z;2026-10-01T09:05:00Z;\n'
  const stranger = '9;P5;withdrawn;;;;;;;\n'
  const file =
    header +
    grantRow(1, 'P5') +
    grantRow(1, 'P4') +
    noProof +
    noNotice +
    '2;P4;widersprochen;31.10.2026;;;;;;\n' +
    stranger
  const sent = await call('POST', '/imports/consents', file)
  expect(sent.json).toMatchObject({ read: 6, added: 3, rejected: 3 })
  const rejects = await call(
    'GET',
    String((sent.json.links as { rejects?: string } | undefined)?.rejects).replace('/api/v1', ''),
  )
  expect(rejects.text).toContain('4,requested_at,is missing: mail needs a double opt-in\n')
  expect(rejects.text).toContain('5,notice,is no notice of bauta.yaml that covers P5\n')
  expect(await stateOf(ada, 'P5')).toBe('granted')
  const [grant] = await entriesOf(ada)
  expect(grant).toMatchObject({
    claimedAt: '2026-10-01T09:05:00.000Z',
    proof: { noticeText: 'Ich möchte den Newsletter, passend zu mir.', requested: { at: '2026-10-01T09:00:00.000Z' } },
  })
  expect(await stateOf('bo@example.org', 'P4')).toBe('objected')
  const before = await raw(
    'SELECT md5(string_agg(e::text, sequence::text ORDER BY sequence)) AS hash FROM ledger.entries e',
  )
  expect((await call('POST', '/imports/consents', file)).json).toMatchObject({ added: 0, unchanged: 3, rejected: 3 })
  expect(
    await raw('SELECT md5(string_agg(e::text, sequence::text ORDER BY sequence)) AS hash FROM ledger.entries e'),
  ).toEqual(before)
  expect(await vault.verifyLedger()).toBeUndefined()
})

test('an objection wins: no import of contacts or consents and no other system lifts it, the person does', async () => {
  await vault.signUp(ada)
  await objects(ada)
  const suppressed = await raw('SELECT * FROM vault.suppressions')
  await call('POST', '/imports/contacts', people)
  expect((await call('POST', '/imports/consents', header + grantRow(1, 'P5') + grantRow(1, 'P4'))).json).toMatchObject({
    added: 0,
    rejected: 2,
  })
  const evidence = {
    notice: 'news-1',
    language: 'de',
    formUrl: 'https://shop.example/',
    requested: { at: '2026-11-01T09:00:00Z' },
    confirmed: { at: '2026-11-01T09:00:00Z' },
  }
  const said = await call(
    'POST',
    '/consents',
    { who: { email: ada }, kind: 'granted', purpose: 'P5', evidence },
    'integration',
  )
  expect(said.status).toBe(409)
  expect([await stateOf(ada, 'P4'), await stateOf(ada, 'P5')]).toEqual(['objected', 'objected'])
  expect(await raw('SELECT * FROM vault.suppressions')).toEqual(suppressed)

  // Were such a grant in the ledger by whatever way, it would not count. Control: an evaluation that believes an import would let it.
  const [first] = await entriesOf(ada)
  const forced = [
    ...(await entriesOf(ada)),
    { ...(first as LedgerEntry), sequence: 99, voice: 'import', method: 'import' } as LedgerEntry,
  ]
  const believing: typeof standingOf = (entries, terms) =>
    standingOf(
      entries.map((each) => (each.voice === 'import' ? { ...each, voice: 'person', method: 'double_opt_in' } : each)),
      terms,
    )
  const purpose = first?.purpose as 'P4'
  const terms = termsOf(vault.deps.config, vault.time.now)
  expect(effective(standingOf(forced, terms).facts, purpose)).toBe('objected')
  expect(effective(believing(forced, terms).facts, purpose)).toBe('granted')

  vault.time.now += 2 * 86_400_000
  await vault.signUp(ada)
  expect([await stateOf(ada, 'P4'), await stateOf(ada, 'P5')]).toEqual(['granted', 'granted'])
})

test('other systems record withdrawals by address or by their key, and grants with proof', async () => {
  await call('POST', '/imports/contacts', people)
  const evidence = {
    notice: 'news-1',
    language: 'de',
    formUrl: 'https://shop.example/',
    confirmed: { at: '2026-11-01T10:00:00+01:00', ip: '203.0.113.9' },
  }
  const who = { source: 'crm', sourceId: '1' }
  const grant = { who, kind: 'granted', purpose: 'P4', evidence }
  expect((await call('POST', '/consents', { ...grant, evidence: undefined }, 'integration')).status).toBe(400)
  expect((await call('POST', '/consents', { ...grant, purpose: 'P5' }, 'integration')).text).toContain(
    'evidence.requested is missing',
  )
  expect((await call('POST', '/consents', grant, 'integration')).json).toEqual({ recorded: true, sequence: 1 })
  expect(await stateOf(ada, 'P4')).toBe('granted')
  const no = { who: { email: 'ADA@example.org' }, kind: 'withdrawn', purpose: 'P4' }
  expect((await call('POST', '/consents', no, 'integration')).json).toEqual({ recorded: true, sequence: 2 })
  expect((await call('POST', '/consents', no, 'integration')).json).toEqual({ recorded: false })
  expect((await call('POST', '/consents', { ...no, who: { email: 'x@example.org' } }, 'integration')).status).toBe(404)
  expect((await call('POST', '/consents', { ...no, who: { email: ada, ...who } }, 'integration')).status).toBe(400)
  const [{ contact = '' } = {}] = await raw(`SELECT contact FROM vault.contacts WHERE email_key = '${ada}'`)
  const shown = await call('GET', `/consents/${contact}`, undefined, 'privacy')
  expect(shown.json).toMatchObject({
    standing: [{ purpose: 'P4', state: 'withdrawn' }],
    entries: [{ voice: 'operator', method: 'api' }, { kind: 'withdrawn' }],
  })
})

test('a link is asked for after a login where the merge is agreed to, and not otherwise', async () => {
  await vault.signUp(ada)
  await call('POST', '/imports/contacts', people)
  const token = (age: number) =>
    `bauta1.demo.${'n'.repeat(22)}.${Math.floor(vault.time.now / 1_000) + 3_600 - age}.${'s'.repeat(40)}`
  const ask = (sourceId: string, text: string) =>
    call('POST', '/links', { who: { source: 'crm', sourceId }, token: text }, 'integration')
  expect((await ask('1', token(60))).json).toEqual({ requested: true })
  expect((await ask('2', token(60))).json).toEqual({ requested: false })
  expect([(await ask('1', token(3_601))).status, (await ask('1', 'bauta1.demo.x')).status]).toEqual([400, 400])
  expect(await raw('SELECT site, sequence FROM links.requests')).toEqual([{ site: 'demo', sequence: 1 }])
})

test('a person gets all that the vault holds, and is erased so that nothing and no import brings them back', async () => {
  await vault.signUp(ada)
  await call('POST', '/imports/contacts', people)
  await call('POST', '/imports/orders', 'order id;id;date;total\nA;1;2026-10-01;9,90\n')
  await vault.subscribe(ada)
  const [{ contact } = {}] = await raw(`SELECT contact FROM vault.contacts WHERE email_key = '${ada}'`)
  await raw(
    `INSERT INTO links.links (id, contact, site, sequence, key_id, sealed) VALUES (gen_random_uuid(), '${contact}', 'demo', 1, 'k', 's')`,
  )
  const access = await call('GET', `/subjects/${encodeURIComponent(ada)}`, undefined, 'privacy')
  expect(access.json).toMatchObject({
    contact: { email: ada, attributes: { first_name: 'Ada' } },
    orders: [{ orderId: 'A', cents: 990 }],
    consents: [{ purpose: 'P4', proof: { confirmed: { ip: '203.0.113.7' } } }, { purpose: 'P5' }],
    signUps: [{}, {}],
    suppressed: null,
  })
  expect((await call('DELETE', `/subjects/${encodeURIComponent(ada)}`, undefined, 'privacy')).json).toEqual({
    contacts: 1,
  })
  const left = await Promise.all(
    [
      'vault.contacts',
      'vault.orders',
      'vault.pending',
      'vault.page_tokens',
      'vault.suppressions',
      'ledger.entries',
    ].map((table) => raw(`SELECT string_agg(t::text, ' ') AS text FROM ${table} t`)),
  )
  expect(JSON.stringify(left)).not.toMatch(/ada@|"Ada"|noticeText|203\.0\.113/)
  expect(await raw('SELECT ending FROM links.links')).toEqual([{ ending: 'erase' }])
  expect(await vault.verifyLedger()).toBeUndefined()
  expect((await call('GET', `/subjects/${encodeURIComponent(ada)}`)).status).toBe(404)
  const again = await call('POST', '/imports/contacts', people)
  expect(again.json).toMatchObject({ added: 0, unchanged: 1, rejected: 1 })
  const audit = JSON.stringify(await auditOf('control').entries(sql.control, 0, 20))
  expect(audit).toContain('subjects.erase')
  expect(audit).not.toMatch(new RegExp(`ada@|${contact}`))
})

test('who may not, may not', async () => {
  for (const role of ['analyst', 'marketer', 'privacy'] as const)
    expect((await call('POST', '/imports/contacts', people, role)).status).toBe(403)
  for (const role of ['analyst', 'marketer', 'integration'] as const)
    expect((await call('DELETE', `/subjects/${encodeURIComponent(ada)}`, undefined, role)).status).toBe(403)
})
