/** A site as the collector needs it: everything that bauta.yaml and interests.yaml say of it, made ready once. */

import { createHash } from 'node:crypto'
import type { CountryCode } from 'libphonenumber-js'
import type { Notice, SiteConfig } from '../schemas/config.ts'
import type { Interests } from '../schemas/interest.ts'
import { compileRules, type InterestRules } from './events/interest-rules.ts'
import { type PageReader, pageReader } from './events/page.ts'
import { dialledFrom } from './events/personal-data.ts'
import { compilePlan, type TrackingPlan } from './events/tracking-plan.ts'

export interface Site {
  readonly name: string
  readonly origins: ReadonlySet<string>
  readonly languages: readonly string[]
  /** May visitors read their own interests? */
  readonly profile: boolean
  /** Those a device's choice can be made under, retired ones too. */
  readonly notices: ReadonlyMap<string, Notice>
  readonly interestNames: Interests['interests']
  readonly rules: InterestRules
  readonly plan: TrackingPlan
  readonly pages: PageReader
  /** Where its phone numbers are dialled from. */
  readonly country: CountryCode
}

export type Sites = ReadonlyMap<string, Site>

export function compileSites(
  sites: Readonly<Record<string, SiteConfig>>,
  interestsOf: (site: string) => Interests,
): Sites {
  return new Map(Object.entries(sites).map(([name, config]) => [name, compileSite(name, config, interestsOf(name))]))
}

export function compileSite(name: string, config: SiteConfig, interests: Interests): Site {
  const rules = compileRules(interests)
  const country = dialledFrom(config.languages[0])
  return {
    name,
    origins: new Set(config.origins.map((origin) => new URL(origin).origin)),
    languages: config.languages,
    profile: config.profile,
    notices: new Map(
      config.notices.filter(({ purposes }) => purposes.includes('P1')).map((notice) => [notice.version, notice]),
    ),
    interestNames: interests.interests,
    rules,
    plan: compilePlan(config.events),
    pages: pageReader({ ...config, rules, country }),
    country,
  }
}

/** What was shown, as the proof of a choice names it. Text of the first language where there is none in `language`. */
export function noticeShown(site: Site, notice: Notice, language: string): { language: string; noticeHash: string } {
  const shown = [language, ...site.languages, ...Object.keys(notice.text)].find(
    (each) => notice.text[each] !== undefined,
  )
  const text = (shown && notice.text[shown]) ?? ''
  return { language: shown ?? '', noticeHash: createHash('sha256').update(text).digest('hex') }
}
