/** Statements on contacts and their orders. */

import * as z from 'zod'
import { defineStatement } from '../../../infra/ports/sql.ts'
import { ContactRef } from '../../../schemas/ids.ts'

const Attributes = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
const columns = 'contact, source, source_id, email, email_key, locked, to_jsonb(lists) AS lists, attributes'

export const StoredContact = z
  .object({
    contact: ContactRef,
    source: z.string(),
    source_id: z.string(),
    email: z.string().nullable(),
    email_key: z.string().nullable(),
    locked: z.boolean(),
    lists: z.array(z.string()),
    attributes: Attributes,
  })
  .transform(({ source_id, email_key, ...rest }) => ({ ...rest, sourceId: source_id, emailKey: email_key }))
export type StoredContact = z.infer<typeof StoredContact>

/** `ids` of the source and `keys` of addresses are JSON arrays. */
export const findContacts = defineStatement({
  name: 'contacts_find',
  sql: `SELECT ${columns} FROM vault.contacts
      WHERE source = $source AND source_id IN (SELECT jsonb_array_elements_text($ids::jsonb))
    UNION SELECT ${columns} FROM vault.contacts WHERE email_key IN (SELECT jsonb_array_elements_text($keys::jsonb))`,
  params: z.object({ source: z.string(), ids: z.string(), keys: z.string() }),
  row: StoredContact,
})

/** Locked until the transaction is over, so that an erasure and a confirmation do not cross. */
export const contactByKey = defineStatement({
  name: 'contact_by_key',
  sql: `SELECT ${columns} FROM vault.contacts WHERE email_key = $key FOR UPDATE`,
  params: z.object({ key: z.string() }),
  row: StoredContact,
})

export const contactByRef = defineStatement({
  name: 'contact_by_ref',
  sql: `SELECT ${columns} FROM vault.contacts WHERE contact = $contact FOR UPDATE`,
  params: z.object({ contact: z.string() }),
  row: StoredContact,
})

const record = `AS row (contact uuid, source text, "sourceId" text, email text, "emailKey" text, locked boolean, lists text[], attributes jsonb)`

/** `rows` is a JSON array of contacts. */
export const addContacts = defineStatement({
  name: 'contacts_add',
  sql: `INSERT INTO vault.contacts (contact, source, source_id, email, email_key, locked, lists, attributes)
    SELECT contact, source, "sourceId", email, "emailKey", locked, lists, attributes FROM jsonb_to_recordset($rows::jsonb) ${record}`,
  params: z.object({ rows: z.string() }),
  row: z.unknown(),
})

/** Before addresses move from one contact to another, they are free: the index looks at each row by itself. */
export const freeAddresses = defineStatement({
  name: 'contacts_free_addresses',
  sql: `UPDATE vault.contacts SET email_key = NULL
    WHERE contact IN (SELECT value::uuid FROM jsonb_array_elements_text($contacts::jsonb))`,
  params: z.object({ contacts: z.string() }),
  row: z.unknown(),
})

export const changeContacts = defineStatement({
  name: 'contacts_change',
  sql: `UPDATE vault.contacts AS known SET source = row.source, source_id = row."sourceId", email = row.email, email_key = row."emailKey",
      locked = row.locked, lists = row.lists, attributes = row.attributes
    FROM jsonb_to_recordset($rows::jsonb) ${record} WHERE known.contact = row.contact`,
  params: z.object({ rows: z.string() }),
  row: z.unknown(),
})

export const deleteContact = defineStatement({
  name: 'contact_delete',
  sql: 'DELETE FROM vault.contacts WHERE contact = $contact',
  params: z.object({ contact: z.string() }),
  row: z.unknown(),
})

export const StoredOrder = z.object({
  source: z.string(),
  orderId: z.string(),
  contact: ContactRef,
  day: z.string(),
  cents: z.coerce.number(),
  currency: z.string(),
  category: z.string(),
})
export type StoredOrder = z.infer<typeof StoredOrder>

const orderColumns = `source, order_id AS "orderId", contact, to_char(day, 'YYYY-MM-DD') AS day, cents, currency, category`

export const findOrders = defineStatement({
  name: 'orders_find',
  sql: `SELECT ${orderColumns} FROM vault.orders
    WHERE source = $source AND order_id IN (SELECT jsonb_array_elements_text($ids::jsonb))`,
  params: z.object({ source: z.string(), ids: z.string() }),
  row: StoredOrder,
})

export const ordersOf = defineStatement({
  name: 'orders_of',
  sql: `SELECT ${orderColumns} FROM vault.orders WHERE contact = $contact ORDER BY day, order_id`,
  params: z.object({ contact: z.string() }),
  row: StoredOrder,
})

/** `rows` is a JSON array of orders. */
export const putOrders = defineStatement({
  name: 'orders_put',
  sql: `INSERT INTO vault.orders (source, order_id, contact, day, cents, currency, category)
    SELECT source, "orderId", contact, day, cents, currency, category
      FROM jsonb_to_recordset($rows::jsonb)
      AS row (source text, "orderId" text, contact uuid, day date, cents bigint, currency text, category text)
    ON CONFLICT (source, order_id) DO UPDATE SET contact = EXCLUDED.contact, day = EXCLUDED.day, cents = EXCLUDED.cents,
      currency = EXCLUDED.currency, category = EXCLUDED.category`,
  params: z.object({ rows: z.string() }),
  row: z.unknown(),
})
