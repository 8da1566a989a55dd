/** One round: visitors come, the fault strikes at its state, all is mended, and the oracle judges what is stored. */

import { setTimeout as pause } from 'node:timers/promises'
import { chanceOf } from './chance.ts'
import { type Ledger, newLedger } from './ledger.ts'
import type { Line } from './line.ts'
import { type Load, startLoad } from './load.ts'
import { type Found, judge } from './oracle.ts'
import type { Plan, State } from './plan.ts'
import type { Caught, FaultProxy } from './proxy.ts'
import { misjudgedScores } from './scores.ts'
import { blowOf } from './strike.ts'
import type { Mark } from './taps.ts'
import type { Member, World } from './world.ts'

const REQUESTS_BEFORE = 15
const REQUESTS_AFTER = 15
const ANSWERS_MS = 120_000
const CAUGHT_MS = 10_000
const OUTAGE_MS = 2_000
/** After the last answer, so long may it take until all is stored. */
const STORED_MS = 180_000
const REST_MS = 200

const marks: Readonly<Partial<Record<State, readonly Mark[]>>> = {
  'before insert': ['insert'],
  'after insert': ['inserted'],
  'before commit': ['commit'],
  'during rebalance': ['join', 'joined', 'sync', 'synced'],
  'spool draining': ['produce'],
}

export async function runRound(world: World, plan: Plan, seed: number, say: (text: string) => void): Promise<Line> {
  const began = Date.now()
  const tell = (what: string) => say(`  ${((Date.now() - began) / 1000).toFixed(1)} s ${what}`)
  const ledger = newLedger(plan.round)
  const chance = chanceOf(seed, plan.round, 2)
  const load = await startLoad({ web: world.collector.urls.web, ledger, chance, restMs: REST_MS })
  await load.acknowledged(REQUESTS_BEFORE, ANSWERS_MS)
  const { struckAt, mendedAt, hit } = await disturb(world, plan, load, tell)
  await load.acknowledged(REQUESTS_AFTER, ANSWERS_MS)
  await load.finish(ANSWERS_MS)
  tell('all is answered')
  const verdict = await settled(world, ledger)
  await world.observer.remember()
  // There were answers before and after; these were under way while it lasted.
  const disturbed = ledger.requests.some(({ sent, ended }) => sent <= mendedAt && ended >= struckAt)
  return {
    round: plan.round,
    seed,
    fault: `${plan.fault} ${plan.target}`,
    state: plan.state,
    hit: hit && disturbed,
    acknowledged: verdict.acknowledged,
    stored: verdict.stored,
    oracle: verdict.differences.length === 0 ? 'ok' : verdict.differences.join('; '),
    ms: Date.now() - began,
  }
}

interface Disturbance {
  readonly struckAt: number
  readonly mendedAt: number
  readonly hit: boolean
}

async function disturb(world: World, plan: Plan, load: Load, tell: (what: string) => void): Promise<Disturbance> {
  const { state, late, lastsMs } = plan
  const draining = state === 'spool draining'
  if (draining) await outage(world, load)
  const held = await catchAt(world, state)
  const struckAt = Date.now()
  tell(held ? `caught at ${held.caught.mark} of ${held.member.service.name}` : 'nothing is held')
  const blow = blowOf(world, plan, held?.member ?? world.loaders[plan.round % 2] ?? world.collector, held?.caught)
  await blow.strike()
  tell('struck')
  if (!late) held?.caught.release()
  await pause(lastsMs)
  await blow.mend()
  tell('mended')
  held?.caught.release()
  return { struckAt, mendedAt: Date.now(), hit: held !== undefined || state === 'under load' }
}

/** Kafka is gone for the collector, long enough that the spool has something to drain. */
async function outage({ collector }: World, load: Load): Promise<void> {
  collector.ways.kafka?.set('refuse')
  await pause(OUTAGE_MS)
  await load.acknowledged(REQUESTS_BEFORE, ANSWERS_MS)
}

interface Held {
  readonly caught: Caught
  readonly member: Member
}

/** Waits until something stands on the wire at the state, and holds it there. */
async function catchAt(world: World, state: State): Promise<Held | undefined> {
  const wanted = marks[state]
  if (!wanted) return undefined
  const draining = state === 'spool draining'
  const way = state === 'before insert' || state === 'after insert' ? 'clickhouse' : 'kafka'
  const members = draining ? [world.collector] : world.loaders
  const traps = members.flatMap((member) => {
    const proxy: FaultProxy | undefined = member.ways[way]
    return proxy ? [{ member, trap: proxy.trap(...wanted) }] : []
  })
  if (draining) world.collector.ways.kafka?.set('pass')
  if (state === 'during rebalance') world.guest.turn()
  const first = await Promise.race([
    ...traps.map(async ({ member, trap }): Promise<Held> => ({ member, caught: await trap.caught })),
    pause(CAUGHT_MS, undefined),
  ])
  for (const { trap, member } of traps) if (member !== first?.member) trap.disarm()
  // Two may have been caught at the same time: only one is held.
  for (const { trap, member } of traps)
    if (member !== first?.member) void trap.caught.then((caught) => caught.release())
  return first ?? undefined
}

/** Waits until all that was acknowledged is stored and nothing is on its way, and judges then; or when the time is over. */
async function settled(world: World, ledger: Ledger) {
  const { observer } = world
  const awaited = ledger.acts
    .filter(({ fate, visitor, type }) => fate === 'acknowledged' && (visitor.purposes !== 'profiled' || type === ''))
    .filter(({ visitor }) => visitor.purposes !== 'none')
    .map(({ path }) => path)
  const until = Date.now() + STORED_MS
  while (Date.now() < until && (await observer.holds(ledger, awaited)) < awaited.length) await pause(50)
  while (Date.now() < until && (await observer.unread().catch(() => 1)) > 0) await pause(50)
  let found: Found = await observer.look(ledger)
  let verdict = judge(ledger, found)
  // What was under way when the group was asked may be stored a moment later; what is lost or doubled stays so.
  while (verdict.differences.length > 0 && Date.now() < until) {
    await pause(200)
    found = await observer.look(ledger)
    verdict = judge(ledger, found)
  }
  const later = [...(await observer.changed(ledger)), ...(await misjudgedScores(world, ledger))]
  return { ...verdict, differences: [...verdict.differences, ...later] }
}
