/** Identifiers of the two worlds. Their types do not mix, and their shapes differ too: what a cast lets through, a parse stops. */

import * as z from 'zod'

const shaped = (shape: RegExp) => z.string().regex(shape)

/** vid, one browser on one site: 128 random bits, base64url. Known to its cookie and the collector's memory, and stored nowhere. */
export const VisitorId = shaped(/^[\w-]{22}$/).brand<'VisitorId'>()
export type VisitorId = z.infer<typeof VisitorId>

/** P, one visitor on one site: 128 bits of a MAC. Known to the web side, and to activation's memory. */
export const WebPseudonym = shaped(/^[0-9a-f]{32}$/).brand<'WebPseudonym'>()
export type WebPseudonym = z.infer<typeof WebPseudonym>

/** E, one visitor on one site for one UTC day: keys event rows, and its key is gone two days later. */
export const EventPseudonym = shaped(/^e[0-9a-f]{32}$/).brand<'EventPseudonym'>()
export type EventPseudonym = z.infer<typeof EventPseudonym>

/** A keyed hash of the client's event id, another in each topic, for deduplication alone: 64 bits in hex. */
export const DedupId = shaped(/^[0-9a-f]{16}$/).brand<'DedupId'>()
export type DedupId = z.infer<typeof DedupId>

/** C, one contact: version 4, because 7 would tell the time. Known to the person side, and to activation's memory. */
export const ContactRef = z.uuidv4().brand<'ContactRef'>()
export type ContactRef = z.infer<typeof ContactRef>

/** X, one contact as one destination knows it; every destination gets another, so that no two can join. */
export const ExportId = shaped(/^x[0-9a-f]{32}$/).brand<'ExportId'>()
export type ExportId = z.infer<typeof ExportId>

/** One sealed link from a contact to a device. */
export const LinkId = z.uuidv4().brand<'LinkId'>()
export type LinkId = z.infer<typeof LinkId>

/** What a visitor keeps to prove a choice: random, so that it leads to nobody. */
export const ReceiptId = shaped(/^r[0-9a-f]{32}$/).brand<'ReceiptId'>()
export type ReceiptId = z.infer<typeof ReceiptId>

/** A name people choose in bauta.yaml: of a site, segment, audience, destination, schedule. */
export const Name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'lower-case letters, digits and dashes, beginning with a letter, at most 40')
