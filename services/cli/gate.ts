/** What the collector makes of something, to try out before a site goes live: what is kept of a page's address, and whether a text gives somebody away. */

import type { InterestRules } from '../../collector/events/interest-rules.ts'
import { pageReader } from '../../collector/events/page.ts'
import { containsPersonalData } from '../../collector/events/personal-data.ts'

const noRules: InterestRules = { ofPath: () => [], signalsOf: () => [] }

export function gate(text: string) {
  const verdict = { personalData: containsPersonalData(text, 'DE') }
  if (!/^(https?:\/\/|\/)/.test(text)) return verdict
  const url = new URL(text, 'https://site.example')
  const page = pageReader({
    origins: [url.origin],
    hashRoutes: false,
    query: [],
    neverProfiled: [],
    rules: noRules,
    country: 'DE',
  }).page(url.href)
  return { ...verdict, path: page?.path, campaign: page?.campaign }
}
