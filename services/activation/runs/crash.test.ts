import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { openPglite } from '../../../infra/embedded/pglite.ts'
import { migrateDatabases } from '../../../infra/migrate.ts'
import type { Destination } from '../../../infra/ports/destination.ts'
import type { Log } from '../../../infra/ports/log.ts'
import { type Database, defineStatement, type Sql } from '../../../infra/ports/sql.ts'
import type { Store } from '../../../infra/ports/store.ts'
import {
  type FakeDestination,
  fakeDestination,
  fakeStore,
  idOf,
  memoryLog,
  range,
  type Seeds,
  seeds,
  visitor,
} from '../../../test/fakes/activation.ts'
import { approve, call, openWorld, start, type World } from '../../../test/fakes/activation-run.ts'

let engine: Awaited<ReturnType<typeof openPglite>>
let sql: Readonly<Record<Database, Sql>>
let seed: Seeds
const people = range(1, 24)
const leaving = people.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
const [inFirst = 0] = leaving
const inThird = leaving[17] ?? 0

beforeAll(async () => {
  // In memory: it is this process that dies here, not the engine, and hundreds of runs want no disk.
  engine = await openPglite()
  const [vault, links, runs, control] = [engine.sql(), engine.sql(), engine.sql(), engine.sql()]
  sql = { vault, links, runs, control }
  await migrateDatabases(sql)
  seed = seeds(sql)
  await seed.clear()
  await seed.members(people)
})
afterAll(() => engine.close())

const reset = (statement: string) =>
  sql.runs.run(defineStatement({ name: 'reset', sql: statement, params: z.object({}), row: z.unknown() }), {})

/**
 * A process that dies right before its n-th effect, and does nothing any more. Dying anywhere else is the same as dying before the next
 * effect; dying within a transaction is the same as dying before it.
 */
function process_(dieAt: number) {
  let effects = 0
  const dead = () => effects >= dieAt
  const step = async <T>(work: () => Promise<T>, isEffect: boolean): Promise<T> => {
    if (isEffect && !dead()) effects += 1
    if (dead()) throw new Error('killed')
    return work()
  }
  const writes = /^\s*(insert|update|delete)/i
  return {
    dead,
    sql: (each: Sql): Sql => ({
      ...each,
      run: (statement, params) => step(() => each.run(statement, params), writes.test(statement.sql)),
      transaction: (work) => step(() => each.transaction(work), true),
    }),
    log: (each: Log): Log => ({ ...each, readToEnd: (topic, from) => step(() => each.readToEnd(topic, from), false) }),
    store: (each: Store): Store => ({ ...each, ask: (query, params) => step(() => each.ask(query, params), false) }),
    destination: (each: FakeDestination): Destination => {
      const { finish } = each
      return {
        ...each,
        deliver: (shipment, number, batch) => step(() => each.deliver(shipment, number, batch), true),
        ...(finish ? { finish: (...given: Parameters<typeof finish>) => step(() => finish(...given), true) } : {}),
      }
    },
  }
}

interface Outcome {
  readonly died: boolean
  readonly letter: FakeDestination
  readonly log: ReturnType<typeof memoryLog>
}

const states = z.array(z.object({ run: z.string(), state: z.string() }))

/** One export that dies at effect `dieAt`, and processes after it that live. While batch 1 leaves, two people withdraw. */
async function exportDyingAt(dieAt: number, whole: boolean, mend = (each: Sql): Sql => each): Promise<Outcome> {
  for (const table of [
    'runs.exceptions',
    'runs.batches',
    'runs.acknowledged',
    'runs.watched',
    'runs.audit',
    'runs.runs',
  ])
    await reset(`DELETE FROM ${table}`)
  await reset("DELETE FROM ledger.entries WHERE kind = 'withdrawn'")
  const letter = fakeDestination('letter', { whole, batchSize: 8 })
  let withdrawn = false
  letter.answer = async ({ batch, number }) => {
    if (number === 1 && !withdrawn) {
      withdrawn = true
      for (const n of [inFirst, inThird]) await seed.said(n, { kind: 'withdrawn', purpose: 'P4' })
    }
    return batch.people.map(() => 'accepted')
  }
  const visitors = people.map((n) => visitor(n))
  const mortal = process_(dieAt)
  const log = memoryLog()
  const first = await openWorld(sql, {
    letter,
    deps: {
      ...{
        vault: mortal.sql(sql.vault),
        links: mortal.sql(sql.links),
        runs: mortal.sql(mend(sql.runs)),
        control: mortal.sql(sql.control),
      },
      ...{ store: mortal.store(fakeStore(visitors)), log: mortal.log(log) },
      destinations: new Map([['letter', mortal.destination(letter)]]),
    },
  })
  const { run, state } = await start(first).catch(() => ({ run: undefined, state: undefined }))
  if (state === 'held') await approve(first, run)
  await first.activation.settled()
  const died = mortal.dead()

  const second = await openWorld(sql, { letter, visitors, deps: { log, runs: mend(sql.runs) } })
  await seed.leasesRunOut()
  await settle(second)
  return { died, letter, log }
}

/** Does what a person or the next minutes do, until the run is over. */
async function settle(world: World): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) {
    await world.activation.tick()
    await world.activation.settled()
    const [run] = states.parse((await call(world, 'GET', '/runs')).body)
    if (!run) await start(world)
    else if (run.state === 'held') await approve(world, run.run)
    else if (run.state === 'failed') await call(world, 'POST', `/runs/${run.run}/retry`)
    else if (run.state === 'done') return world.activation.tick()
    await seed.leasesRunOut()
  }
  throw new Error('the run does not end')
}

/** Batches that were said more than once. */
function saidAgain({ letter }: Outcome): number[] {
  const numbers = letter.calls.map(({ run, number }) => `${run} ${number}`)
  return [...new Set(numbers)].map((each) => numbers.filter((other) => other === each).length - 1).filter((n) => n > 0)
}

function check(outcome: Outcome) {
  const { letter } = outcome
  const expected = leaving.filter((n) => n !== inFirst && n !== inThird).map((n) => idOf(n))
  expect([...letter.holds.keys()].sort()).toEqual(expected.sort())
  // The one batch whose answer the dead process did not write down, at most, and under its number.
  expect(saidAgain(outcome).length).toBeLessThanOrEqual(1)
  const numbers = new Map<string, Set<number>>()
  for (const { run, number, batch } of letter.calls)
    if (batch.op === 'upsert')
      for (const { id } of batch.people)
        numbers.set(`${run} ${id}`, (numbers.get(`${run} ${id}`) ?? new Set()).add(number))
  expect([...numbers.values()].every(({ size }) => size === 1)).toBe(true)
  const later = letter.calls.slice(1).filter(({ batch }) => batch.op === 'upsert')
  expect(later.some(({ batch }) => batch.people.some(({ id }) => id === idOf(inFirst) || id === idOf(inThird)))).toBe(
    false,
  )
}

for (const [what, whole] of [
  ['that shows its rows at once', false],
  ['that is a file', true],
] as const)
  test(`killed at any step, an export to a destination ${what} ends as if it had lived, and no row leaves twice`, async () => {
    for (let dieAt = 1; ; dieAt += 1) {
      const outcome = await exportDyingAt(dieAt, whole)
      check(outcome)
      if (outcome.died) continue
      expect(dieAt).toBeGreaterThan(20)
      break
    }
  }, 240_000)

test('control: with receipts forgotten, rows leave again', async () => {
  const forgetful = (each: Sql): Sql => ({
    ...each,
    transaction: (work) =>
      each.transaction((session) =>
        work({
          run: async (statement, params) =>
            statement.name === 'run_batch_state' ? [] : session.run(statement, params),
        }),
      ),
  })
  const outcomes: number[] = []
  for (const dieAt of [18, 20, 22, 24]) outcomes.push(saidAgain(await exportDyingAt(dieAt, false, forgetful)).length)
  expect(Math.max(...outcomes)).toBeGreaterThan(1)
})
