/** What a page says over the wire, before anyone has decided to believe it. */

import * as z from 'zod'
import { DevicePurpose } from './consent.ts'
import { Name } from './ids.ts'

export const MAX_BODY_BYTES = 65_536
export const MAX_INFLATED_BYTES = 262_144
export const MAX_EVENTS = 50
export const MAX_URL_CHARS = 2_048

/** The types every site has. A site's tracking plan may declare more. */
export const builtInTypes = [
  'page_view',
  'engaged',
  'outbound',
  'download',
  'form_submit',
  'search',
  'product_view',
  'cart_add',
  'purchase',
] as const
export const EventType = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/)

/** Declared values; text only where the tracking plan lists its words. */
export const PropertyValue = z.union([z.string().max(256), z.number(), z.boolean()])

export const WireEvent = z.strictObject({
  /** Made by the client, once an act: a retry says it again, and counts once. */
  id: z.uuidv4(),
  type: EventType,
  /** The client's clock in milliseconds; believed only relative to `sent`. */
  time: z.int(),
  url: z.string().max(MAX_URL_CHARS),
  /** Counted by the snippet in sessionStorage, so absent where there is none. */
  session: z.int().min(0).max(65_535).optional(),
  step: z.int().min(0).max(65_535).optional(),
  referrer: z.string().max(MAX_URL_CHARS).optional(),
  title: z.string().max(256).optional(),
  /** What the page declares itself to be about: `data:solar`, `meta:solar`, `ld:Solar`. */
  interests: z.array(z.string().max(100)).max(20).optional(),
  props: z
    .record(z.string().max(40), PropertyValue)
    .refine((props) => Object.keys(props).length <= 20, 'at most 20 properties')
    .optional(),
})
export type WireEvent = z.infer<typeof WireEvent>

/** Each event is parsed on its own, so that a bad one does not take the others with it. */
export const EventsRequest = z.strictObject({
  site: Name,
  sent: z.int(),
  events: z.array(z.unknown()).min(1).max(MAX_EVENTS),
})
export type EventsRequest = z.infer<typeof EventsRequest>

export const ConsentMethod = z.enum(['banner', 'settings', 'api', 'signal'])
export const ConsentRequest = z.strictObject({
  site: Name,
  notice: z.string().max(40),
  lang: z.string().regex(/^[a-z]{2}$/),
  /** All that is granted from now on; none withdraws. */
  purposes: z.array(DevicePurpose).max(3),
  method: ConsentMethod,
  /** The page's path, for the proof. */
  path: z.string().max(MAX_URL_CHARS).optional(),
  /** A TC string. It can only refuse. */
  tc: z.string().max(4_096).optional(),
})
export type ConsentRequest = z.infer<typeof ConsentRequest>

export const LinkRequest = z.strictObject({ site: Name })

/** Why an event was not taken. The list is closed: it is part of the public surface. */
export const RefusalReason = z.enum([
  'no_consent',
  'bot',
  'schema',
  'too_old',
  'too_large',
  'unknown_type',
  'personal_data',
  'rate',
])
export type RefusalReason = z.infer<typeof RefusalReason>
export const EventsAnswer = z.strictObject({
  accepted: z.int(),
  refused: z.array(z.strictObject({ index: z.int(), reason: RefusalReason })),
})
export type EventsAnswer = z.infer<typeof EventsAnswer>
