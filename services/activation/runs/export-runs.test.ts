import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { rememberNotices } from '../../../infra/config/remember-notices.ts'
import { auditOf } from '../../../infra/control/audit.ts'
import type { Sql } from '../../../infra/ports/sql.ts'
import type { Delivery } from '../../../schemas/audience.ts'
import { Fault } from '../../../schemas/fault.ts'
import { Interests } from '../../../schemas/interest.ts'
import { openTestSql, type TestSql } from '../../../test/engines/test-engines.ts'
import {
  accept,
  idOf,
  memoryLog,
  range,
  type Seeds,
  seeds,
  stopOf,
  testConfig,
  testInterests,
  testSettings,
  type Visitor,
  visitor,
} from '../../../test/fakes/activation.ts'
import { approve, call, exportNow, openWorld, show, start, type World } from '../../../test/fakes/activation-run.ts'
import { openRuns } from './runs.ts'

let sql: TestSql
let seed: Seeds
beforeAll(async () => {
  sql = await openTestSql()
  seed = seeds(sql)
})
afterAll(() => sql.close())
beforeEach(() => seed.clear())
afterEach(() => vi.useRealTimers())

const people = range(1, 40)
/** The first twenty are batch 1. */
const leaving = people.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
const [inFirst = 0, inSecond = 0] = [leaving[0], leaving[20]]

const open = (visitors: readonly Visitor[] = people.map((n) => visitor(n)), whole = false) =>
  openWorld(sql, { visitors, whole })
const withdraw = (n: number) => seed.said(n, { kind: 'withdrawn', purpose: 'P4' })
const members = (numbers = people) => seed.members(numbers)

test('the first run of an audience waits for approval, and the next one that does not differ much goes by itself', async () => {
  await members()
  const world = await open()
  const first = await start(world)
  expect(first).toMatchObject({ state: 'held', waterfall: { selected: 40, mayMerge: 40, linked: 40, inSegment: 40 } })
  expect(world.letter.calls).toEqual([])
  expect((await call(world, 'POST', '/runs', { audience: 'solar-readers' })).status).toBe(409)
  await approve(world, first.run)
  expect(await show(world, first.run)).toMatchObject({
    state: 'done',
    approvedBy: 'mia',
    waterfall: { inSegment: 40, accepted: 40 },
    receipts: [{ op: 'upsert', receipt: 'accepted', n: 40 }],
  })
  expect(world.letter.calls.flatMap(({ batch }) => batch.people.map(({ id }) => id))).toEqual(
    leaving.map((n) => idOf(n)),
  )
  expect(JSON.parse(world.letter.holds.get(idOf(1)) ?? '')).toEqual({
    id: idOf(1),
    interests: [
      { interest: 'energy', band: 'medium' },
      { interest: 'energy.solar', band: 'medium' },
    ],
    fields: { first_name: 'Ada1' },
  })

  // Nothing changed, so nothing leaves.
  const second = await exportNow(world)
  expect(second).toMatchObject({ state: 'done', waterfall: { accepted: 40 }, receipts: [] })
  expect(world.letter.calls).toHaveLength(2)
})

test('who has only acts of what became special later is in no audience by what it belongs to', async () => {
  await members()
  const visitors = people.map((n) => visitor(n, 8, n > 20 ? { interest: 'energy.debts' } : {}))
  const exported = async (special: boolean) => {
    const interests = { ...testInterests.interests, 'energy.debts': { name: { en: 'Debts' }, special } }
    const rules = Interests.parse({ ...testInterests, interests })
    const config = testConfig({ segments: { solar: { site: 'demo', tree: { interest: 'energy', band: 'medium' } } } })
    const world = await openWorld(sql, { visitors, deps: { config, interests: new Map([['demo', rules]]) } })
    return { ...(await exportNow(world)), holds: [...world.letter.holds.keys()].sort() }
  }
  const ids = (numbers: readonly number[]) => numbers.map((n) => idOf(n)).sort()
  expect(await exported(true)).toMatchObject({
    waterfall: { linked: 40, inSegment: 20, accepted: 20 },
    holds: ids(range(1, 20)),
  })
  // Control: while it is not special they are chosen by it.
  expect(await exported(false)).toMatchObject({ waterfall: { inSegment: 40 } })
})

test('each disclosure stands in the audit before it happens, by export id, and the chain holds', async () => {
  await members()
  const world = await open()
  const written: number[] = []
  const audit = auditOf('runs')
  world.letter.answer = async (each) => {
    written.push((await audit.entries(sql.runs, 0, 100)).filter(({ act }) => act === 'disclosed').length)
    return each.batch.people.map(() => 'accepted')
  }
  await exportNow(world)
  expect(written).toEqual([1, 2])
  const disclosed = (await audit.entries(sql.runs, 0, 100)).filter(({ act }) => act === 'disclosed')
  expect(disclosed[0]?.detail).toMatchObject({ op: 'upsert', batch: 1, x: leaving.slice(0, 20).map((n) => idOf(n)) })
  expect(await audit.verify(sql.runs)).toBeUndefined()
})

test('who withdraws while batch 1 leaves is recalled if in it, and not in batch 2', async () => {
  await members()
  const world = await open()
  world.letter.answer = async (each, calls) => {
    if (calls.length === 1) {
      await withdraw(inFirst)
      await withdraw(inSecond)
    }
    return each.batch.people.map(() => 'accepted')
  }
  expect(await exportNow(world)).toMatchObject({ state: 'done', waterfall: { accepted: 38 } })
  const { calls, holds } = world.letter
  expect(calls.map(({ batch }) => `${batch.op} ${batch.people.length}`)).toEqual(['upsert 20', 'remove 1', 'upsert 19'])
  expect(calls[1]?.batch.people).toEqual([{ id: idOf(inFirst) }])
  expect(calls[2]?.batch.people).not.toContainEqual(expect.objectContaining({ id: idOf(inSecond) }))
  expect(holds.size).toBe(38)
})

test('so is whose device stops, who is locked and who is suppressed; a withdrawal of mail tracking changes nothing', async () => {
  await members()
  const world = await open()
  const [, locked = 0, suppressed = 0, untracked = 0] = leaving
  world.letter.answer = async (each, calls) => {
    if (calls.length === 1) {
      world.log.entries.push(stopOf(inFirst), stopOf(inSecond))
      await seed.lock(locked)
      await seed.suppress(suppressed)
      await seed.said(untracked, { kind: 'withdrawn', purpose: 'P6' })
    }
    return each.batch.people.map(() => 'accepted')
  }
  await exportNow(world)
  const gone = [inFirst, inSecond, locked, suppressed].map((n) => idOf(n))
  expect(gone.filter((id) => world.letter.holds.has(id))).toEqual([])
  expect(world.letter.holds.size).toBe(36)
})

test('who withdraws between two batches is not in the second, and need not be recalled', async () => {
  await members()
  const world = await open()
  let withdrawn = false
  // The ledger was asked just before, so this look does not see it any more.
  world.log.meanwhile = async () => {
    if (world.letter.calls.length !== 1 || withdrawn) return
    withdrawn = true
    await withdraw(inSecond)
  }
  await exportNow(world)
  expect(world.letter.calls.map(({ batch }) => `${batch.op} ${batch.people.length}`)).toEqual([
    'upsert 20',
    'upsert 19',
  ])
  expect(world.letter.holds.has(idOf(inSecond))).toBe(false)
})

test('who agreed under a notice that does not name the destination does not leave', async () => {
  await members()
  await seed.member(41, 41, 'other')
  await seed.member(42, 42, 'later')
  const visitors = [...people, 41, 42].map((n) => visitor(n))
  expect(await exportNow(await open(visitors))).toMatchObject({
    waterfall: { mayMail: 42, mayMerge: 41, linked: 41, inSegment: 41 },
  })
})

test('activation does not start on a notice that covers more than people agreed to under its version', async () => {
  await rememberNotices(sql.control, testConfig())
  const { demo } = structuredClone(testSettings.sites)
  for (const { recipients } of demo.notices) recipients?.push('new-esp')
  const wider = testConfig({ sites: { demo } })
  await expect(openWorld(sql, { deps: { config: wider } })).rejects.toMatchObject({ code: 'config_invalid' })
  await open()
})

test('mail that was agreed to for another destination is none for this one, even if the merge is', async () => {
  await members()
  await seed.contact(41)
  await seed.said(41, { kind: 'granted', purpose: 'P5', notice: 'other-mail' })
  await seed.link(41, 41, await seed.said(41, { kind: 'granted', purpose: 'P4' }))
  const world = await open([...people, 41].map((n) => visitor(n)))
  expect(await exportNow(world)).toMatchObject({ waterfall: { notSuppressed: 41, mayMail: 40 } })
  expect(world.letter.holds.has(idOf(41))).toBe(false)
})

test('a consent that was imported lately is as old as it says, and does not leave once it has run out', async () => {
  await members()
  const importedLater = { voice: 'import', method: 'import', claimedAt: '2024-11-20T12:00:00Z' } as const
  for (const [n, late] of [
    [41, 'P5'],
    [42, 'P4'],
  ] as const) {
    await seed.contact(n)
    const grant = (purpose: 'P4' | 'P5') =>
      seed.said(n, { kind: 'granted', purpose, ...(purpose === late ? importedLater : {}) })
    await grant('P5')
    await seed.link(n, n, await grant('P4'))
  }
  const world = await open([...people, 41, 42].map((n) => visitor(n)))
  expect(await exportNow(world)).toMatchObject({ waterfall: { notSuppressed: 42, mayMail: 41, mayMerge: 40 } })
  expect([41, 42].filter((n) => world.letter.holds.has(idOf(n)))).toEqual([])
})

test('who withdraws while the plan is made does not leave', async () => {
  await members()
  const world = await open()
  const { run } = await start(world)
  await withdraw(inFirst)
  await approve(world, run)
  expect(await show(world, run)).toMatchObject({
    state: 'done',
    receipts: [
      { receipt: 'accepted', n: 39 },
      { receipt: 'withheld', n: 1 },
    ],
  })
})

test('who withdraws after a run is over is taken out at the next look, whatever device or person it comes from', async () => {
  await members()
  const world = await open()
  await exportNow(world)
  await world.activation.tick()
  expect(world.letter.holds.size).toBe(40)
  await withdraw(1)
  await seed.said(2, { kind: 'objected', purpose: 'all' })
  await seed.said(3, { kind: 'erased', purpose: 'all' })
  world.log.entries.push(stopOf(4))
  await world.activation.tick()
  expect([1, 2, 3, 4].filter((n) => world.letter.holds.has(idOf(n)))).toEqual([])
  expect(world.letter.holds.size).toBe(36)
  // Nobody twice, and the link to the stopped device is gone.
  const said = world.letter.calls.length
  await world.activation.tick()
  expect(world.letter.calls).toHaveLength(said)
  expect(await seed.all('links.links')).toHaveLength(39)
})

test('who withdraws while a run is out that then fails is taken out all the same', async () => {
  await members()
  const world = await open()
  world.letter.answer = async (each) => {
    if (each.number === 2) {
      await withdraw(inFirst)
      await world.activation.tick()
      throw new Error('a bug')
    }
    return each.batch.people.map(() => 'accepted')
  }
  expect(await exportNow(world)).toMatchObject({ state: 'failed' })
  expect(world.letter.holds.has(idOf(inFirst))).toBe(true)
  world.letter.answer = accept
  await seed.leasesRunOut()
  await world.activation.tick()
  expect(world.letter.holds.has(idOf(inFirst))).toBe(false)
})

/** Its rows are there, and then the run breaks: nobody writes down what the destination answered. */
async function breakingAfterBatchOne(runs: Sql) {
  await members()
  const world = await openWorld(sql, { visitors: people.map((n) => visitor(n)), deps: { runs } })
  const { deliver } = world.letter
  const broken: typeof deliver = async (...given) => {
    await deliver.apply(world.letter, given)
    await withdraw(inFirst)
    await world.activation.tick()
    throw new Error('a bug')
  }
  Object.assign(world.letter, { deliver: broken })
  expect(await exportNow(world)).toMatchObject({ state: 'failed' })
  expect(world.letter.holds.has(idOf(inFirst))).toBe(true)
  Object.assign(world.letter, { deliver })
  await seed.leasesRunOut()
  await world.activation.tick()
  return world.letter.holds.has(idOf(inFirst))
}

test('so is who was in the batch that broke it, before any answer was written down', async () => {
  expect(await breakingAfterBatchOne(sql.runs)).toBe(false)
})

test('control: they stay there if what was released is not held to have arrived', async () => {
  const forgetful: Sql = {
    ...sql.runs,
    transaction: (work) =>
      sql.runs.transaction((session) =>
        work({
          run: async (statement, params) =>
            statement.name === 'acknowledged_released' ? [] : session.run(statement, params),
        }),
      ),
  }
  expect(await breakingAfterBatchOne(forgetful)).toBe(true)
})

/** A withdrawal after the last news of a run, and a look at it that has begun when the run comes to its end. */
async function lookingAsItEnds(end: (log: ReturnType<typeof memoryLog>) => unknown) {
  await members()
  const log = memoryLog()
  let looking: Promise<void> | undefined
  let looked = () => {}
  const looks = new Promise<void>((resolve) => {
    looked = resolve
  })
  const runs: Sql = {
    ...sql.runs,
    async run(statement, params) {
      if (statement.name === 'run_receipt_counts' && !looking) {
        await end(log)
        looking = world.activation.tick()
        await looks
      }
      const rows = await sql.runs.run(statement, params)
      if (statement.name === 'runs_brought_by') {
        looked()
        await world.activation.settled()
      }
      return rows
    },
  }
  const world = await openWorld(sql, { visitors: people.map((n) => visitor(n)), deps: { runs, log } })
  const { run, state } = await start(world)
  if (state === 'held') await approve(world, run)
  await looking
  await world.activation.tick()
  return world.letter.holds.has(idOf(inFirst))
}

test('so is who withdraws while a run comes to its end, or whose device stops', async () => {
  expect(await lookingAsItEnds(() => withdraw(inFirst))).toBe(false)
  await seed.clear()
  expect(await lookingAsItEnds((log) => log.entries.push(stopOf(inFirst)))).toBe(false)
})

test('so is who was in a batch that broke off, and is no member any more when it is said again', async () => {
  await members()
  const world = await open()
  const { deliver } = world.letter
  const broken: typeof deliver = async (...given) => {
    await deliver.apply(world.letter, given)
    throw new Fault('destination_down', 'away')
  }
  Object.assign(world.letter, { deliver: broken })
  expect(await exportNow(world)).toMatchObject({ state: 'interrupted' })
  Object.assign(world.letter, { deliver })
  const visitors = people.map((n) => visitor(n, n === inFirst ? 0 : 8))
  const next = await openWorld(sql, { visitors, letter: world.letter })
  await seed.leasesRunOut()
  await next.activation.tick()
  await next.activation.settled()
  expect(world.letter.holds.size).toBe(40)
  await withdraw(inFirst)
  await next.activation.tick()
  expect(world.letter.holds.has(idOf(inFirst))).toBe(false)
})

test('what goes wrong in a process that has lost its run changes nothing of it', async () => {
  await members()
  const world = await open()
  world.letter.answer = async ({ run }) => {
    await seed.leasesRunOut()
    expect(await openRuns({ runs: sql.runs, clock: () => world.now }).lease(run)).toBeDefined()
    throw new Error('a bug')
  }
  expect(await exportNow(world)).toMatchObject({ state: 'running' })
})

/**
 * Batch 1 is on its way when its process stands still, and the lease runs out. The person of it who withdraws is taken out by `other`; then
 * the call ends as `late` says.
 */
async function standingStill(
  other: (world: World) => Promise<World>,
  late: (add: () => Promise<Delivery>, signal: AbortSignal) => Promise<Delivery>,
) {
  await members()
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const world = await open()
  const { deliver } = world.letter
  let goOn = () => {}
  const still = new Promise<void>((resolve) => {
    goOn = resolve
  })
  const sent = new Promise<void>((resolve) => {
    const slow: typeof deliver = async (shipment, number, batch) => {
      Object.assign(world.letter, { deliver })
      resolve()
      await still
      return late(async () => deliver.call(world.letter, shipment, number, batch), shipment.signal)
    }
    Object.assign(world.letter, { deliver: slow })
  })
  const { run } = await start(world)
  const approved = approve(world, run)
  await sent
  await seed.leasesRunOut()
  await withdraw(inFirst)
  const next = await other(world)
  await next.activation.tick()
  if (next !== world) await next.activation.settled()
  await vi.advanceTimersByTimeAsync(10_000)
  goOn()
  await approved
  await next.activation.tick()
  await next.activation.settled()
  return { world, next, run, there: world.letter.holds.has(idOf(inFirst)) }
}
const another = ({ letter }: World) => openWorld(sql, { visitors: people.map((n) => visitor(n)), letter })

test('a process that has lost its run is told so while its batch is on its way, and stops', async () => {
  const { there, next, run, world } = await standingStill(another, async (_, signal) => {
    if (!signal.aborted) await once(signal, 'abort')
    return 'unknown'
  })
  expect(there).toBe(false)
  expect(await show(next, run)).toMatchObject({ state: 'done', waterfall: { accepted: 39 } })
  expect(world.letter.holds.size).toBe(39)
})

test('who is brought back by a call of it that was on its way already is taken out again', async () => {
  const { there, next, run, world } = await standingStill(another, (add) => add())
  expect(there).toBe(false)
  expect(await show(next, run)).toMatchObject({ state: 'done', waterfall: { accepted: 39 } })
  const removals = world.letter.calls.filter(({ batch }) => batch.op === 'remove')
  expect(removals.map(({ batch }) => batch.people)).toEqual([[{ id: idOf(inFirst) }], [{ id: idOf(inFirst) }]])
})

test('a process does not take over its own run, at which it still is', async () => {
  const { there, world, run } = await standingStill(
    async (same) => same,
    (add) => add(),
  )
  expect(there).toBe(false)
  expect(await show(world, run)).toMatchObject({ state: 'done' })
  expect(world.letter.calls.map(({ number }) => number)).toEqual([1, 3, 2])
})

test('a run whose lease cannot be renewed stops in time, and goes on by itself when the database is back', async () => {
  await members()
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  let away = false
  const runs: Sql = {
    ...sql.runs,
    run: async (statement, params) => {
      if (away) throw new Fault('sql_down', 'away')
      return sql.runs.run(statement, params)
    },
  }
  const world = await openWorld(sql, { visitors: people.map((n) => visitor(n)), deps: { runs } })
  const { deliver } = world.letter
  let told = false
  const slow: typeof deliver = async ({ signal }) => {
    Object.assign(world.letter, { deliver })
    away = true
    await vi.advanceTimersByTimeAsync(20_000)
    away = false
    told = signal.aborted
    return 'unknown'
  }
  Object.assign(world.letter, { deliver: slow })
  const { run, state, reason } = await exportNow(world)
  expect({ told, state, reason }).toEqual({
    told: true,
    state: 'interrupted',
    reason: expect.stringContaining('sql_down: the run'),
  })
  await seed.leasesRunOut()
  await world.activation.tick()
  await world.activation.settled()
  expect(await show(world, run)).toMatchObject({ state: 'done', waterfall: { accepted: 40 } })
})

test('a removal that is put off is said again, alone, in a batch of its own', async () => {
  await members()
  const world = await open()
  await exportNow(world)
  await withdraw(1)
  await withdraw(2)
  world.letter.answer = ({ batch }) => batch.people.map(({ id }) => (id === idOf(1) ? 'later' : 'accepted'))
  await world.activation.tick()
  world.letter.answer = accept
  await seed.leasesRunOut()
  await world.activation.tick()
  expect(world.letter.holds.has(idOf(1))).toBe(false)
  const removals = world.letter.calls.filter(({ batch }) => batch.op === 'remove')
  expect(removals.map(({ number, batch }) => [number, batch.people.length])).toEqual([
    [3, 2],
    [4, 1],
  ])
})

test('a recall that fails is said again until it is answered', async () => {
  await members()
  const world = await open()
  await exportNow(world)
  await withdraw(1)
  world.letter.answer = () => 'unknown'
  await world.activation.tick()
  expect(world.letter.holds.has(idOf(1))).toBe(true)
  world.letter.answer = accept
  await seed.leasesRunOut()
  await world.activation.tick()
  expect(world.letter.holds.has(idOf(1))).toBe(false)
  const removals = world.letter.calls.filter(({ batch }) => batch.op === 'remove')
  expect(removals.map(({ number }) => number)).toEqual([3, 3])
})

test('a run as a whole can be taken back', async () => {
  await members()
  const world = await open()
  const { run } = await exportNow(world)
  expect((await call(world, 'POST', `/runs/${run}/recall`)).body).toMatchObject({ state: 'recalled' })
  expect(world.letter.holds.size).toBe(0)
})

test('nothing leaves while the stops cannot be read to their end, and the run goes on when they can', async () => {
  await members()
  const world = await open()
  const { run } = await start(world)
  const check = world.letter.check
  world.letter.check = async () => {
    world.log.down = true
  }
  await approve(world, run)
  expect(world.letter.calls).toEqual([])
  expect(await show(world, run)).toMatchObject({
    state: 'interrupted',
    reason: expect.stringContaining('consent_unreadable'),
  })
  world.letter.check = check
  world.log.down = false
  await seed.leasesRunOut()
  await world.activation.tick()
  await world.activation.settled()
  expect(await show(world, run)).toMatchObject({ state: 'done' })
  expect(world.letter.holds.size).toBe(40)
})

test('an audience under its minimum is held, and cannot be approved until it has grown', async () => {
  await members(range(1, 19))
  const world = await open()
  const { run, state, reason } = await start(world)
  expect({ state, reason }).toMatchObject({ state: 'held', reason: expect.stringContaining('fewer than 20 people') })
  expect(reason).not.toContain('19')
  const refused = await approve(world, run)
  expect(refused).toMatchObject({ status: 422, body: { error: { code: 'audience_too_small' } } })
  const dry = await call(world, 'POST', '/audiences/solar-readers/dry-run')
  expect(dry.body).toMatchObject({ sample: [] })
  await members([20])
  await approve(world, run)
  expect(await show(world, run)).toMatchObject({ state: 'held', reason: expect.stringContaining('first run') })
  await approve(world, run)
  expect(world.letter.holds.size).toBe(20)
})

test('a run whose size moves by more than the policy allows is held', async () => {
  await members(range(1, 20))
  const world = await open()
  await exportNow(world)
  await members(range(21, 31))
  const { state, reason } = await start(world)
  expect({ state, reason }).toEqual({
    state: 'held',
    reason: '31 people are in it, and 20 were in the last run: more than 50 % of a change',
  })
})

test('who is no member any more is taken out before the others leave', async () => {
  await members()
  const world = await open()
  await exportNow(world)
  await seed.said(inSecond, { kind: 'withdrawn', purpose: 'P5' })
  await seed.member(41)
  await world.activation.close()
  const next = await open([...people, 41].map((n) => visitor(n)))
  await exportNow(next)
  expect(next.letter.calls.map(({ batch }) => [batch.op, batch.people.map(({ id }) => id)])).toEqual([
    ['remove', [idOf(inSecond)]],
    ['upsert', [idOf(41)]],
  ])
})

test('a batch without an answer is said again with its number, by retry', async () => {
  await members()
  const world = await open()
  world.letter.answer = (each) => (each.number === 1 ? 'unknown' : each.batch.people.map(() => 'accepted'))
  const { run, state } = await exportNow(world)
  expect(state).toBe('partly_done')
  world.letter.answer = accept
  expect((await call(world, 'POST', `/runs/${run}/retry`)).status).toBe(202)
  await world.activation.settled()
  expect(await show(world, run)).toMatchObject({ state: 'done', waterfall: { accepted: 40 } })
  expect(world.letter.calls.map(({ number }) => number)).toEqual([1, 2, 1])
})

test('a file that broke off is not ended when nobody remembers who is in it', async () => {
  await members()
  const world = await open(undefined, true)
  world.letter.answer = ({ number, batch }) => {
    if (number === 2) throw new Error('a bug')
    return batch.people.map(() => 'accepted')
  }
  const { run } = await exportNow(world)
  world.letter.answer = accept
  world.now += 31 * 86_400_000
  await world.activation.tick()
  await withdraw(inFirst)
  const { status } = await call(world, 'POST', `/runs/${run}/retry`)
  await world.activation.settled()
  expect(world.letter.holds.has(idOf(inFirst))).toBe(false)
  expect(status).toBe(409)
})

test('a row that is refused or put off does not spoil its batch, and the one put off leaves by retry', async () => {
  await members()
  const world = await open()
  world.letter.answer = ({ batch }) =>
    batch.people.map((_, n) => (n === 0 ? 'suppressed' : n === 1 ? 'later' : 'accepted'))
  const { run, state, reason } = await exportNow(world)
  expect({ state, reason }).toEqual({ state: 'partly_done', reason: '2 rows to be said again' })
  world.letter.answer = accept
  await call(world, 'POST', `/runs/${run}/retry`)
  await world.activation.settled()
  expect(await show(world, run)).toMatchObject({ state: 'done', waterfall: { accepted: 38 } })
  expect(world.letter.calls.at(-1)?.number).toBe(3)
})

test('a file gets all each time, at the end and after a last look; who withdraws later is taken out of every file', async () => {
  await members()
  const world = await open(undefined, true)
  world.letter.answer = async ({ batch, number }) => {
    if (number === 2) await withdraw(inFirst)
    return batch.people.map(() => 'accepted')
  }
  const { run } = await exportNow(world)
  expect(world.letter.holds.size).toBe(39)
  expect(world.letter.manifests).toEqual([
    {
      audience: 'solar-readers',
      run,
      counts: { mayMerge: 40, linked: 40, inSegment: 40 },
      notices: ['all'],
      fields: ['first_name'],
    },
  ])
  const second = await exportNow(world)
  expect(second).toMatchObject({ state: 'done', waterfall: { accepted: 39 } })
  await withdraw(inSecond)
  await world.activation.tick()
  const removals = world.letter.calls.filter(
    ({ batch }) => batch.people.some(({ id }) => id === idOf(inSecond)) && batch.op === 'remove',
  )
  expect(removals.map((each) => each.run).sort()).toEqual([run, second.run].map(String).sort())
})

test('who withdraws between the last batch and the end of a file is not in it', async () => {
  await members()
  const world = await open(undefined, true)
  const finish = world.letter.finish
  Object.assign(world.letter, {
    finish: async (...given: Parameters<NonNullable<typeof finish>>) => {
      await withdraw(inFirst)
      await finish?.(...given)
    },
  })
  const { receipts } = await exportNow(world)
  expect(world.letter.holds.has(idOf(inFirst))).toBe(false)
  expect(receipts).toEqual([
    { op: 'upsert', receipt: 'accepted', n: 39 },
    { op: 'upsert', receipt: 'withheld', n: 1 },
  ])
})

async function bytes(visitors: readonly Visitor[], objector: 'objects' | 'agrees') {
  await seed.clear()
  await members()
  await seed.member(41)
  if (objector === 'objects') await seed.said(41, { kind: 'objected', purpose: 'P4' })
  const world = await open(visitors, true)
  await exportNow(world)
  await world.activation.close()
  const { calls, manifests, holds } = world.letter
  return JSON.stringify([
    calls.map(({ number, batch }) => [number, batch]),
    manifests.map(({ run: _, ...rest }) => rest),
    [...holds],
  ])
}
const browsing = people.map((n) => visitor(n))

test("neither an objector's browsing nor an unlinked visitor's changes a byte that leaves", async () => {
  const quiet_ = await bytes(browsing, 'objects')
  expect(await bytes([...browsing, visitor(41, 99), visitor(77, 50)], 'objects')).toBe(quiet_)
})

test('control: a member’s browsing does, and so does the objector’s if nobody objects', async () => {
  const quiet_ = await bytes(browsing, 'objects')
  expect(await bytes([visitor(1, 80), ...browsing.slice(1)], 'objects')).not.toBe(quiet_)
  expect(await bytes([...browsing, visitor(41, 99)], 'agrees')).not.toBe(quiet_)
})

test('a device under two contacts is nobody’s, its links are marked, and end together', async () => {
  await members()
  await seed.contact(50)
  await seed.link(50, 1, 1)
  const world = await open()
  expect(await exportNow(world)).toMatchObject({ waterfall: { linked: 39 } })
  const links = await seed.all('links.links')
  expect(links.filter(({ shared }) => shared)).toHaveLength(2)
})

test('a profile that is over, or under a notice no longer shown, gives no consent', async () => {
  await members()
  const visitors = [
    visitor(1, 8, { notice: 'old-banner' }),
    visitor(2, 8, { until: 1 }),
    ...people.slice(2).map((n) => visitor(n)),
  ]
  expect(await exportNow(await open(visitors))).toMatchObject({ waterfall: { mayMerge: 40, linked: 38 } })
})

test('no store, log or database is asked with the other side’s names', async () => {
  await members()
  const world = await open()
  await exportNow(world)
  const everything = await Promise.all(
    ['runs.runs', 'runs.batches', 'runs.exceptions', 'runs.acknowledged', 'runs.audit', 'control.audit'].map(seed.all),
  )
  const text = JSON.stringify(everything)
  expect(text).toContain(idOf(1))
  for (const n of [1, 2, 3]) {
    expect(text).not.toContain(String(n).padStart(32, '0'))
    expect(text).not.toContain(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`)
    expect(text).not.toContain(`p${n}@example.org`)
  }
})
