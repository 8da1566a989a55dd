/** A person as the CRM knows them. */

import * as z from 'zod'
import { Name } from './ids.ts'

export const Address = z.email().max(254).brand<'Address'>()
export type Address = z.infer<typeof Address>

/** NFKC, lower case, the domain in ASCII. Dots and plus signs stay: without them different people would merge. */
export function normalisedAddress(address: string): string {
  const [, local = '', domain = ''] = /^(.*)@([^@]*)$/.exec(address.normalize('NFKC').trim()) ?? []
  return `${local.toLowerCase()}@${asciiDomain(domain)}`
}

export function asciiDomain(domain: string): string {
  try {
    return new URL(`http://${domain}`).hostname
  } catch {
    return domain.toLowerCase()
  }
}

export const columns = [
  'first_name',
  'last_name',
  'salutation',
  'language',
  'country',
  'postcode',
  'city',
  'birthday',
  'customer_number',
  'phone',
] as const
/** A column of ours, or one that the mapping file declares for this house. */
export const AttributeName = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/)

/** A value of the CRM. Only a parse makes one, so nothing of the web side can stand in its place. */
export const CrmText = z.string().max(256).brand<'CrmText'>()
export type CrmText = z.infer<typeof CrmText>

export const ContactInput = z.strictObject({
  source: Name,
  /** The CRM's own key. */
  sourceId: z.string().min(1).max(100),
  email: Address.optional(),
  /** No mail to them for now, says the CRM; no consent and no objection. */
  locked: z.boolean(),
  lists: z.array(z.string().max(100)).max(100),
  attributes: z.record(AttributeName, z.union([z.string().max(256), z.number(), z.boolean()])),
})
export type ContactInput = z.infer<typeof ContactInput>

export const OrderInput = z.strictObject({
  source: Name,
  orderId: z.string().min(1).max(100),
  /** The contact's `sourceId`. */
  sourceId: z.string().min(1).max(100),
  day: z.iso.date(),
  /** In cents, so that sums are exact; negative for a return. */
  cents: z.int(),
  currency: z.string().regex(/^[A-Z]{3}$/),
  category: z.string().max(100),
})
export type OrderInput = z.infer<typeof OrderInput>

/** What an import did, by row. The rejects stand in a file, each with line and reason. */
export const ImportReport = z.strictObject({
  read: z.int(),
  added: z.int(),
  changed: z.int(),
  unchanged: z.int(),
  rejected: z.int(),
  /** Of those changed: contacts whose consents ended, because their address became another. */
  withdrawn: z.int().optional(),
  /** Of those added: objections from addresses that nobody is known by. They are kept as suppressions. */
  suppressed: z.int().optional(),
  rejectFile: z.string().optional(),
})
export type ImportReport = z.infer<typeof ImportReport>
