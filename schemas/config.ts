/** bauta.yaml: what a house decides once, in words. Secrets and addresses of engines come from the environment instead. */

import * as z from 'zod'
import { Audience } from './audience.ts'
import { ContactPurpose, Purpose } from './consent.ts'
import { AttributeName } from './contact.ts'
import { EventType } from './event.ts'
import { Name } from './ids.ts'
import type { Segment } from './segment.ts'

/** The values a property may have. There is no free text: words are listed. */
export const PropertyRule = z.union([
  z.strictObject({ enum: z.array(z.string().max(256)).min(1).max(1_000) }),
  z.strictObject({ integer: z.strictObject({ min: z.int(), max: z.int() }) }),
  z.strictObject({ number: z.strictObject({ min: z.number(), max: z.number() }) }),
  z.strictObject({ boolean: z.literal(true) }),
])
export type PropertyRule = z.infer<typeof PropertyRule>

export const Notice = z.strictObject({
  version: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,39}$/),
  purposes: z.array(Purpose).min(1),
  /** Destinations that P4 and P5 are given for. */
  recipients: z.array(Name).default([]),
  /** What a consent to P4 covers: signals so far too, or whole weeks after it. */
  scope: z.enum(['existing', 'from_grant']).default('from_grant'),
  /** No longer shown; consents given under it have expired. */
  retired: z.boolean().default(false),
  /** By language. A changed text is another version. */
  text: z.record(z.string().length(2), z.string().min(20)),
})
export type Notice = z.infer<typeof Notice>

export const SiteConfig = z.strictObject({
  /** Scheme, host and port, as browsers send them. */
  origins: z.array(z.url()).min(1),
  /** Where browsers reach the collector; on a host under the same registrable domain, or its cookie would be a third party's. */
  collector: z.url().optional(),
  languages: z.array(z.string().length(2)).min(1),
  /** Beside bauta.yaml. */
  interests: z.string(),
  /** May visitors read their own interests at GET /v1/profile? */
  profile: z.boolean().default(false),
  /** Is the part after `#` a page of its own? */
  hashRoutes: z.boolean().default(false),
  /** Query parameters that stay in paths. Campaign parameters are read and not kept there. */
  query: z.array(z.string().max(40)).default([]),
  /** Declared properties by event type; a type not built in is declared by standing here. */
  events: z.record(EventType, z.strictObject({ properties: z.record(z.string().max(40), PropertyRule) })).default({}),
  /** Parts of the site that never feed a profile, as globs: for children, say. */
  neverProfiled: z.array(z.string()).default([]),
  notices: z.array(Notice).min(1),
})
export type SiteConfig = z.infer<typeof SiteConfig>

const DestinationBase = {
  /** Who processes the data there (Art. 28 GDPR). Without it nothing leaves. */
  processor: z.strictObject({ name: z.string().min(1), country: z.string().length(2), agreement: z.string().min(1) }),
  /** CRM fields that may go there. */
  fields: z.array(AttributeName).default([]),
  minimum: z.int().min(20).default(50),
}
export const DestinationConfig = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('folder'), ...DestinationBase, recipient: z.enum(['id', 'address']).default('id') }),
  z.strictObject({
    kind: z.literal('listmonk'),
    ...DestinationBase,
    url: z.url(),
    /** Names of environment variables that hold them. */
    userFrom: z.string(),
    tokenFrom: z.string(),
    /** The list that a member of the audience is put on. */
    list: z.int().positive(),
  }),
])
export type DestinationConfig = z.infer<typeof DestinationConfig>

export const ScheduleConfig = z
  .strictObject({
    audience: Name,
    /** Five fields, as in crontab. */
    cron: z.string().optional(),
    timezone: z.string().default('UTC'),
    /** Also, or instead: when contacts or orders were imported. */
    afterImport: z.enum(['contacts', 'orders']).optional(),
  })
  .refine(({ cron, afterImport }) => cron !== undefined || afterImport !== undefined, 'name cron, afterImport or both')
export type ScheduleConfig = z.infer<typeof ScheduleConfig>

const Shape = z.strictObject({
  sites: z.record(Name, SiteConfig),
  person: z.strictObject({
    /** Where people reach their pages; another host name than the sites'. */
    url: z.url(),
    /** Origins whose forms may post sign-ups. */
    formOrigins: z.array(z.url()).default([]),
  }),
  mail: z.strictObject({ from: z.string(), name: z.string() }),
  segments: z.record(Name, z.strictObject({ site: Name, tree: z.custom<Segment>() })).default({}),
  destinations: z.record(Name, DestinationConfig).default({}),
  audiences: z.record(Name, Audience.omit({ name: true })).default({}),
  schedules: z.record(Name, ScheduleConfig).default({}),
  policies: z
    .strictObject({
      /** Months until a contact's consent runs out. */
      consentMonths: z.int().min(1).max(24).default(24),
      /** Runs whose size moves more than this share against the last one are held. */
      holdAtChange: z.number().min(0.05).max(10).default(0.5),
    })
    .prefault({}),
})

export const BautaConfig = Shape.superRefine(crossCheck)
export type BautaConfig = z.infer<typeof BautaConfig>

/** A device knows its site, a contact's consent the version alone: so no other notice of the house has the version of one to contacts. */
function isToContacts(purposes: readonly Purpose[]): boolean {
  return purposes.some((purpose) => ContactPurpose.safeParse(purpose).success)
}

/** What names something must name something that is there, and what leaves must be covered by notice and destination. */
function crossCheck(
  { sites, segments, destinations, audiences, schedules }: z.infer<typeof Shape>,
  context: z.RefinementCtx,
) {
  const missing = (path: (string | number)[], what: string, name: string, there: object) =>
    context.addIssue({
      code: 'custom',
      path,
      message: `no ${what} is named "${name}"; there ${Object.keys(there).length === 1 ? 'is' : 'are'} ${Object.keys(there).join(', ') || 'none'}`,
    })
  const notices = Object.entries(sites).flatMap(([site, each]) =>
    each.notices.map(({ version, purposes }, index) => ({ site, version, index, toContacts: isToContacts(purposes) })),
  )
  for (const [n, { site, version, index, toContacts }] of notices.entries()) {
    const other = notices
      .slice(0, n)
      .find((each) => each.version === version && (each.site === site || each.toContacts || toContacts))
    if (other)
      context.addIssue({
        code: 'custom',
        path: ['sites', site, 'notices', index, 'version'],
        message: `${other.site} has a notice ${version} too; consents of contacts name the version alone, so give the newer one, or the one to devices, a version of its own`,
      })
  }
  for (const [name, segment] of Object.entries(segments))
    if (!(segment.site in sites)) missing(['segments', name, 'site'], 'site', segment.site, sites)
  for (const [name, audience] of Object.entries(audiences)) {
    const at = ['audiences', name]
    if (!(audience.site in sites)) missing([...at, 'site'], 'site', audience.site, sites)
    const destination = destinations[audience.destination]
    if (!destination) missing([...at, 'destination'], 'destination', audience.destination, destinations)
    for (const field of audience.fields)
      if (destination && !destination.fields.includes(field))
        context.addIssue({
          code: 'custom',
          path: [...at, 'fields'],
          message: `the destination ${audience.destination} may not receive "${field}"; it may ${destination.fields.join(', ') || 'no field'}`,
        })
    if (destination && sites[audience.site])
      for (const message of recipientProblems(sites, audience))
        context.addIssue({ code: 'custom', path: [...at, 'destination'], message })
  }
  for (const [name, schedule] of Object.entries(schedules))
    if (!(schedule.audience in audiences))
      missing(['schedules', name, 'audience'], 'audience', schedule.audience, audiences)
}

/**
 * Merge and mail each need a notice that names the destination, or nobody can have agreed to it. The merge is the site's own; mail may have been
 * agreed to on another one.
 */
export function recipientProblems(
  sites: Readonly<Record<string, SiteConfig>>,
  { site, destination }: Pick<Audience, 'site' | 'destination'>,
): string[] {
  const needs = [
    { purpose: 'P4', of: ` of the site ${site}`, notices: sites[site]?.notices ?? [] },
    { purpose: 'P5', of: '', notices: Object.values(sites).flatMap(({ notices }) => notices) },
  ] as const
  return needs
    .filter(
      ({ purpose, notices }) =>
        !notices.some(({ purposes, recipients }) => purposes.includes(purpose) && recipients.includes(destination)),
    )
    .map(
      ({ purpose, of }) =>
        `no notice${of} for ${purpose} names ${destination} among its recipients; who agreed before did not agree to it, so give the notice that names it a new version`,
    )
}
