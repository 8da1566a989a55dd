/** Why a profile scores as it does: each term of each sum, so that whoever adds them up gets the score. */

import type { House } from '../../infra/config/house.ts'
import type { Store } from '../../infra/ports/store.ts'
import type { WebPseudonym } from '../../schemas/ids.ts'
import { type Band, bandOf, countsTowards, DECAY_ONE, decayOf, type InterestName } from '../../schemas/interest.ts'
import { KEEP_WEEKS, weekOf } from '../../schemas/week.ts'
import { profileRow, type StoredSignal, storedSignals } from './queries/profile-row.ts'

export interface ExplainDeps {
  readonly house: House
  readonly store: Store
  readonly now: () => number
}

/** `n` acts of a kind that a rule saw in a week, times the kind's weight, times what time left of it. */
export interface Term extends StoredSignal {
  readonly weight: number
  readonly decay: number
  readonly points: number
}

export interface Explanation {
  readonly site: string
  readonly week: number
  /** Not live is as good as not there: no segment counts it. */
  readonly live: boolean
  readonly seenWeek: number | null
  readonly until: number | null
  readonly notice: string | null
  readonly traits: { readonly country: string; readonly device: string; readonly language: string } | null
  /** All with any signal, the strongest first, then by name. */
  readonly interests: readonly {
    readonly interest: InterestName
    readonly name: string
    readonly score: number
    readonly band: Band
    readonly terms: readonly Term[]
  }[]
}

export async function explainProfile(
  { house, store, now }: ExplainDeps,
  { site, p }: { readonly site: string; readonly p: WebPseudonym },
): Promise<Explanation | undefined> {
  const rules = house.interests.get(site)
  const config = house.config.sites[site]
  if (!rules || !config) return undefined
  const week = weekOf(now())
  const [row] = await store.ask(profileRow, { site, p })
  const signals = await store.ask(storedSignals, { site, p, from: week - KEEP_WEEKS })

  const terms = signals.map((signal): Term => {
    const weight = rules.weights[signal.kind] ?? 0
    const decay = decayOf(rules.halfLifeWeeks, week - signal.week) / DECAY_ONE
    return { ...signal, weight, decay, points: signal.n * weight * decay }
  })
  const interests = (Object.keys(rules.interests) as InterestName[])
    .map((interest) => {
      const own = terms.filter((term) => countsTowards(rules, term.interest, interest))
      const score = own.reduce((sum, { points }) => sum + points, 0)
      const names = rules.interests[interest]?.name ?? {}
      const name = names[config.languages[0] ?? ''] ?? Object.values(names)[0] ?? interest
      return { interest, name, score, band: bandOf(rules, score), terms: own }
    })
    .filter((each) => each.terms.length > 0)
    .sort((a, b) => b.score - a.score || (a.interest < b.interest ? -1 : 1))

  const retired = config.notices.every(({ version, retired }) => version !== row?.notice || retired)
  return {
    site,
    week,
    live: row !== undefined && row.until >= week && !retired,
    seenWeek: row?.week ?? null,
    until: row?.until ?? null,
    notice: row?.notice ?? null,
    traits: row ? { country: row.country, device: row.device, language: row.language } : null,
    interests,
  }
}
