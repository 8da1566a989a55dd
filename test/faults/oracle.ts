/** Judges a round: what the store holds against what the clients were answered. It imports nothing from the product. */

import type { Act, Ledger } from './ledger.ts'

/** What the store was found to hold of a round's paths and, in all, of pseudonyms. */
export interface Found {
  /** How often each path stands in the events, in the counters by day, in the acts that belong to nobody. */
  readonly events: ReadonlyMap<string, number>
  readonly traffic: ReadonlyMap<string, number>
  readonly acts: ReadonlyMap<string, number>
  /** By pseudonym: `interest kind` and how many. Of this round's visitors only, by being new. */
  readonly signals: readonly ReadonlyMap<string, number>[]
  readonly receipts: ReadonlyMap<string, number>
}

export interface Verdict {
  readonly acknowledged: number
  readonly stored: number
  /** Empty is well. */
  readonly differences: readonly string[]
}

const AT_MOST = 5
const kinds: Readonly<Record<string, string>> = {
  page_view: 'view',
  product_view: 'product_view',
  download: 'download',
}
/** What one act says of an interest: how the house's interests.yaml is meant. */
const interests: Readonly<Record<string, readonly [string, number]>> = {
  solar: ['energy.solar', 1],
  garden: ['garden', 1],
  kitchen: ['kitchen', 1],
  mobility: ['mobility', 2],
}
const points: Readonly<Record<string, number>> = { view: 1, product_view: 2, download: 3 }

const counts = ({ visitor }: Act) => visitor.purposes === 'all' || visitor.purposes === 'counted'
const profiles = ({ visitor, type }: Act) =>
  (visitor.purposes === 'all' || visitor.purposes === 'profiled') && type !== 'purchase'
/** Acts that the other side dates too belong to nobody. */
const isEvent = (act: Act) => counts(act) && act.type !== 'purchase'
const isAct = (act: Act) => counts(act) && act.type === 'purchase'
/** A visitor with a profile and no analytics who buys leaves nothing, and is told so. */
const leavesNothing = (act: Act) => !counts(act) && !profiles(act)

export function judge(ledger: Ledger, found: Found): Verdict {
  const differences: string[] = []
  const say = (what: string, of: readonly string[]) => {
    if (of.length > 0) differences.push(`${what}: ${of.length} (${of.slice(0, AT_MOST).join(', ')})`)
  }
  const { acts } = ledger
  const known = acts.filter(({ fate }) => fate === 'acknowledged')

  say(
    'acknowledged though nothing of them may be kept',
    known.filter(leavesNothing).map(({ path }) => path),
  )
  say(
    'refused though they should be taken',
    acts.filter((act) => act.fate === 'refused' && !leavesNothing(act)).map(({ path }) => path),
  )
  for (const [name, table, belongs] of [
    ['events', found.events, isEvent],
    ['traffic', found.traffic, isEvent],
    ['acts', found.acts, isAct],
  ] as const) {
    const expected = known.filter(belongs).map(({ path }) => path)
    const possible = new Set(acts.filter((act) => act.fate !== 'refused' && belongs(act)).map(({ path }) => path))
    say(
      `lost from ${name}`,
      expected.filter((path) => !table.has(path)),
    )
    say(
      `counted twice in ${name}`,
      [...table].filter(([, n]) => n > 1).map(([path]) => path),
    )
    say(
      `in ${name} and from nobody`,
      [...table.keys()].filter((path) => !possible.has(path)),
    )
  }
  say(
    'in events and not in traffic, or the other way round',
    [...new Set([...found.events.keys(), ...found.traffic.keys()])].filter(
      (path) => found.events.get(path) !== found.traffic.get(path),
    ),
  )
  const missing = difference(signalsOf(ledger), found.signals)
  say('profiles that should be there', missing.left)
  say('profiles that should not', missing.right)
  const receipts = ledger.visitors.flatMap(({ receipt }) => receipt ?? [])
  say(
    'choices without their one proof',
    receipts.filter((receipt) => found.receipts.get(receipt) !== 1),
  )
  return { acknowledged: known.length, stored: found.events.size + found.acts.size, differences }
}

/** Of each visitor with a profile what their acknowledged acts say; those that never had an answer are about no interest. */
export function signalsOf({ visitors, acts }: Ledger): ReadonlyMap<string, number>[] {
  const of = new Map(visitors.map((visitor) => [visitor, new Map<string, number>()]))
  for (const act of acts)
    if (act.fate === 'acknowledged' && profiles(act)) {
      const [interest, weight] = interests[act.path.split('/')[1] ?? ''] ?? []
      const signals = of.get(act.visitor)
      if (!interest || !weight || !signals) continue
      const key = `${interest} ${kinds[act.type]}`
      signals.set(key, (signals.get(key) ?? 0) + weight)
    }
  return [...of.values()].filter(({ size }) => size > 0)
}

/** Points of one visitor by interest, all of this week. */
export function scoresOf(ledger: Ledger, visitor: Ledger['visitors'][number]): ReadonlyMap<string, number> {
  const [signals] = signalsOf({ ...ledger, visitors: [visitor] })
  const scores = new Map<string, number>()
  for (const [key, n] of signals ?? []) {
    const [interest = '', kind = ''] = key.split(' ')
    scores.set(interest, (scores.get(interest) ?? 0) + n * (points[kind] ?? 0))
  }
  return scores
}

/** As sets that may hold the same thing more than once. */
function difference(expected: readonly ReadonlyMap<string, number>[], found: readonly ReadonlyMap<string, number>[]) {
  const name = (of: ReadonlyMap<string, number>) =>
    [...of]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, n]) => `${key}=${n}`)
      .join(' ')
  const left = expected.map(name)
  const right: string[] = []
  for (const each of found.map(name)) {
    const at = left.indexOf(each)
    if (at === -1) right.push(each)
    else left.splice(at, 1)
  }
  return { left, right }
}
