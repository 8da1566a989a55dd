/** What activation asks of the vault: contacts of a selection with their ledger, and what has ended since. */

import { createHash } from 'node:crypto'
import * as z from 'zod'
import { defineStatement } from '../../../infra/ports/sql.ts'
import { ContactRef } from '../../../schemas/ids.ts'
import { LedgerEntry } from '../../../schemas/ledger.ts'
import type { SelectionSql } from './selection-sql.ts'

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`
const Entry = LedgerEntry.extend({
  claimedAt: LedgerEntry.shape.at.nullable(),
  notice: z.string().nullable(),
}).transform(
  ({ claimedAt, notice, ...said }): LedgerEntry => ({
    ...said,
    ...(claimedAt === null ? {} : { claimedAt }),
    ...(notice === null ? {} : { notice }),
  }),
)
/** Whole, so that what stands here is what stands in the vault: a consent that came by an import counts from when it was given. */
const entries = `COALESCE((
  SELECT jsonb_agg(jsonb_build_object('sequence', e.sequence, 'contact', e.contact, 'kind', e.kind, 'purpose', e.purpose,
    'voice', e.voice, 'method', e.method, 'at', to_char(e.at AT TIME ZONE 'UTC', ${ISO}),
    'claimedAt', to_char(e.claimed_at AT TIME ZONE 'UTC', ${ISO}), 'notice', e.notice) ORDER BY e.sequence)
  FROM ledger.entries e WHERE e.contact = c.contact), '[]'::jsonb)`

const ContactRow = z.object({
  contact: ContactRef,
  email: z.string().nullable(),
  email_key: z.string().nullable(),
  locked: z.boolean(),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  entries: z.array(Entry),
})
export type ContactRow = z.output<typeof ContactRow>

/** The next contacts of one selection, by key. Another selection is another statement, and has another name. */
export function selectedContacts({ condition, shape }: Pick<SelectionSql, 'condition' | 'shape'>) {
  const sql = `
    SELECT c.contact, c.email, c.email_key, c.locked, ${entries} AS entries,
      COALESCE((SELECT jsonb_object_agg(f.key, f.value) FROM jsonb_each(c.attributes) f
        WHERE $fields::text::jsonb @> to_jsonb(f.key) AND jsonb_typeof(f.value) IN ('string', 'number', 'boolean')), '{}'::jsonb) AS fields
    FROM vault.contacts c WHERE c.contact > $after::uuid AND ${condition} ORDER BY c.contact LIMIT $limit::int`
  return defineStatement({
    name: `selected_contacts_${createHash('sha256').update(sql).digest('hex').slice(0, 12)}`,
    sql,
    params: z.object({ ...shape, after: z.string(), limit: z.int(), fields: z.string() }),
    row: ContactRow,
  })
}

/** Before the first contact. */
export const FIRST_CONTACT = '00000000-0000-0000-0000-000000000000'

/** Of one contact, for a link that is asked for. */
export const entriesOfContact = defineStatement({
  name: 'entries_of_contact',
  sql: `SELECT ${entries} AS entries FROM (SELECT $contact::uuid AS contact) c`,
  params: z.object({ contact: ContactRef }),
  row: z.object({ entries: z.array(Entry) }),
})

export const contactAddresses = defineStatement({
  name: 'contact_addresses',
  sql: 'SELECT contact, email FROM vault.contacts WHERE contact > $after::uuid ORDER BY contact LIMIT $limit::int',
  params: z.object({ after: z.string(), limit: z.int() }),
  row: z.object({ contact: ContactRef, email: z.string().nullable() }),
})

export const ledgerHead = defineStatement({
  name: 'ledger_head',
  sql: 'SELECT sequence FROM ledger.head',
  params: z.object({}),
  row: z.object({ sequence: z.coerce.number().pipe(z.int()) }),
})

/** Head and negatives in one statement, so that none falls between the two. Without a negative one row comes, of nulls. */
export const negativesSince = defineStatement({
  name: 'negatives_since',
  sql: `
    SELECT h.sequence AS head, e.contact, e.kind, e.purpose FROM ledger.head h
    LEFT JOIN ledger.entries e ON e.sequence > $after::bigint AND e.sequence <= h.sequence AND e.kind <> 'granted'
    ORDER BY e.sequence`,
  params: z.object({ after: z.int() }),
  row: z.object({
    head: z.coerce.number().pipe(z.int()),
    contact: ContactRef.nullable(),
    kind: LedgerEntry.shape.kind.exclude(['granted']).nullable(),
    purpose: LedgerEntry.shape.purpose.nullable(),
  }),
})

export const suppressionsSince = defineStatement({
  name: 'suppressions_since',
  sql: 'SELECT hash FROM vault.suppressions WHERE since >= $day::date AND hash > $after ORDER BY hash LIMIT $limit::int',
  params: z.object({ day: z.string(), after: z.string(), limit: z.int() }),
  row: z.object({ hash: z.string() }),
})

export const lockedContacts = defineStatement({
  name: 'locked_contacts',
  sql: 'SELECT contact FROM vault.contacts WHERE locked AND contact > $after::uuid ORDER BY contact LIMIT $limit::int',
  params: z.object({ after: z.string(), limit: z.int() }),
  row: z.object({ contact: ContactRef }),
})
