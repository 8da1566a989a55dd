/** The links database in statements: requests that the vault leaves, links as activation keeps them. */

import * as z from 'zod'
import { defineStatement } from '../../../infra/ports/sql.ts'
import { ContactRef, LinkId } from '../../../schemas/ids.ts'

const sequence = z.coerce.number().pipe(z.int())

export const requestPage = defineStatement({
  name: 'link_request_page',
  sql: `
    SELECT id, contact, site, token, sequence, received_at, mac FROM links.requests
    WHERE id > $after::uuid ORDER BY id LIMIT $limit::int`,
  params: z.object({ after: z.string(), limit: z.int() }),
  row: z.object({
    id: z.uuid(),
    contact: ContactRef,
    site: z.string(),
    token: z.string(),
    sequence,
    received_at: z.string(),
    mac: z.string(),
  }),
})
export type LinkRequestRow = z.output<typeof requestPage.row>

export const deleteRequest = defineStatement({
  name: 'link_request_delete',
  sql: 'DELETE FROM links.requests WHERE id = $id::uuid RETURNING id',
  params: z.object({ id: z.uuid() }),
  row: z.object({ id: z.string() }),
})

/** Answers nothing when the nonce was used before. */
export const useNonce = defineStatement({
  name: 'link_nonce_use',
  sql: 'INSERT INTO links.used (nonce, day) VALUES ($nonce, $day::date) ON CONFLICT DO NOTHING RETURNING nonce',
  params: z.object({ nonce: z.string(), day: z.string() }),
  row: z.object({ nonce: z.string() }),
})

export const forgetNonces = defineStatement({
  name: 'link_nonces_forget',
  sql: 'DELETE FROM links.used WHERE day < $day::date',
  params: z.object({ day: z.string() }),
  row: z.unknown(),
})

export const addLink = defineStatement({
  name: 'link_add',
  sql: `
    INSERT INTO links.links (id, contact, site, sequence, key_id, sealed, shared)
    VALUES ($id::uuid, $contact::uuid, $site, $sequence::bigint, $key_id, $sealed, $shared)`,
  params: z.object({
    id: LinkId,
    contact: ContactRef,
    site: z.string(),
    sequence: z.int(),
    key_id: z.string(),
    sealed: z.string(),
    shared: z.boolean(),
  }),
  row: z.unknown(),
})

export const linkPage = defineStatement({
  name: 'link_page',
  sql: `
    SELECT id, contact, site, sequence, sealed, shared, ending FROM links.links
    WHERE id > $after::uuid ORDER BY id LIMIT $limit::int`,
  params: z.object({ after: z.string(), limit: z.int() }),
  row: z.object({
    id: LinkId,
    contact: ContactRef,
    site: z.string(),
    sequence,
    sealed: z.string(),
    shared: z.boolean(),
    ending: z.enum(['withdraw', 'stop', 'erase']).nullable(),
  }),
})
export type LinkRow = z.output<typeof linkPage.row>

/** Those whose consent has ended, of which the web side is told nothing. */
export const withdrawnLinks = defineStatement({
  name: 'links_withdrawn',
  sql: `
    SELECT id, contact, site, sequence, sealed, shared, ending FROM links.links WHERE ending = 'withdraw' ORDER BY id`,
  params: z.object({}),
  row: linkPage.row,
})

/** Not one that is to be told to the web side by now. */
export const deleteWithdrawn = defineStatement({
  name: 'links_delete_withdrawn',
  sql: "DELETE FROM links.links WHERE id = ANY($ids::uuid[]) AND ending = 'withdraw'",
  params: z.object({ ids: z.array(LinkId) }),
  row: z.unknown(),
})

export const endingLinks = defineStatement({
  name: 'link_endings',
  sql: `
    SELECT id, contact, site, sequence, sealed, ending FROM links.links WHERE ending IN ('stop', 'erase') ORDER BY id`,
  params: z.object({}),
  row: linkPage.row.omit({ shared: true }).extend({ ending: z.enum(['stop', 'erase']) }),
})

export const markShared = defineStatement({
  name: 'links_mark_shared',
  sql: 'UPDATE links.links SET shared = true WHERE id = ANY($ids::uuid[])',
  params: z.object({ ids: z.array(LinkId) }),
  row: z.unknown(),
})

export const deleteLinks = defineStatement({
  name: 'links_delete',
  sql: 'DELETE FROM links.links WHERE id = ANY($ids::uuid[])',
  params: z.object({ ids: z.array(LinkId) }),
  row: z.unknown(),
})

export const spoil = defineStatement({
  name: 'links_spoil',
  sql: 'INSERT INTO links.spoilt (hash, day) SELECT each, $day::date FROM unnest($hashes::text[]) each ON CONFLICT DO NOTHING',
  params: z.object({ hashes: z.array(z.string()), day: z.string() }),
  row: z.unknown(),
})

/** Until the end of the transaction nobody else links a device, or notes whose it was. */
export const lockDevices = defineStatement({
  name: 'links_lock_devices',
  sql: "SELECT pg_advisory_xact_lock(hashtext('links.former'))",
  params: z.object({}),
  row: z.unknown(),
})

/** The first day stays, as the device's cookie is no younger. */
export const noteFormer = defineStatement({
  name: 'links_note_former',
  sql: `
    INSERT INTO links.former (hash, owner, day)
    SELECT each.*, $day::date FROM unnest($hashes::text[], $owners::text[]) each ON CONFLICT DO NOTHING`,
  params: z.object({ hashes: z.array(z.string()), owners: z.array(z.string()), day: z.string() }),
  row: z.unknown(),
})

/** Answers something where the device was shared, or was another contact's. */
export const isClosed = defineStatement({
  name: 'links_is_closed',
  sql: `
    SELECT hash FROM links.spoilt WHERE hash = $hash
    UNION SELECT hash FROM links.former WHERE hash = $hash AND owner <> $owner`,
  params: z.object({ hash: z.string(), owner: z.string() }),
  row: z.object({ hash: z.string() }),
})

export const forgetFormer = defineStatement({
  name: 'links_forget_former',
  sql: 'DELETE FROM links.former WHERE day < $day::date',
  params: z.object({ day: z.string() }),
  row: z.unknown(),
})

export const forgetSpoilt = defineStatement({
  name: 'links_forget_spoilt',
  sql: 'DELETE FROM links.spoilt WHERE day < $day::date',
  params: z.object({ day: z.string() }),
  row: z.unknown(),
})
