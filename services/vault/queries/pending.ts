/** Statements on sign-ups that wait for their mail to be answered, and on links in mails. */

import * as z from 'zod'
import { defineStatement } from '../../../infra/ports/sql.ts'
import { ContactPurpose } from '../../../schemas/consent.ts'
import { Address } from '../../../schemas/contact.ts'
import { ContactRef } from '../../../schemas/ids.ts'
import { Instant } from './ledger.ts'

const columns = `id, email, email_key, to_jsonb(purposes) AS purposes, site, notice, language, form_url, link_token, requested_at, requested_ip,
  mailed_at, message_id, confirmed_at`

export const PendingRow = z.object({
  id: z.string(),
  email: Address,
  email_key: z.string(),
  purposes: z.array(ContactPurpose),
  site: z.string(),
  notice: z.string(),
  language: z.string(),
  form_url: z.string(),
  link_token: z.string().nullable(),
  requested_at: Instant,
  requested_ip: z.string(),
  mailed_at: Instant.nullable(),
  message_id: z.string().nullable(),
  confirmed_at: Instant.nullable(),
})
export type PendingRow = z.infer<typeof PendingRow>

const id = z.object({ id: z.string() })

/** `purposes` is a JSON array. */
export const addPending = defineStatement({
  name: 'pending_add',
  sql: `INSERT INTO vault.pending (id, email, email_key, purposes, site, notice, language, form_url, link_token, requested_at, requested_ip)
    VALUES ($id, $email, $email_key, (SELECT array_agg(value) FROM jsonb_array_elements_text($purposes::jsonb)), $site, $notice, $language,
      $form_url, $link_token, $requested_at, $requested_ip)`,
  params: z.object({
    id: z.string(),
    email: z.string(),
    email_key: z.string(),
    purposes: z.string(),
    site: z.string(),
    notice: z.string(),
    language: z.string(),
    form_url: z.string(),
    link_token: z.string().nullable(),
    requested_at: z.string(),
    requested_ip: z.string(),
  }),
  row: z.unknown(),
})

export const unmailed = defineStatement({
  name: 'pending_unmailed',
  sql: `SELECT ${columns} FROM vault.pending WHERE mailed_at IS NULL AND (requested_at, id) > ($after_at::timestamptz, $after_id::uuid)
    ORDER BY requested_at, id LIMIT $limit`,
  params: z.object({ limit: z.int(), after_at: z.string(), after_id: z.string() }),
  row: PendingRow,
})

export const mailsSince = defineStatement({
  name: 'pending_mails_since',
  sql: 'SELECT count(*) AS count FROM vault.pending WHERE email_key = $key AND mailed_at > $since',
  params: z.object({ key: z.string(), since: z.string() }),
  row: z.object({ count: z.coerce.number() }),
})

export const markMailed = defineStatement({
  name: 'pending_mailed',
  sql: 'UPDATE vault.pending SET mailed_at = $at, message_id = $message_id WHERE id = $id',
  params: id.extend({ at: z.string(), message_id: z.string() }),
  row: z.unknown(),
})

export const lockPending = defineStatement({
  name: 'pending_lock',
  sql: `SELECT ${columns} FROM vault.pending WHERE id = $id FOR UPDATE`,
  params: id,
  row: PendingRow,
})

export const readPending = defineStatement({
  ...lockPending,
  name: 'pending_read',
  sql: `SELECT ${columns} FROM vault.pending WHERE id = $id`,
})

export const markConfirmed = defineStatement({
  name: 'pending_confirmed',
  sql: 'UPDATE vault.pending SET confirmed_at = $at WHERE id = $id',
  params: id.extend({ at: z.string() }),
  row: z.unknown(),
})

/** Confirmed, and the link that came with the form not asked for yet. */
export const unlinked = defineStatement({
  name: 'pending_unlinked',
  sql: `SELECT ${columns} FROM vault.pending WHERE confirmed_at IS NOT NULL AND link_token IS NOT NULL`,
  params: z.object({}),
  row: PendingRow,
})

export const clearLinkToken = defineStatement({
  name: 'pending_clear_link_token',
  sql: 'UPDATE vault.pending SET link_token = NULL WHERE id = $id',
  params: id,
  row: z.unknown(),
})

export const deletePending = defineStatement({
  name: 'pending_delete',
  sql: 'DELETE FROM vault.pending WHERE id = $id',
  params: id,
  row: z.unknown(),
})

export const deletePendingOf = defineStatement({
  name: 'pending_delete_of',
  sql: 'DELETE FROM vault.pending WHERE email_key = $key',
  params: z.object({ key: z.string() }),
  row: z.unknown(),
})

export const pendingOf = defineStatement({
  name: 'pending_of',
  sql: `SELECT ${columns} FROM vault.pending WHERE email_key = $key ORDER BY requested_at`,
  params: z.object({ key: z.string() }),
  row: PendingRow,
})

/** Sign-ups older than a week, and links in mails past their time. */
export const expirePending = defineStatement({
  name: 'pending_expire',
  sql: 'DELETE FROM vault.pending WHERE requested_at < $before',
  params: z.object({ before: z.string() }),
  row: z.unknown(),
})

export const expirePageTokens = defineStatement({
  name: 'page_tokens_expire',
  sql: 'DELETE FROM vault.page_tokens WHERE expires_at < $now',
  params: z.object({ now: z.string() }),
  row: z.unknown(),
})

export const addPageToken = defineStatement({
  name: 'page_tokens_add',
  sql: 'INSERT INTO vault.page_tokens (id, contact, page, made_at, expires_at) VALUES ($id, $contact, $page, $made_at, $expires_at)',
  params: id.extend({ contact: z.string(), page: z.string(), made_at: z.string(), expires_at: z.string() }),
  row: z.unknown(),
})

export const deletePageToken = defineStatement({
  name: 'page_tokens_delete',
  sql: 'DELETE FROM vault.page_tokens WHERE id = $id',
  params: id,
  row: z.unknown(),
})

/** `contacts` is a JSON array. */
export const deletePageTokensOf = defineStatement({
  name: 'page_tokens_delete_of',
  sql: `DELETE FROM vault.page_tokens
    WHERE contact IN (SELECT value::uuid FROM jsonb_array_elements_text($contacts::jsonb))`,
  params: z.object({ contacts: z.string() }),
  row: z.unknown(),
})

export const readPageTokenRow = defineStatement({
  name: 'page_tokens_read',
  sql: 'SELECT contact FROM vault.page_tokens WHERE id = $id AND page = $page',
  params: id.extend({ page: z.string() }),
  row: z.object({ contact: ContactRef }),
})

export const pageTokensSince = defineStatement({
  name: 'page_tokens_since',
  sql: 'SELECT count(*) AS count FROM vault.page_tokens WHERE contact = $contact AND page = $page AND made_at > $since',
  params: z.object({ contact: z.string(), page: z.string(), since: z.string() }),
  row: z.object({ count: z.coerce.number() }),
})
