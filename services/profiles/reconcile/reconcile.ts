/** Compares the log with what the store made of it, as far as the log goes back, and says every difference. */

import type { DeadLetters } from '../../../infra/control/dead-letters.ts'
import type { Consumer, Log } from '../../../infra/ports/log.ts'
import type { Store } from '../../../infra/ports/store.ts'
import type { Topic } from '../../../schemas/topics.ts'
import { DAY_MS, dayOf, weekStart } from '../../../schemas/week.ts'
import { WINDOW_DAYS } from '../load/id-window.ts'
import type { StoredTopic } from '../load/rows.ts'
import type { Tombstones } from '../load/tombstones.ts'
import { actSums, consentsTwice, eventSums, seenTwice, signalSums, trafficSums } from '../queries/reconcile.ts'
import { addTo, keyOf, type PartitionFindings, reconcilePartition } from './partition.ts'
import { type Difference, differenceOf, type ReconcileReport } from './report.ts'

export interface ReconcileDeps {
  readonly store: Store
  readonly stream: Pick<Log, 'partitions' | 'scan'>
  readonly consumer: Pick<Consumer, 'positions' | 'lag'>
  readonly tombstones: Pick<Tombstones, 'has' | 'readOn'>
  readonly deadLetters: Pick<DeadLetters, 'positions'>
  readonly now: () => number
}

const TOPICS = ['events', 'signals', 'counts', 'device_consents'] as const satisfies readonly StoredTopic[]
/** Longer than any record is on its way, and shorter than any table keeps its rows. */
const STORE_DAYS = 28
const AT_MOST = 1_000

interface TopicFindings {
  readonly sums: Map<string, number>
  /** From this day on, all that the store was ever given is still in the log. */
  readonly whole: string
}

/**
 * Between the first record the log keeps and where the group stands. What the store has beyond what it should is told only where nothing was
 * on its way meanwhile, so that rows of a batch at hand are no difference.
 */
export async function reconcile(deps: ReconcileDeps): Promise<ReconcileReport> {
  const { store, consumer, tombstones, now } = deps
  await tombstones.readOn()
  const differences: Difference[] = []
  const checked: ReconcileReport['checked'][number][] = []
  const topics = new Map<Topic, TopicFindings>()
  const standings = JSON.stringify(await standingsOf(consumer))

  for (const topic of TOPICS) {
    const all = { sums: new Map<string, number>(), whole: '' }
    topics.set(topic, all)
    for (const [number, until] of Object.entries(await consumer.positions(topic))) {
      const partition = Number(number)
      const found = await reconcilePartition(deps, { topic, partition, until })
      for (const [day, n] of found.missing)
        differences.push(differenceOf({ what: 'missing', topic, partition, day, expected: n, found: 0 }))
      for (const { day, n } of await store.ask(seenTwice, { topic, partition }))
        differences.push(differenceOf({ what: 'taken_twice', topic, partition, day, expected: n, found: 2 * n }))
      for (const [key, n] of found.sums) addTo(all.sums, key, n)
      const whole = wholeFrom(found, now())
      if (whole > all.whole) all.whole = whole
      const { records, duplicates, deadLetters, ended } = found
      checked.push({ topic, partition, records, duplicates, deadLetters, ended })
    }
  }

  const since = dayOf(now() - STORE_DAYS * DAY_MS)
  const ask = async (query: typeof eventSums | typeof trafficSums | typeof actSums) =>
    new Map((await store.ask(query, { from: since })).map(({ site, day, type, n }) => [keyOf(site, day, type), n]))
  const [events, traffic, acts] = [await ask(eventSums), await ask(trafficSums), await ask(actSums)]
  const signals = await signalsOf(store, since)
  for (const { day, n } of await store.ask(consentsTwice, { from: since }))
    differences.push(differenceOf({ what: 'proofs_twice', topic: 'device_consents', day, expected: n, found: 2 * n }))
  await tombstones.readOn()
  const quiet = (await consumer.lag()) === 0 && standings === JSON.stringify(await standingsOf(consumer))

  for (const key of keysOf(events, traffic)) {
    const [expected, found] = [events.get(key) ?? 0, traffic.get(key) ?? 0]
    if (expected !== found && (quiet || found < expected))
      differences.push(differenceOf({ what: 'events_and_traffic', topic: 'events', ...named(key), expected, found }))
  }
  const againstLog = (topic: Topic, stored: ReadonlyMap<string, number>, what: Difference['what']) => {
    const { sums, whole } = topics.get(topic) ?? { sums: new Map<string, number>(), whole: '' }
    for (const key of keysOf(sums, stored)) {
      const [expected, found] = [sums.get(key) ?? 0, stored.get(key) ?? 0]
      const tooMany = quiet && dayIn(key) >= whole && found > expected
      if (found < expected || tooMany) differences.push(differenceOf({ what, topic, ...named(key), expected, found }))
    }
  }
  againstLog('events', events, 'log_and_events')
  againstLog('events', traffic, 'log_and_traffic')
  againstLog('counts', acts, 'log_and_acts')
  againstLog('signals', signals, 'log_and_signals')
  return { quiet, checked, differences: differences.slice(0, AT_MOST), more: Math.max(0, differences.length - AT_MOST) }
}

async function standingsOf(consumer: ReconcileDeps['consumer']) {
  return Promise.all([...TOPICS, 'stops' as const].map((topic) => consumer.positions(topic)))
}

/** What the log let go of was stored on `before` at the latest, and is of that day or an older one. Of older days the store keeps no ids. */
function wholeFrom({ before, start }: PartitionFindings, now: number): string {
  if (start === 0) return ''
  // The log may have begun with what it keeps now, but nothing says so.
  const known = now - (WINDOW_DAYS - 1) * DAY_MS
  return dayOf(before === '' ? known : Math.max(known, Date.parse(before) + DAY_MS))
}

async function signalsOf(store: Store, since: string): Promise<Map<string, number>> {
  const from = Math.floor((Date.parse(since) / DAY_MS + 3) / 7)
  return new Map((await store.ask(signalSums, { from })).map(({ site, week, n }) => [keyOf(site, week), n]))
}

function keysOf(...sums: readonly ReadonlyMap<string, number>[]): Set<string> {
  return new Set(sums.flatMap((each) => [...each.keys()]))
}

/** `site day type` or `site week`, see reconcile-partition.ts. A week counts by its first day. */
function dayIn(key: string): string {
  const [, when = ''] = key.split(' ')
  return /^\d+$/.test(when) ? dayOf(weekStart(Number(when))) : when
}

function named(key: string): Pick<Difference, 'site' | 'day' | 'type'> {
  const [site = '', , type] = key.split(' ')
  return { site, day: dayIn(key), ...(type !== undefined && { type }) }
}
