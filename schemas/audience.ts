/** An audience, what of it leaves the house, and what is written down about that. */

import * as z from 'zod'
import { Address, AttributeName, CrmText } from './contact.ts'
import { ExportId, Name } from './ids.ts'
import { InterestName, PositiveBand } from './interest.ts'
import type { Segment } from './segment.ts'
import type { Selection } from './selection.ts'

export const MINIMUM_AUDIENCE = 20

/** Selection x segment x consent, and what goes along. The two trees are parsed by their own compilers, which name the path of a mistake. */
export const Audience = z.strictObject({
  name: Name,
  site: Name,
  selection: z.custom<Selection>(),
  segment: z.custom<Segment>(),
  destination: Name,
  /** CRM fields that go along, of those the destination allows. */
  fields: z.array(AttributeName).max(20).default([]),
  /** How many of a person's strongest interests go along. */
  interests: z.int().min(0).max(10).default(3),
  /** A small audience tells something of each of its members. */
  minimum: z.int().min(MINIMUM_AUDIENCE).default(50),
})
export type Audience = z.infer<typeof Audience>

/** All that leaves of one person. Each part has a type of its own, and none of them can hold a pseudonym. */
export const MemberRow = z.strictObject({
  id: ExportId,
  /** Only for destinations that still know people by address. */
  address: Address.optional(),
  interests: z.array(z.strictObject({ interest: InterestName, band: PositiveBand })),
  fields: z.record(AttributeName, CrmText),
})
export type MemberRow = z.infer<typeof MemberRow>

/** One call to a destination: people put on the audience's list, or taken off it and their fields cleared. */
export type Batch =
  | { readonly op: 'upsert'; readonly people: readonly MemberRow[] }
  | { readonly op: 'remove'; readonly people: readonly Pick<MemberRow, 'id' | 'address'>[] }

/** What a destination did with one person, in our words, because its own may quote the address. */
export const Receipt = z.enum(['accepted', 'later', 'suppressed', 'rejected'])
export type Receipt = z.infer<typeof Receipt>

/** A receipt for each person, in their order. `unknown`, as after a timeout, is an answer of its own: all may have arrived. */
export type Delivery = readonly Receipt[] | 'unknown'

/** From the CRM side on, each step counts those left. Exact, because from P4 on every number is about consenting people. */
export const Waterfall = z.strictObject({
  selected: z.int(),
  notLocked: z.int(),
  notSuppressed: z.int(),
  mayMail: z.int(),
  mayMerge: z.int(),
  linked: z.int(),
  inSegment: z.int(),
  /** Once the run is over. */
  accepted: z.int().optional(),
})
export type Waterfall = z.infer<typeof Waterfall>

export const RunState = z.enum([
  'planned',
  'held',
  'running',
  'interrupted',
  'done',
  'partly_done',
  'failed',
  'recalled',
])
export type RunState = z.infer<typeof RunState>

/** What lies beside an exported file. Counts begin at the consent to merge: those before it are about people who did not agree. */
export const RunManifest = z.strictObject({
  audience: Name,
  run: z.string(),
  counts: Waterfall.pick({ mayMerge: true, linked: true, inSegment: true }),
  /** Versions of the notices behind the consents. */
  notices: z.array(z.string()),
  fields: z.array(z.string()),
})
export type RunManifest = z.infer<typeof RunManifest>
