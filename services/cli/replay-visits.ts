/**
 * Page views of a file as the collector would have taken them when they came: each admitted at its own time, for visitors whose consent is
 * assumed. It decides nothing itself.
 */

import { v4 as uuid } from 'uuid'
import { clientReader } from '../../collector/door/client.ts'
import { admit } from '../../collector/events/admit.ts'
import type { Site } from '../../collector/site.ts'
import { type Pseudonyms, pseudonymsOf } from '../../collector/visitors/pseudonyms.ts'
import { MAX_DAYS, newVisitorId } from '../../collector/visitors/visitor.ts'
import type { WebKeys } from '../../infra/ports/keys.ts'
import type { LogEntry } from '../../infra/ports/log.ts'
import { DevicePurpose } from '../../schemas/consent.ts'
import type { RefusalReason } from '../../schemas/event.ts'
import { Fault } from '../../schemas/fault.ts'
import type { WebPseudonym } from '../../schemas/ids.ts'
import { DAY_MS, dayOf, WEEK_MS } from '../../schemas/week.ts'
import type { Visit } from './read-visits.ts'

export interface ReplayDeps {
  readonly site: Site
  readonly keys: WebKeys
  readonly partitions: number
  /** What each view's time is moved by, in milliseconds. */
  readonly shift: number
}

export interface Replay {
  /** The records to append, or none when the view was dropped. */
  view(visit: Visit): readonly LogEntry[]
  readonly counts: {
    readonly taken: number
    /** Of those taken: without a row for analytics, as their day's key is gone. */
    readonly signalsOnly: number
    readonly dropped: ReadonlyMap<RefusalReason, number>
    readonly withInterests: number
  }
  /** Of all who were seen, taken or not; in memory only. */
  readonly pseudonyms: ReadonlyMap<number, WebPseudonym>
}

const withoutAnalytics = DevicePurpose.options.filter((purpose) => purpose !== 'P2')

/** Throws `config_invalid` where no notice of the site could have been agreed to. */
export function replayOf({ site, keys, partitions, shift }: ReplayDeps): Replay {
  const notice = noticeOf(site)
  const origin = [...site.origins][0] ?? ''
  const clientOf = clientReader()
  const visitors = new Map<number, { readonly pseudonyms: Pseudonyms; readonly expires: number }>()
  const dropped = new Map<RefusalReason, number>()
  const interested = new Set<number>()
  let taken = 0
  let signalsOnly = 0

  const visitorOf = (number: number, time: number) => {
    const known = visitors.get(number)
    if (known) return known
    const pseudonyms = pseudonymsOf(keys, partitions, site.name, newVisitorId())
    const made = { pseudonyms, expires: Math.floor(time / DAY_MS) + MAX_DAYS }
    visitors.set(number, made)
    return made
  }

  return {
    view({ visitor: number, t, path, referrer, ua }) {
      const time = t + shift
      const visitor = visitorOf(number, time)
      const keyed = visitor.pseudonyms.e(dayOf(time)) !== undefined
      const client = clientOf(ua)
      const admission = admit(
        {
          site,
          visitor: { ...visitor, notice, purposes: keyed ? DevicePurpose.options : withoutAnalytics },
          bot: client.bot,
          traits: { country: '', device: client.device, language: '' },
          received: time,
          behind: 0,
          diagnose: true,
        },
        { id: uuid(), type: 'page_view', time, url: origin + path, ...(referrer !== '' && { referrer }) },
      )
      if (!admission.ok) {
        dropped.set(admission.refused, (dropped.get(admission.refused) ?? 0) + 1)
        return []
      }
      taken += 1
      if (!keyed) signalsOnly += 1
      if (admission.records.some(({ topic, record }) => topic === 'signals' && record.signals.length > 0))
        interested.add(number)
      return admission.records
    },
    get counts() {
      return { taken, signalsOnly, dropped, withInterests: interested.size }
    },
    get pseudonyms() {
      return new Map([...visitors].map(([number, { pseudonyms }]) => [number, pseudonyms.p]))
    },
  }
}

/** The most whole weeks after which the last view is not in the future: days of the week and times of day stay what they were. */
export function shiftTo(now: number, last: number): number {
  return Math.floor((now - last) / WEEK_MS) * WEEK_MS
}

function noticeOf({ name, notices }: Site): string {
  const fit = [...notices.values()].find(
    ({ purposes, retired }) => !retired && DevicePurpose.options.every((purpose) => purposes.includes(purpose)),
  )
  if (fit) return fit.version
  throw new Fault('config_invalid', `no notice of the site ${name} covers P1, P2 and P3; a consent cannot be assumed`)
}
