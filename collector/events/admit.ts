/**
 * Admission: what becomes of one event. No I/O and no clock, so that a replay decides as the collector did; a refusal is a value and says
 * nothing of what was refused.
 */

import type { LogEntry } from '../../infra/ports/log.ts'
import type { DevicePurpose } from '../../schemas/consent.ts'
import { builtInTypes, type RefusalReason, WireEvent } from '../../schemas/event.ts'
import type { DedupId } from '../../schemas/ids.ts'
import type { Traits } from '../../schemas/topics.ts'
import { DAY_MS, dayOf, weekOf } from '../../schemas/week.ts'
import type { Site } from '../site.ts'
import { dedupIds, type Pseudonyms } from '../visitors/pseudonyms.ts'
import type { Page } from './page.ts'
import { containsPersonalData } from './personal-data.ts'

/** A device whose cookie was read and stands. */
export interface KnownVisitor {
  readonly purposes: readonly DevicePurpose[]
  readonly notice: string
  /** The first day, since 1970, on which the cookie no longer counts. */
  readonly expires: number
  readonly pseudonyms: Pseudonyms
}

/** The request around an event. */
export interface AdmissionContext {
  readonly site: Site
  readonly visitor: KnownVisitor | undefined
  readonly bot: boolean
  readonly traits: Traits
  /** When it came in, and how far the client's clock is behind ours, in milliseconds. */
  readonly received: number
  readonly behind: number
  /** Is the refusal looked into? Looking takes a hundred times what admitting takes, so it is done once a request. */
  readonly diagnose: boolean
}

export type Admission =
  | { readonly ok: true; readonly records: readonly LogEntry[] }
  | { readonly ok: false; readonly refused: RefusalReason }

const LATEST_MS = DAY_MS
const refuse = (refused: RefusalReason): Admission => ({ ok: false, refused })

/** The person side dates these too, as it may any type of the site's own: they are never keyed by a pseudonym. */
const dated = new Set(['purchase', 'form_submit'])
const builtIn = new Set<string>(builtInTypes)
const isDated = (type: string): boolean => dated.has(type) || !builtIn.has(type)

export function admit(context: AdmissionContext, event: unknown): Admission {
  const { site, visitor, received, behind } = context
  if (!visitor) return refuse('no_consent')
  if (context.bot) return refuse('bot')
  const parsed = WireEvent.safeParse(event)
  if (!parsed.success)
    return refuse(parsed.error.issues.some(({ code }) => code === 'too_big') ? 'too_large' : 'schema')
  const wire = parsed.data
  const time = Math.min(received, wire.time + behind)
  if (time < received - LATEST_MS) return refuse('too_old')
  const page = site.pages.page(wire.url)
  if (!page) return refuse('schema')
  const problem = site.plan.check(wire.type, wire.props)
  if (problem)
    return refuse(problem === 'schema' && context.diagnose && namesSomebody(wire, site) ? 'personal_data' : problem)

  const records: LogEntry[] = []
  const ids = dedupIds(visitor.pseudonyms.dedup, wire.id)
  if (visitor.purposes.includes('P2')) {
    const record = analyticsRecord(context, visitor, wire, page, time, ids.counted)
    if (!record) return refuse('too_old')
    records.push(record)
  }
  if (visitor.purposes.includes('P3') && !page.neverProfiled && !isDated(wire.type))
    records.push(signalRecord(context, visitor, wire, page, time, ids.signalled))
  // Where no purpose reaches the act, there is nothing to keep, and saying `accepted` would not be true.
  return records.length > 0 ? { ok: true, records } : refuse('no_consent')
}

function analyticsRecord(
  { site, traits }: AdmissionContext,
  { pseudonyms }: KnownVisitor,
  wire: WireEvent,
  { path, campaign, fromMail }: Page,
  time: number,
  id: DedupId,
): LogEntry | undefined {
  const { partition } = pseudonyms
  const day = dayOf(time)
  // A page opened from a mail is a dated act as well, and whatever else happens on it would give that away.
  if (isDated(wire.type) || fromMail) {
    const type = fromMail && wire.type === 'page_view' ? 'mail_click' : wire.type
    const hour = Math.floor((time % DAY_MS) / 3_600_000)
    return { topic: 'counts', partition, record: { id, site: site.name, day, hour, type, path } }
  }
  const e = pseudonyms.e(day)
  if (!e) return undefined
  const seconds = wire.type === 'engaged' && typeof wire.props?.seconds === 'number' ? wire.props.seconds : 0
  const record = {
    id,
    site: site.name,
    day,
    e,
    session: wire.session ?? 0,
    step: wire.step ?? 0,
    type: wire.type,
    path,
    referrer: site.pages.referrer(wire.referrer),
    campaign,
    seconds,
    traits,
  }
  return { topic: 'events', partition, record }
}

/** Also without signals, as a sign of life. */
function signalRecord(
  { site, traits }: AdmissionContext,
  { pseudonyms, notice, expires }: KnownVisitor,
  wire: WireEvent,
  page: Page,
  time: number,
  id: DedupId,
): LogEntry {
  const { p, partition } = pseudonyms
  const opened = page.fromMail && wire.type === 'page_view'
  const signals = opened ? [] : site.rules.signalsOf(wire, page.rules)
  const week = weekOf(time)
  const until = weekOf((expires - 1) * DAY_MS)
  return { topic: 'signals', partition, record: { id, site: site.name, p, week, until, notice, traits, signals } }
}

const DIAGNOSED_CHARS = 512

/** Tells the site's developer that it was no slip of a schema: somebody's data was on its way here. The beginning is enough for that. */
function namesSomebody({ props = {} }: WireEvent, { country }: Site): boolean {
  let left = DIAGNOSED_CHARS
  return Object.entries(props)
    .flat()
    .some((text) => {
      if (typeof text !== 'string' || left <= 0) return false
      const looked = text.slice(0, left)
      left -= looked.length
      return containsPersonalData(looked, country)
    })
}
