import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import * as z from 'zod'
import { defineStatement } from '../../../infra/ports/sql.ts'
import { openTestSql } from '../../../test/engines/test-engines.ts'
import { testConfig, testMac } from '../../../test/fakes/vault.ts'
import { suppressionsOf } from '../suppression.ts'
import { contactImporter } from './contacts.ts'
import { Mapping } from './mapping.ts'
import { orderImporter } from './orders.ts'
import { type ImportOrder, runImport } from './run-import.ts'

const folder = mkdtempSync(join(tmpdir(), 'bauta-import-'))
const suppression = testMac('suppression')
let engine: Awaited<ReturnType<typeof openTestSql>>
let now = Date.parse('2026-11-02T10:00:00Z')
beforeAll(async () => {
  engine = await openTestSql()
})
afterAll(() => engine.close())
beforeEach(() => raw('TRUNCATE vault.contacts, vault.orders, vault.imports, vault.suppressions, vault.pending CASCADE'))

const raw = (text: string) =>
  engine.vault.run(
    defineStatement({ name: 'test', sql: text, params: z.object({}), row: z.record(z.string(), z.unknown()) }),
    {},
  )

/** A hash of all rows of each table of contacts and ledger. */
async function tables(): Promise<Record<string, unknown>> {
  const names = await raw(
    "SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname IN ('vault', 'ledger')",
  )
  expect(names.length).toBeGreaterThan(6)
  const hashes: Record<string, unknown> = {}
  for (const { name } of names)
    hashes[String(name)] = (
      await raw(`SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS hash FROM ${name} t`)
    )[0]?.hash
  return hashes
}

function load(kind: 'contacts' | 'orders', text: string, options: Partial<ImportOrder> & { map?: object } = {}) {
  now += 60_000
  const file = join(folder, 'file.csv')
  writeFileSync(file, text)
  const deps = { vault: engine.vault, quarantine: folder, clock: () => now, log: pino({ level: 'silent' }) }
  const order = { source: 'crm', file, mapping: Mapping.parse(options.map ?? {}), ...options }
  return kind === 'orders'
    ? runImport(deps, orderImporter, order)
    : runImport(deps, contactImporter({ config: testConfig, clock: () => now, suppression }), order)
}
const people = () =>
  raw(
    'SELECT source, source_id, email, email_key, locked, to_jsonb(lists) AS lists, attributes FROM vault.contacts ORDER BY source, source_id',
  )
const rejects = (name: string | undefined) => readFileSync(join(folder, name ?? 'none'), 'utf8')

const contacts = `\ufeffKontakt-ID;E-Mail;Vorname;Geburtsdatum;Land;Gesperrt;Listen
1;Ada@Example.org;Ada;31.12.1980;de;nein;vip|news
2;bo@example.org;Bo;1980-02-29;AT;ja;
3;;Cy;;;;
`
const orders = `Bestellnummer;Kunden-ID;Datum;Betrag;Kategorie
A1;1;01.10.2026;1.234,56;solar
A2;1;02.10.2026;-10,00;solar
A3;2;2026-10-03;99;
A4;9;03.10.2026;1,00;solar
`

test('contacts and orders come in as the CRM writes them', async () => {
  expect(await load('contacts', contacts)).toEqual({ read: 3, added: 3, changed: 0, unchanged: 0, rejected: 0 })
  expect(await people()).toEqual([
    {
      source: 'crm',
      source_id: '1',
      email: 'Ada@example.org',
      email_key: 'ada@example.org',
      locked: false,
      lists: ['news', 'vip'],
      attributes: { first_name: 'Ada', birthday: '1980-12-31', country: 'DE' },
    },
    expect.objectContaining({ source_id: '2', locked: true, lists: [] }),
    expect.objectContaining({ source_id: '3', email: null, attributes: { first_name: 'Cy' } }),
  ])
  const report = await load('orders', orders)
  expect(report).toMatchObject({ read: 4, added: 3, rejected: 1 })
  expect(rejects(report.rejectFile)).toBe(
    'line,field,reason\n5,source_id,is no contact of this source; import the contacts first\n',
  )
  const stored = await raw('SELECT order_id, cents, currency, day::text AS day FROM vault.orders ORDER BY 1')
  expect(stored.map(({ order_id, cents, currency, day }) => [order_id, Number(cents), currency, day])).toEqual([
    ['A1', 123_456, 'EUR', '2026-10-01'],
    ['A2', -1_000, 'EUR', '2026-10-02'],
    ['A3', 9_900, 'EUR', '2026-10-03'],
  ])
})

test('a second import of the same file leaves every table as it was', async () => {
  const awkward = `${contacts}4;bo@example.org;Twice;;;;\n5;no address;;;;;\n3;;Again;;;;\n6;dee@example.org;Dee;;;;\n`
  await load('contacts', awkward)
  await load('orders', orders)
  const before = await tables()
  expect(await load('contacts', awkward)).toMatchObject({ added: 0, changed: 0, unchanged: 4, rejected: 3 })
  expect(await load('orders', orders)).toMatchObject({ added: 0, changed: 0, unchanged: 3, rejected: 1 })
  expect(await tables()).toEqual(before)
  // The hash does see a change.
  await load('contacts', awkward.replace('Ada;', 'Adele;'))
  expect((await tables())['vault.contacts']).not.toBe(before['vault.contacts'])
})

test('addresses that move between rows end up the same whichever row comes first, and a second import finds nothing to do', async () => {
  await load('contacts', 'id,mail\n1,a@x.example\n2,b@x.example\n3,c@x.example\n')
  const moved = 'id,mail\n1,b@x.example\n2,c@x.example\n3,d@x.example\n'
  expect(await load('contacts', moved)).toMatchObject({ changed: 3, rejected: 0 })
  const before = await tables()
  expect(await load('contacts', moved)).toMatchObject({ unchanged: 3 })
  expect(await tables()).toEqual(before)
  // A swap has no order in which it works: both rows are refused, both times.
  const swapped = 'id,mail\n1,c@x.example\n2,b@x.example\n3,d@x.example\n'
  expect(await load('contacts', swapped)).toMatchObject({ rejected: 2, unchanged: 1 })
})

test('a file is a delta: absent people and columns stay, an empty cell empties an attribute but not an address', async () => {
  await load('contacts', contacts)
  expect(await load('contacts', 'id;email;first_name\n1;;\n2;new@example.org;Bo\n')).toMatchObject({ changed: 2 })
  const [ada, bo, cy] = await people()
  expect(ada).toMatchObject({ email: 'Ada@example.org', attributes: { birthday: '1980-12-31', country: 'DE' } })
  expect(ada?.attributes).not.toHaveProperty('first_name')
  expect(bo).toMatchObject({ email: 'new@example.org', locked: true })
  expect(cy).toMatchObject({ source_id: '3' })
})

test('the CRM takes over who signed up by the form, and no contact of another source', async () => {
  const insert =
    "INSERT INTO vault.contacts (contact, source, source_id, email, email_key) VALUES (gen_random_uuid(), '"
  await raw(`${insert}newsletter', 'n1', 'Ada@example.org', 'ada@example.org')`)
  await raw(`${insert}shop', 's1', 'bo@example.org', 'bo@example.org')`)
  const report = await load('contacts', contacts)
  expect(report).toMatchObject({ added: 1, changed: 1, rejected: 1 })
  expect(rejects(report.rejectFile)).toBe(
    'line,field,reason\n3,email,is the address of another contact; merging contacts is not built yet\n',
  )
  expect((await people()).map(({ source, source_id }) => `${source} ${source_id}`)).toEqual([
    'crm 1',
    'crm 3',
    'shop s1',
  ])
})

test('who was erased is not brought back, by address or by key; who only objected is imported and stays suppressed', async () => {
  const { add } = suppressionsOf(suppression, () => now)
  await add(engine.vault, { source: 'crm', sourceId: '3', emailKey: 'old@example.org' }, 'erased')
  await add(engine.vault, { source: 'shop', sourceId: '7', emailKey: 'ada@example.org' }, 'erased')
  await add(engine.vault, { source: 'crm', sourceId: '2', emailKey: 'bo@example.org' }, 'objected')
  const suppressed = (await tables())['vault.suppressions']
  expect(await load('contacts', contacts)).toMatchObject({ added: 1, rejected: 2 })
  expect((await people()).map(({ source_id }) => source_id)).toEqual(['2'])
  expect((await tables())['vault.suppressions']).toBe(suppressed)
})

test('each row that cannot be taken has its line, its field and a reason that quotes nothing', async () => {
  const header = 'id;mail;geburtstag;land;gesperrt;vorname;punkte\n'
  const bad = ['1;;;;', ';a@b.example;;;;;', '2;secret;;;;;', '3;;32.01.2026;;;;', '4;;;secret;;;', '5;;;;secret;;']
  const worse = [
    `6;;;;;${'secret'.repeat(50)};`,
    '7;;;;;sec\u0000ret;',
    '8;;;;;;secret',
    '9;;;;;ok;1,5',
    '9;;;;;again;',
  ]
  const map = { columns: { punkte: { attribute: 'points', type: 'number' } } }
  const report = await load('contacts', header + [...bad, ...worse].join('\n'), { map })
  expect(report).toMatchObject({ read: 11, added: 1, rejected: 10 })
  const text = rejects(report.rejectFile)
  expect(text).not.toContain('secret')
  expect(text.split('\n').map((line) => line.split(',').slice(0, 2).join(' '))).toEqual([
    'line field',
    '2 ',
    '3 source_id',
    '4 email',
    '5 birthday',
    '6 country',
    '7 locked',
    '8 first_name',
    '9 first_name',
    '10 points',
    '12 ',
    '',
  ])
  expect((await people())[0]?.attributes).toEqual({ first_name: 'ok', points: 1.5 })
})

test('a number too long and a day of no year are refused by row, and the rest of the file comes in', async () => {
  const map = { columns: { punkte: { attribute: 'points', type: 'number' } } }
  const long = await load('contacts', `id;punkte\n1;${'9'.repeat(310)}\n2;5\n`, { map })
  expect(long).toMatchObject({ added: 1, rejected: 1 })
  expect(rejects(long.rejectFile)).toContain('2,points,"is no number, or has too many digits')
  expect(await load('contacts', 'id\n2\n')).toMatchObject({ unchanged: 1 })
  const old = await load('orders', 'order_id;id;date;total\nA;2;01.01.0000;1,00\nB;2;01.01.2026;1,00\n')
  expect(old).toMatchObject({ added: 1, rejected: 1 })
  expect(rejects(old.rejectFile)).toContain('2,day,is no day')
})

test('a file that cannot be read, or has a wrong column, changes nothing', async () => {
  await load('contacts', contacts)
  const before = await tables()
  await expect(load('contacts', `${contacts}4;"x`)).rejects.toMatchObject({ code: 'invalid' })
  await expect(load('contacts', contacts.replace('Vorname', 'Vornmae'))).rejects.toThrow('"Vornmae" is not known')
  expect(await tables()).toEqual(before)
})

test('a file under half of the last one is refused unless it is forced', async () => {
  await load('contacts', contacts)
  await expect(load('contacts', 'id\n1\n')).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('has 1 rows'),
  })
  expect(await load('contacts', 'id\n1\n', { force: true })).toMatchObject({ unchanged: 1 })
})

test('a long file goes through in batches and tells how far it is', async () => {
  const rows = Array.from({ length: 2_500 }, (_, n) => `${n},p${n}@example.org,Name ${n}`)
  const told: number[] = []
  const report = await load('contacts', `id,email,last_name\n${rows.join('\n')}`, {
    onProgress: ({ done }) => told.push(done),
  })
  expect(report).toMatchObject({ read: 2_500, added: 2_500 })
  expect(told).toEqual([500, 1_000, 1_500, 2_000, 2_500])
})
