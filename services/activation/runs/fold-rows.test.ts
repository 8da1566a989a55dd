/** Runs that began before there were batches go on from where they stood. */

import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { openPglite } from '../../../infra/embedded/pglite.ts'
import { migrateDatabases, migrationsFolder } from '../../../infra/migrate.ts'
import { defineStatement, type Sql } from '../../../infra/ports/sql.ts'
import { DAY_MS } from '../../../schemas/week.ts'
import { idOf, NOW, range } from '../../../test/fakes/activation.ts'
import { openRunBook } from './run-book.ts'
import { openRuns } from './runs.ts'

const before = `${mkdtempSync(join(tmpdir(), 'bauta-rows-'))}/`
let engine: Awaited<ReturnType<typeof openPglite>>
let sql: Sql
beforeAll(async () => {
  mkdirSync(`${before}sql/runs`, { recursive: true })
  for (const name of ['0001_runs.sql', '0002_rows_in_place.sql'])
    cpSync(`${migrationsFolder()}sql/runs/${name}`, `${before}sql/runs/${name}`)
  engine = await openPglite()
  sql = engine.sql()
})
afterAll(async () => {
  rmSync(before, { recursive: true })
  await engine.close()
})

const RUN = '00000000-0000-4000-8000-00000000000a'
const xs = range(1, 18)
  .map((n) => idOf(n))
  .sort()

/** Op and receipt of each person, batch by batch. */
const rows: readonly (readonly ['upsert' | 'remove', readonly (string | null)[]])[] = [
  ['upsert', ['accepted', 'later', 'withheld', 'accepted']],
  ['upsert', ['released', 'withheld', 'released']],
  ['upsert', ['unknown', 'unknown']],
  ['upsert', [null, null, null]],
  ['remove', ['accepted', 'rejected', 'accepted']],
  ['remove', [null]],
  // Partly put off, and said again without an answer.
  ['remove', ['unknown', 'accepted']],
]

const say = (text: string) =>
  sql.run(defineStatement({ name: 'say', sql: text, params: z.object({}), row: z.record(z.string(), z.unknown()) }), {})

test('rows are folded into batches: the same receipts, the same people owed and out', async () => {
  const all = { vault: sql, links: sql, runs: sql, control: sql }
  await migrateDatabases(all, before)
  await say(`INSERT INTO runs.runs (run, audience, destination, state, week, sequence, started_by, created_at)
    VALUES ('${RUN}', 'readers', 'letter', 'interrupted', 1, 0, 'mia', '${new Date(NOW).toISOString()}')`)
  const people = rows.flatMap(([op, receipts], n) => receipts.map((receipt) => ({ op, receipt, batch: n + 1 })))
  for (const [n, { op, receipt, batch }] of people.entries())
    await say(`INSERT INTO runs.rows (run, position, x, batch, fingerprint, op, receipt)
      VALUES ('${RUN}', ${n + 1}, '${xs[n]}', ${batch}, 'f', '${op}', ${receipt === null ? 'NULL' : `'${receipt}'`})`)
  const counts = await say(
    `SELECT op, COALESCE(receipt, 'planned') AS receipt, count(*) AS n FROM runs.rows GROUP BY 1, 2 ORDER BY 1, 2`,
  )

  await migrateDatabases(all)
  const runs = openRuns({ runs: sql, clock: () => NOW })
  expect(await runs.receipts(RUN)).toEqual(counts)
  const lease = await runs.lease(RUN)
  if (!lease) throw new Error('nobody else has it')
  const own = openRunBook({ runs: sql, clock: () => NOW }, lease)
  const owed = await own.owedBatches()
  expect(owed.map(({ number, op }) => `${op} ${number}`)).toEqual([
    'upsert 2',
    'upsert 3',
    'upsert 4',
    'remove 6',
    'remove 7',
  ])
  expect(await own.owed(2)).toEqual({ xs: [xs[4], xs[6]], said: true })
  expect(await own.owed(7)).toEqual({ xs: [xs[16]], said: true })
  expect(await own.owed(4)).toEqual({ xs: xs.slice(9, 12), said: false })
  const out = people.flatMap(({ op, receipt }, n) =>
    op === 'upsert' && ['released', 'unknown', 'later', 'accepted'].includes(receipt ?? '') ? [xs[n]] : [],
  )
  expect(await own.out()).toEqual(out)
  expect(await own.removed()).toEqual(xs.slice(12))

  const [last = idOf(0)] = xs.slice(16)
  await own.settle({ number: 7, op: 'remove', xs: [last], fingerprints: [], delivery: ['accepted'] })
  for (const state of ['running', 'done'] as const) await runs.become(RUN, state, { actor: 'system' })
  await openRuns({ runs: sql, clock: () => NOW + 31 * DAY_MS }).expire()
  // Neither of those of the last batch.
  expect(await runs.receipts(RUN)).toEqual([
    { op: 'remove', receipt: 'planned', n: 1 },
    { op: 'remove', receipt: 'rejected', n: 1 },
  ])
})
