/** The ledger's statements. */

import * as z from 'zod'
import { defineStatement } from '../../../infra/ports/sql.ts'
import { ContactRef } from '../../../schemas/ids.ts'
import { LedgerEntry, Proof } from '../../../schemas/ledger.ts'

export const Instant = z.coerce.date().transform((date) => date.toISOString())

const columns = 'sequence, contact, kind, purpose, voice, method, at, claimed_at, notice, proof, salt, commitment, hash'

export const EntryRow = z
  .object({
    sequence: z.coerce.number(),
    contact: ContactRef,
    kind: LedgerEntry.shape.kind,
    purpose: LedgerEntry.shape.purpose,
    voice: LedgerEntry.shape.voice,
    method: LedgerEntry.shape.method,
    at: Instant,
    claimed_at: Instant.nullable(),
    notice: z.string().nullable(),
    proof: Proof.nullable(),
    salt: z.string().nullable(),
    commitment: z.string(),
    hash: z.string(),
  })
  .transform(({ claimed_at, notice, proof, salt, commitment, hash, ...said }) => {
    const entry: LedgerEntry = {
      ...said,
      ...(claimed_at === null ? {} : { claimedAt: claimed_at }),
      ...(notice === null ? {} : { notice }),
    }
    return { entry, proof, salt, commitment, hash }
  })
export type EntryRow = z.infer<typeof EntryRow>

/** Locks the end of the chain until the transaction is over: writers come one after the other. */
export const lockHead = defineStatement({
  name: 'ledger_lock_head',
  sql: 'SELECT sequence, hash FROM ledger.head FOR UPDATE',
  params: z.object({}),
  row: z.object({ sequence: z.coerce.number(), hash: z.string() }),
})

export const readHead = defineStatement({
  ...lockHead,
  name: 'ledger_head',
  sql: 'SELECT sequence, hash FROM ledger.head',
})

export const moveHead = defineStatement({
  name: 'ledger_move_head',
  sql: 'UPDATE ledger.head SET sequence = $sequence, hash = $hash',
  params: z.object({ sequence: z.int(), hash: z.string() }),
  row: z.unknown(),
})

/** `rows` is a JSON array of rows by column. */
export const addEntries = defineStatement({
  name: 'ledger_add',
  sql: `INSERT INTO ledger.entries (${columns})
    SELECT ${columns} FROM jsonb_to_recordset($rows::jsonb) AS row (sequence bigint, contact uuid, kind text, purpose text, voice text,
      method text, at timestamptz, claimed_at timestamptz, notice text, proof jsonb, salt text, commitment text, hash text)`,
  params: z.object({ rows: z.string() }),
  row: z.unknown(),
})

/** `contacts` is a JSON array. In sequence. */
export const entriesOf = defineStatement({
  name: 'ledger_entries_of',
  sql: `SELECT ${columns} FROM ledger.entries
    WHERE contact IN (SELECT value::uuid FROM jsonb_array_elements_text($contacts::jsonb)) ORDER BY sequence`,
  params: z.object({ contacts: z.string() }),
  row: EntryRow,
})

export const entriesAfter = defineStatement({
  name: 'ledger_entries_after',
  sql: `SELECT ${columns} FROM ledger.entries WHERE sequence > $after ORDER BY sequence LIMIT $limit`,
  params: z.object({ after: z.int(), limit: z.int() }),
  row: EntryRow,
})

/** What is left of an erased contact's entries: that something was said, and when. */
export const emptyProofs = defineStatement({
  name: 'ledger_empty_proofs',
  sql: 'UPDATE ledger.entries SET proof = NULL, salt = NULL WHERE contact = $contact',
  params: z.object({ contact: z.string() }),
  row: z.unknown(),
})

/** Entries whose salt is gone although their contact was never erased. */
export const emptiedWithoutErasure = defineStatement({
  name: 'ledger_emptied_without_erasure',
  sql: `SELECT min(sequence) AS sequence FROM ledger.entries AS emptied WHERE salt IS NULL
    AND NOT EXISTS (SELECT FROM ledger.entries AS later
      WHERE later.contact = emptied.contact AND later.kind = 'erased' AND later.sequence > emptied.sequence)`,
  params: z.object({}),
  row: z.object({ sequence: z.coerce.number().nullable() }),
})
