/** The vault's statements on links: it asks for them and ends them, and cannot read them. */

import * as z from 'zod'
import { defineStatement } from '../../../infra/ports/sql.ts'
import { ContactRef } from '../../../schemas/ids.ts'

export const addLinkRequest = defineStatement({
  name: 'link_request_add',
  sql: `INSERT INTO links.requests (id, contact, site, token, sequence, received_at, mac)
    VALUES ($id, $contact, $site, $token, $sequence, $received_at, $mac) ON CONFLICT (id) DO NOTHING`,
  params: z.object({
    id: z.string(),
    contact: z.string(),
    site: z.string(),
    token: z.string(),
    sequence: z.int(),
    received_at: z.string(),
    mac: z.string(),
  }),
  row: z.unknown(),
})

/** Whoever has a link that has not ended, or has asked for one. */
export const linkedContacts = defineStatement({
  name: 'links_contacts',
  sql: 'SELECT contact FROM links.links WHERE ending IS NULL UNION SELECT contact FROM links.requests',
  params: z.object({}),
  row: z.object({ contact: ContactRef }),
})

const contact = z.object({ contact: z.string() })

/** An erasure outweighs a stop, and a stop outweighs a withdrawal. From then on the link counts nowhere. */
export const endLinksOf = defineStatement({
  name: 'links_end_of',
  sql: `
    UPDATE links.links SET ending = $ending
    WHERE contact = $contact AND (ending IS NULL OR $ending = 'erase' OR ($ending = 'stop' AND ending = 'withdraw'))`,
  params: contact.extend({ ending: z.enum(['withdraw', 'stop', 'erase']) }),
  row: z.unknown(),
})

export const deleteRequestsOf = defineStatement({
  name: 'link_requests_delete_of',
  sql: 'DELETE FROM links.requests WHERE contact = $contact',
  params: contact,
  row: z.unknown(),
})
