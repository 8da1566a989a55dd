/** A site's interest rules, made ready once: which of them an act matches, and what it says of interests. */

import type { WireEvent } from '../../schemas/event.ts'
import { type Interests, isSpecial, type SignalKind } from '../../schemas/interest.ts'
import type { RecordOf } from '../../schemas/topics.ts'

type Rule = Interests['rules'][number]
export type RecordedSignal = RecordOf<'signals'>['signals'][number]

/** Seconds of engaged time that count as one act. */
const ENGAGED_UNIT = 30
/** Who leaves a page open all day is not a hundred times as interested. */
const MAX_ENGAGED_UNITS = 60
const MAX_N = 1_000

/** The acts that speak of interests. All others only count. */
const kinds: Readonly<Record<string, SignalKind>> = {
  page_view: 'view',
  engaged: 'engaged',
  search: 'search',
  download: 'download',
  product_view: 'product_view',
  cart_add: 'cart_add',
}

export interface InterestRules {
  ofPath(route: string): readonly Rule[]
  /** By `path` rules found before, what the page declares, and the product's category. */
  signalsOf(event: WireEvent, pathRules: readonly Rule[]): RecordedSignal[]
}

/** Rules of special interests are left out here, so that nothing later can forget to. */
export function compileRules({ interests, rules }: Interests): InterestRules {
  const usable = rules.filter(({ interest }) => !isSpecial(interests, interest))
  const paths = usable.flatMap((rule) => (rule.path === undefined ? [] : [{ rule, pattern: globPattern(rule.path) }]))
  const byToken = new Map<string, Rule[]>()
  for (const rule of usable)
    for (const token of tokensOf(rule)) byToken.set(token, [...(byToken.get(token) ?? []), rule])

  return {
    ofPath: (route) => paths.filter(({ pattern }) => pattern.test(route)).map(({ rule }) => rule),
    signalsOf(event, pathRules) {
      const kind = kinds[event.type]
      const n = kind === 'engaged' ? engagedUnits(event.props?.seconds) : 1
      if (kind === undefined || n === 0) return []
      const matched = new Set(pathRules)
      const category = event.props?.category
      if (typeof category === 'string') addAll(matched, byToken.get(`category:${category.toLowerCase()}`))
      if (event.interests) for (const token of event.interests) addAll(matched, byToken.get(token.toLowerCase()))
      const signals: RecordedSignal[] = []
      for (const { id, interest, weight } of matched)
        signals.push({ interest, rule: id, kind, n: Math.min(MAX_N, n * weight) })
      return signals
    },
  }
}

function addAll(matched: Set<Rule>, rules: readonly Rule[] | undefined) {
  if (rules) for (const rule of rules) matched.add(rule)
}

/** In the words of the wire: `data:`, `meta:`, `ld:` of the page, `category:` of a product. Case says nothing. */
function tokensOf({ declared, meta, jsonld, category }: Rule): string[] {
  const tokens = { data: declared, meta, ld: jsonld, category }
  return Object.entries(tokens).flatMap(([kind, token]) =>
    token === undefined ? [] : [`${kind}:${token.toLowerCase()}`],
  )
}

/** To the nearest unit. */
function engagedUnits(seconds: unknown): number {
  return typeof seconds === 'number' ? Math.min(MAX_ENGAGED_UNITS, Math.round(seconds / ENGAGED_UNIT)) : 0
}

/** `*` stays within a segment, `**` does not; `/a/**` is also `/a`, and a slash at the end makes no difference. */
export function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/\/$/, '')
    .split(/(\/\*\*$|\*\*|\*)/)
    .map((part, at, parts) => {
      if (part === '/**') return '(?:/.*)?'
      if (part === '**') return '.*'
      if (part !== '*') return part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
      // Alone in its segment it stands for a segment, which is never empty.
      const alone = /(^|\/)$/.test(parts[at - 1] ?? '') && /^(\/|$)/.test(parts[at + 1] ?? '')
      return alone ? '[^/]+' : '[^/]*'
    })
  return new RegExp(`^${source.join('')}/?$`)
}
