/** The log's topics: the contract of who writes a record and who reads it. No record names both E and P, and none tells the time of day by either. */

import * as z from 'zod'
import { DevicePurpose } from './consent.ts'
import { ConsentMethod, EventType } from './event.ts'
import { DedupId, EventPseudonym, Name, ReceiptId, WebPseudonym } from './ids.ts'
import { InterestName, SignalKind } from './interest.ts'
import { Day, Week } from './week.ts'

/** What is kept of a device: too coarse to be one. `''` is unknown. */
export const Traits = z.strictObject({
  country: z.string().regex(/^([A-Z]{2})?$/),
  device: z.enum(['desktop', 'mobile', 'tablet', '']),
  language: z.string().regex(/^([a-z]{2})?$/),
})
export type Traits = z.infer<typeof Traits>

/** One event of a visitor who allowed analytics (P2). */
export const EventRecord = z.strictObject({
  id: DedupId,
  site: Name,
  day: Day,
  e: EventPseudonym,
  session: z.int().min(0).max(65_535),
  step: z.int().min(0).max(65_535),
  type: EventType,
  path: z.string(),
  /** Host of another site, or `''`. */
  referrer: z.string(),
  campaign: z.string(),
  /** Engaged seconds, of type `engaged` only; else 0. */
  seconds: z.int().min(0).max(86_400),
  traits: Traits,
})
export type EventRecord = z.infer<typeof EventRecord>

/** What one event of a visitor who allowed an interest profile (P3) says of interests; also without one, as a sign of life. */
export const SignalRecord = z.strictObject({
  id: DedupId,
  site: Name,
  p: WebPseudonym,
  week: Week,
  /** The last week in which the cookie behind it is valid. */
  until: Week,
  notice: z.string(),
  traits: Traits,
  signals: z.array(
    z.strictObject({ interest: InterestName, rule: z.string(), kind: SignalKind, n: z.int().min(1).max(1_000) }),
  ),
})
export type SignalRecord = z.infer<typeof SignalRecord>

/** An act that the vault dates too (purchase, form, login): it only counts, by hour, and belongs to nobody. */
export const CountRecord = z.strictObject({
  id: DedupId,
  site: Name,
  day: Day,
  hour: z.int().min(0).max(23),
  type: EventType,
  path: z.string(),
})
export type CountRecord = z.infer<typeof CountRecord>

/** The proof of a choice made on a device. It holds neither E nor P: the receipt alone leads to it. */
export const DeviceConsentRecord = z.strictObject({
  receipt: ReceiptId,
  site: Name,
  purposes: z.array(DevicePurpose),
  notice: z.string(),
  /** SHA-256 of the notice's text in that language. */
  noticeHash: z.string().regex(/^[0-9a-f]{64}$/),
  language: z.string(),
  method: ConsentMethod,
  path: z.string(),
  at: z.iso.datetime(),
})
export type DeviceConsentRecord = z.infer<typeof DeviceConsentRecord>

/** A pseudonym that ended. None comes back: a new consent makes a new one. */
export const StopRecord = z.strictObject({
  site: Name,
  p: WebPseudonym,
  kind: z.enum(['stop', 'erase']),
  day: Day,
  /** Of the visitor who asked; a contact's erasure has none. */
  receipt: ReceiptId.optional(),
})
export type StopRecord = z.infer<typeof StopRecord>

/** Days a record stays. `stops` outlive the cookie-less 48 hours, so that a run that was held for long still reads all of them. */
export const topics = {
  events: { schema: EventRecord, keepHours: 48 },
  signals: { schema: SignalRecord, keepHours: 48 },
  counts: { schema: CountRecord, keepHours: 48 },
  device_consents: { schema: DeviceConsentRecord, keepHours: 48 },
  stops: { schema: StopRecord, keepHours: 24 * 14 },
} as const
/** No partition of any log: ids that came with a move from another log count as seen in all of them. */
export const everyPartition = 65_535
export type Topic = keyof typeof topics
export type RecordOf<T extends Topic> = z.infer<(typeof topics)[T]['schema']>
