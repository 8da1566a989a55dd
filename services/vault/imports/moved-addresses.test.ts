import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import * as z from 'zod'
import { defineStatement } from '../../../infra/ports/sql.ts'
import { ContactPurpose, effective } from '../../../schemas/consent.ts'
import { ContactRef } from '../../../schemas/ids.ts'
import { standingOf, termsOf } from '../../../schemas/ledger.ts'
import { DAY_MS } from '../../../schemas/week.ts'
import { openTestSql, type TestSql } from '../../../test/engines/test-engines.ts'
import { callApi, openTestVault, tokenIn } from '../../../test/fakes/vault.ts'
import { readEntries } from '../ledger.ts'

let sql: TestSql
let vault: Awaited<ReturnType<typeof openTestVault>>
const folder = mkdtempSync(join(tmpdir(), 'bauta-moved-'))
const ada = 'ada@example.org'
const carl = 'carl@example.org'
beforeAll(async () => {
  sql = await openTestSql()
})
afterAll(() => sql.close())
beforeEach(async () => {
  const person = ['vault.contacts', 'vault.imports', 'vault.pending', 'vault.suppressions', 'ledger.entries']
  for (const table of [...person, 'links.links', 'links.requests']) await raw(`TRUNCATE ${table} CASCADE`)
  await raw("UPDATE ledger.head SET sequence = 0, hash = ''")
  vault = await openTestVault(sql, folder)
})
afterEach(() => vault.close())

const raw = (text: string) =>
  sql.vault.run(
    defineStatement({ name: 'test', sql: text, params: z.object({}), row: z.record(z.string(), z.unknown()) }),
    {},
  )
const contacts = async (...rows: string[]) =>
  (await callApi(vault.api, 'POST', '/imports/contacts?force=true', `id;email\n${rows.join('\n')}\n`)).json
const header = 'id;email;purpose;kind;notice;language;form_url;requested_at;confirmed_at;confirmed_ip\n'
const consents = async (...rows: string[]) =>
  (await callApi(vault.api, 'POST', '/imports/consents?force=true', `${header}${rows.join('\n')}\n`)).json
const grant = (id: number | '', email: string, purpose: string) =>
  `${id};${email};${purpose};granted;news-1;de;https://shop.example/c;2026-09-01T09:00:00Z;2026-09-01T09:05:00Z;203.0.113.9`
const atCheckout = (id: number) =>
  `${id};;P4;granted;news-1;de;https://shop.example/c;;2026-09-01T09:05:00Z;203.0.113.9`

async function contactOf(email: string): Promise<ContactRef> {
  return ContactRef.parse((await raw(`SELECT contact FROM vault.contacts WHERE email_key = '${email}'`))[0]?.contact)
}
/** Of P4, P5, P6. */
async function states(email: string) {
  const entries = await readEntries(sql.vault, await contactOf(email))
  const { facts } = standingOf(entries, termsOf(vault.deps.config, vault.time.now))
  return ContactPurpose.options.map((each) => effective(facts, each))
}
async function says(email: string, act: string) {
  vault.time.now += 2 * DAY_MS
  await vault.post('/preferences', { email, language: 'en' })
  await vault.post('/preferences', { token: tokenIn(await vault.link(email)), act, language: 'en' })
}

test('who gets the address of a contact that had agreed has not agreed, and the link in the old mailbox is over', async () => {
  await contacts(`1;${ada}`)
  await vault.signUp(ada, ['P4', 'P5', 'P6'])
  const unsubscribe = tokenIn(await vault.link(ada))
  await raw(
    `INSERT INTO links.links (id, contact, site, sequence, key_id, sealed) VALUES (gen_random_uuid(), '${await contactOf(ada)}', 'demo', 1, 'k', 's')`,
  )
  const report = await contacts(`1;${carl}`)
  expect(await states(carl)).toEqual(['withdrawn', 'withdrawn', 'withdrawn'])
  expect(report).toMatchObject({ changed: 1, withdrawn: 1 })
  const entries = await readEntries(sql.vault, await contactOf(carl))
  expect(entries.at(-1)).toMatchObject({ voice: 'import', method: 'address_changed' })
  expect(await raw('SELECT ending FROM links.links')).toEqual([{ ending: 'withdraw' }])
  expect(await vault.verifyLedger()).toBeUndefined()
  expect(await contacts(`1;${carl}`)).toMatchObject({ unchanged: 1 })

  vault.time.now += 2 * DAY_MS
  await vault.signUp(carl, ['P5'])
  expect(await states(carl)).toEqual(['withdrawn', 'granted', 'withdrawn'])
  expect((await vault.post('/unsubscribe', { token: unsubscribe })).status).toBe(410)
  expect(await states(carl)).toEqual(['withdrawn', 'granted', 'withdrawn'])
})

test('a merge agreed to at a checkout is of the person under the key of the CRM, and outlives the address', async () => {
  await contacts(`1;${ada}`)
  await consents(atCheckout(1), grant(1, '', 'P5'))
  expect(await states(ada)).toEqual(['granted', 'granted', 'unknown'])
  await contacts(`1;${carl}`)
  expect(await states(carl)).toEqual(['granted', 'withdrawn', 'unknown'])
})

test('who agreed to nothing only gets another address', async () => {
  await contacts(`1;${ada}`)
  const report = await contacts(`1;${carl}`)
  expect(report).toMatchObject({ changed: 1 })
  expect(report).not.toHaveProperty('withdrawn')
  expect(await raw('SELECT sequence FROM ledger.entries')).toEqual([])
  expect(await raw('SELECT hash FROM vault.suppressions')).toEqual([])
})

test('what was refused stays with the address under another contact: no import and no other system grants it, the person does', async () => {
  await contacts(`1;${ada}`, '2;bo@example.org')
  await consents(atCheckout(2))
  await vault.signUp(ada)
  await vault.post('/unsubscribe', { token: tokenIn(await vault.link(ada)) })
  await says(ada, 'object_P4')
  await contacts('1;double-1@crm.example', `77;${ada}`)
  expect(await consents(grant(77, '', 'P5'), grant(77, '', 'P4'), grant('', ada, 'P4'))).toMatchObject({ rejected: 3 })
  const evidence = {
    notice: 'news-1',
    language: 'de',
    formUrl: 'https://shop.example/',
    confirmed: { at: '2026-11-01T09:00:00Z' },
  }
  const said = { who: { email: ada }, kind: 'granted', purpose: 'P4', evidence }
  expect((await callApi(vault.api, 'POST', '/consents', said)).status).toBe(409)
  expect(await states(ada)).toEqual(['unknown', 'unknown', 'unknown'])
  expect((await callApi(vault.api, 'GET', `/subjects/${ada}`)).json).toMatchObject({
    suppressed: null,
    refused: ['P4', 'P5'],
  })

  // A new confirmation opens what it was for, and nothing else.
  vault.time.now += 2 * DAY_MS
  await vault.signUp(ada, ['P5'])
  expect(await consents(grant(77, '', 'P4'))).toMatchObject({ rejected: 1 })
  expect(await states(ada)).toEqual(['unknown', 'granted', 'unknown'])
  // Nor does the merge of somebody else come to the address.
  await contacts('77;double-77@crm.example', `2;${ada}`)
  expect(await states(ada)).toEqual(['withdrawn', 'unknown', 'unknown'])
  await says(ada, 'grant_P4')
  expect(await raw('SELECT hash FROM vault.suppressions')).toEqual([])
})

test('that an address changed refuses nothing for the next one', async () => {
  await contacts(`1;${ada}`)
  await vault.signUp(ada)
  await contacts(`1;${carl}`)
  await contacts('1;dora@example.org', `2;${carl}`)
  expect(await raw('SELECT hash FROM vault.suppressions')).toEqual([])
  expect(await consents(grant(2, '', 'P5'))).toMatchObject({ added: 1 })
})

test('an objection that comes before the contact waits for it with the address, by file and by another system', async () => {
  const objection = `9;${ada};all;objected;;;;;;`
  expect(await consents(objection, '9;;all;objected;;;;;;')).toMatchObject({ added: 1, suppressed: 1, rejected: 1 })
  expect(await consents(objection)).toMatchObject({ added: 0, unchanged: 1 })
  const said = { who: { email: carl }, kind: 'objected', purpose: 'all' }
  expect((await callApi(vault.api, 'POST', '/consents', said, 'integration')).json).toEqual({ recorded: true })
  expect((await callApi(vault.api, 'POST', '/consents', said, 'integration')).json).toEqual({ recorded: false })
  const kept = JSON.stringify(await raw('SELECT * FROM vault.suppressions'))
  expect(kept).not.toContain('example.org')

  await contacts(`1;${ada}`, `2;${carl}`, '3;bo@example.org')
  const grants = [grant(1, '', 'P5'), grant('', ada, 'P4'), grant(2, '', 'P5'), grant(3, '', 'P5')]
  // Control: who has not objected is granted.
  expect(await consents(...grants)).toMatchObject({ added: 1, rejected: 3 })
  expect(await states(ada)).toEqual(['unknown', 'unknown', 'unknown'])
  // Said again, it stands with the contact too; by the address, whatever key the file gives.
  expect(await consents(objection)).toMatchObject({ added: 1 })
  expect(await states(ada)).toEqual(['objected', 'objected', 'objected'])
  vault.time.now += 2 * DAY_MS
  await vault.signUp(carl)
  expect(await states(carl)).toEqual(['granted', 'granted', 'unknown'])
})
