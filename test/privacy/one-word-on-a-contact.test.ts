/** Invariant 2, from both sides: what stands of a contact is the same for activation as for the vault, whatever was said, by whom and when. */

import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ContactPurpose } from '../../schemas/consent.ts'
import { ContactRef } from '../../schemas/ids.ts'
import { type LedgerEntry, Method, standingOf, termsOf, Voice } from '../../schemas/ledger.ts'
import { DAY_MS } from '../../schemas/week.ts'
import { entriesOfContact } from '../../services/activation/queries/contacts.ts'
import { appendEntries, readEntries } from '../../services/vault/ledger.ts'
import { openTestSql, type TestSql } from '../engines/test-engines.ts'
import { NOW, testConfig } from '../fakes/activation.ts'

let sql: TestSql
beforeAll(async () => {
  sql = await openTestSql()
})
afterAll(() => sql.close())

const terms = termsOf(testConfig(), NOW)
const daysAgo = (most: number) => fc.integer({ min: 0, max: most * DAY_MS }).map((age) => NOW - age)
const proof = {
  notice: 'all',
  noticeHash: 'a'.repeat(64),
  noticeText: 'I agree.',
  language: 'en',
  formUrl: 'https://a.b',
}

/** Two years and a half back, so that a grant runs out by the age it claims. */
const spoken = {
  voice: fc.constantFrom(...Voice.exclude(['device']).options),
  method: fc.constantFrom(...Method.options),
  learnt: daysAgo(60),
  claimed: fc.option(daysAgo(900), { nil: undefined }),
}
const purpose = fc.constantFrom(...ContactPurpose.options)
const grant = fc.record({
  ...spoken,
  kind: fc.constant('granted' as const),
  purpose,
  notice: fc.constantFrom('all', 'all', 'later', 'never-heard'),
})
const negative = fc.record({ ...spoken, kind: fc.constantFrom('withdrawn' as const, 'objected' as const), purpose })
const everything = fc.record({
  ...spoken,
  kind: fc.constantFrom('objected' as const, 'erased' as const),
  purpose: fc.constant('all' as const),
})
type Word = Pick<LedgerEntry, 'kind' | 'purpose' | 'voice' | 'method' | 'notice'> & {
  readonly learnt: number
  readonly claimed: number | undefined
}
const ledger: fc.Arbitrary<Word[]> = fc.array(
  fc.oneof({ arbitrary: grant, weight: 12 }, { arbitrary: negative, weight: 3 }, { arbitrary: everything, weight: 1 }),
  { minLength: 1, maxLength: 8 },
)

async function written(words: readonly Word[]): Promise<ContactRef> {
  const contact = ContactRef.parse(randomUUID())
  await sql.vault.transaction(async (session) => {
    for (const { learnt, claimed, ...said } of words) {
      const claimedAt = claimed === undefined ? {} : { claimedAt: new Date(claimed).toISOString() }
      const saying = { ...said, contact, ...claimedAt, ...(said.kind === 'granted' ? { proof } : {}) }
      await appendEntries(session, [saying], learnt)
    }
  })
  return contact
}

type Read = (contact: ContactRef) => Promise<readonly LedgerEntry[]>
const byActivation: Read = async (contact) => (await sql.vault.run(entriesOfContact, { contact }))[0]?.entries ?? []

const agrees = (read: Read) =>
  fc.asyncProperty(ledger, async (words) => {
    const contact = await written(words)
    expect(standingOf(await read(contact), terms)).toEqual(standingOf(await readEntries(sql.vault, contact), terms))
  })

test('vault and activation come to the same about a contact', async () => {
  await fc.assert(agrees(byActivation), { numRuns: 200 })
})

test('control: a reader that does not hear when a consent was given is caught', async () => {
  const deaf: Read = async (contact) => (await byActivation(contact)).map(({ claimedAt: _, ...entry }) => entry)
  // One case in fourteen is enough.
  expect((await fc.check(agrees(deaf), { numRuns: 1_000 })).failed).toBe(true)
})
