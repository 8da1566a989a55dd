/**
 * Takes the snapshot that analysts count in. It is theirs alone: it knows no pseudonym, and who ended since is gone with the next one. It only
 * reads what batches write, so it keeps none of them waiting.
 */

import { createHash, randomBytes } from 'node:crypto'
import type { House } from '../../../infra/config/house.ts'
import type { Held } from '../../../infra/control/lease.ts'
import type { Store } from '../../../infra/ports/store.ts'
import { canonical } from '../../../schemas/chain.ts'
import { countsTowards, type InterestName, type Interests, SignalKind } from '../../../schemas/interest.ts'
import { dimensions, MOST_ACTS } from '../../../schemas/snapshot.ts'
import { weekOf } from '../../../schemas/week.ts'
import { liveNotices } from '../live-notices.ts'
import {
  countNumbers,
  createNext,
  createNumbered,
  createNumbers,
  dealNumbers,
  dropNext,
  dropNumbered,
  dropNumbers,
  fillActs,
  fillBands,
  fillEveryone,
  fillNumbered,
  fillSeen,
  fillTraits,
  mergeNext,
  presentInterests,
  putNext,
  type SnapshotPart,
} from '../queries/snapshot.ts'
import { scoringParams, thresholdOf } from '../scoring.ts'

export interface SnapshotDeps {
  readonly house: House
  readonly store: Store
}

export interface SnapshotOptions {
  /** Both are asked between two parts. */
  readonly signal?: AbortSignal
  readonly held?: Held
  /** Sets are made of so many profiles at once, and numbers looked up for four times as many. */
  readonly profilesAPart?: number
}

export async function takeSnapshot(
  { house, store }: SnapshotDeps,
  site: string,
  now: number,
  { signal, held, profilesAPart = 2 ** 18 }: SnapshotOptions = {},
): Promise<void> {
  const { question, interests, rules } = snapshotOf(house, site, now)
  const kinds = SignalKind.options
  const signals = { site, kinds, most: MOST_ACTS, ...scoringParams(interests, question.now) }
  const [low, medium, high] = (['low', 'medium', 'high'] as const).map((band) => thresholdOf(interests, band))
  const bands = { low: low ?? 0, medium: medium ?? 0, high: high ?? 0 }
  await drop(store)
  try {
    await store.command(createNumbers, {})
    await store.command(createNumbered, {})
    await store.command(createNext, {})
    await store.command(dealNumbers, { ...question, key0: randomKey(), key1: randomKey() })
    const snapshot = randomBytes(4).readUInt32LE()
    await store.command(fillEveryone, { site, now: question.now, snapshot, rules })
    await store.command(fillSeen, { site })
    await store.command(fillTraits, { site })
    const present = await store.ask(presentInterests, { site })
    const { counting, ...counted } = countedNames(interests, present)
    const [{ n } = { n: 0 }] = await store.ask(countNumbers, {})
    const goOn = () => {
      signal?.throwIfAborted()
      held?.()
    }
    for (const range of ranges(Math.ceil(n / (4 * profilesAPart)))) {
      goOn()
      await store.command(fillNumbered, { ...signals, ...range, interests: counting })
    }
    for (let first = 0; first < n; first += profilesAPart) {
      goOn()
      const part: SnapshotPart = { site, first, end: first + profilesAPart, ...counted }
      await store.command(fillBands, { ...part, ...bands })
      await store.command(fillActs, { ...part, kinds, most: MOST_ACTS })
    }
    await store.command(mergeNext, {})
    held?.()
    await store.command(putNext, { site })
  } finally {
    await drop(store)
  }
}

/** What a snapshot of the site would be asked with now, and the rules it would follow. */
export function snapshotOf({ config, interests: all }: House, site: string, now: number) {
  const [settings, interests] = [config.sites[site], all.get(site)]
  if (!settings || !interests) throw new Error('a site without interests was read')
  const question = { site, now: weekOf(now), notices: liveNotices(settings) }
  const { weights, halfLifeWeeks, bands } = interests
  const special = Object.entries(interests.interests).flatMap(([name, each]) => (each.special ? [name] : []))
  const said = canonical({ weights, halfLifeWeeks, bands, special, notices: question.notices })
  const digest = createHash('sha256').update(said).digest('hex').slice(0, 16)
  return { question, interests, rules: dimensions.rules(digest) }
}

/** What each interest counts for, if for anything: any, itself and all above it. */
function countedNames(interests: Interests, present: readonly { readonly interest: InterestName }[]) {
  const counting = present.map(({ interest }) => interest).filter((interest) => countsTowards(interests, interest))
  const names = ['', ...new Set(counting.flatMap(withAncestors))]
  const countsFor = counting.map((interest) => ['', ...withAncestors(interest)].map((name) => names.indexOf(name) + 1))
  return { counting, names, countsFor }
}

function withAncestors(interest: string): string[] {
  const parts = interest.split('.')
  return parts.map((_, index) => parts.slice(0, index + 1).join('.'))
}

/** All pseudonyms in so many ranges of the same width; they are evenly spread, being MACs. */
function ranges(count: number): { readonly from: string; readonly to: string }[] {
  const start = (n: number) => Math.floor((n * 0x10000) / count)
  const hex = (n: number) => n.toString(16).padStart(4, '0')
  return Array.from({ length: count }, (_, n) => ({
    from: hex(start(n)).padEnd(32, '0'),
    to: hex(start(n + 1) - 1).padEnd(32, 'f'),
  }))
}

function randomKey(): string {
  return String(randomBytes(8).readBigUInt64LE())
}

async function drop(store: Store): Promise<void> {
  for (const each of [dropNumbers, dropNumbered, dropNext]) await store.command(each, {})
}
