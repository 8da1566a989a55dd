import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import * as z from 'zod'
import { defineStatement, type Sql } from '../../infra/ports/sql.ts'
import { effective } from '../../schemas/consent.ts'
import { ContactRef } from '../../schemas/ids.ts'
import { type Proof, standingOf } from '../../schemas/ledger.ts'
import { openTestSql } from '../../test/engines/test-engines.ts'
import { appendEntries, eraseFromLedger, readEntries, readLedgers, type Saying, verifyLedger } from './ledger.ts'

const ada = ContactRef.parse('0b8b63d5-9a43-4f3c-8f5e-5d9f3c0c7a11')
const bo = ContactRef.parse('1c8b63d5-9a43-4f3c-8f5e-5d9f3c0c7a22')
const now = Date.parse('2026-11-02T10:00:00.123Z')
const proof: Proof = {
  notice: 'n1',
  noticeHash: 'a'.repeat(64),
  noticeText: 'Ich möchte den Newsletter.',
  language: 'de',
  formUrl: 'https://site.example/newsletter',
  confirmed: { at: '2026-11-02T10:00:00.000Z', ip: 'sealed' },
}
const grant = (contact: ContactRef, purpose: 'P4' | 'P5' = 'P5'): Saying => ({
  contact,
  kind: 'granted',
  purpose,
  voice: 'person',
  method: 'double_opt_in',
  notice: 'n1',
  proof,
})
const objection: Saying = { contact: ada, kind: 'objected', purpose: 'all', voice: 'person', method: 'preferences' }

let engine: Awaited<ReturnType<typeof openTestSql>>
let sql: Sql
beforeAll(async () => {
  engine = await openTestSql()
  sql = engine.vault
})
afterAll(() => engine.close())

const raw = (text: string) =>
  sql.run(defineStatement({ name: 'test', sql: text, params: z.object({}), row: z.unknown() }), {})
beforeEach(async () => {
  await raw('TRUNCATE ledger.entries')
  await raw("UPDATE ledger.head SET sequence = 0, hash = ''")
})
const add = (...sayings: Saying[]) => sql.transaction((session) => appendEntries(session, sayings, now))

test('entries get one sequence after the other, and come back as they were said, with their proofs', async () => {
  await add(grant(ada, 'P4'), grant(ada))
  await add(grant(bo), { ...objection, claimedAt: '2026-10-01T00:00:00.000Z' })
  const entries = await readEntries(sql, ada)
  expect(entries.map(({ sequence, kind, purpose }) => [sequence, kind, purpose])).toEqual([
    [1, 'granted', 'P4'],
    [2, 'granted', 'P5'],
    [4, 'objected', 'all'],
  ])
  const { proof: _, ...said } = grant(ada, 'P4')
  expect(entries[0]).toEqual({ ...said, sequence: 1, at: '2026-11-02T10:00:00.123Z', proof })
  expect(entries[2]?.claimedAt).toBe('2026-10-01T00:00:00.000Z')
  const ledgers = await readLedgers(sql, [ada, bo])
  expect([ledgers.get(ada)?.length, ledgers.get(bo)?.length]).toEqual([3, 1])
  expect(await verifyLedger(sql)).toBeUndefined()
})

test('a grant without a proof, or for everything, is not written, and nothing beside it', async () => {
  const { proof: _, ...unproven } = grant(ada)
  await expect(add(objection, unproven)).rejects.toMatchObject({ code: 'invalid' })
  await expect(add({ ...grant(ada), purpose: 'all' })).rejects.toMatchObject({ code: 'invalid' })
  await expect(add({ ...objection, kind: 'withdrawn' })).rejects.toMatchObject({ code: 'invalid' })
  expect(await readEntries(sql, ada)).toEqual([])
})

test('writers at the same time extend one chain', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, n) => add(grant(n % 2 ? ada : bo), grant(ada, 'P4'))))
  expect(await verifyLedger(sql)).toBeUndefined()
  expect((await readEntries(sql, ada)).length).toBe(30)
})

test('every change behind the back of the ledger is found at its place', async () => {
  const tampering: [string, number, string][] = [
    ["UPDATE ledger.entries SET kind = 'granted' WHERE sequence = 3", 3, 'the content was changed'],
    [
      `UPDATE ledger.entries SET proof = jsonb_set(proof, '{language}', '"en"') WHERE sequence = 2`,
      2,
      'the content was changed',
    ],
    [`UPDATE ledger.entries SET contact = '${bo}' WHERE sequence = 1`, 1, 'the content was changed'],
    ['DELETE FROM ledger.entries WHERE sequence = 2', 2, 'an entry is missing'],
    ['DELETE FROM ledger.entries WHERE sequence = 4', 4, 'an entry is missing'],
    ["UPDATE ledger.entries SET commitment = repeat('0', 64) WHERE sequence = 2", 2, 'the chain was rewritten'],
    ['UPDATE ledger.entries SET salt = NULL, proof = NULL WHERE sequence = 3', 3, 'emptied without an erasure'],
    ["UPDATE ledger.head SET hash = repeat('0', 64)", 4, 'the head was rewritten'],
  ]
  for (const [text, sequence, reason] of tampering) {
    await raw('TRUNCATE ledger.entries')
    await raw("UPDATE ledger.head SET sequence = 0, hash = ''")
    await add(grant(ada, 'P4'), grant(ada), objection, grant(bo))
    expect(await verifyLedger(sql)).toBeUndefined()
    await raw(text)
    expect([text, await verifyLedger(sql)]).toEqual([text, { sequence, reason }])
  }
})

test('after an erasure the chain holds, nothing of the proofs is left, and nothing brings the consent back', async () => {
  await add(grant(ada, 'P4'), grant(bo))
  await sql.transaction((session) => eraseFromLedger(session, ada, now))
  await add(grant(ada, 'P4'), grant(ada))
  expect(await verifyLedger(sql)).toBeUndefined()
  const entries = await readEntries(sql, ada)
  expect(entries.slice(0, 2).map(({ kind, proof }) => [kind, proof])).toEqual([
    ['granted', null],
    ['erased', null],
  ])
  const notices = { n1: { purposes: ['P4', 'P5'] as const, scope: 'existing' as const, retired: false } }
  const { facts } = standingOf(entries, { notices, now, months: 24 })
  expect([effective(facts, 'P4'), effective(facts, 'P5')]).toEqual(['erased', 'erased'])
})
