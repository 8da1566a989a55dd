/** Invariant 8: every disclosure, change of consent, erasure and admin act stands in a chain that shows when it was tampered with. */

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import * as z from 'zod'
import { defineStatement, type SqlSession } from '../../infra/ports/sql.ts'
import { dump, find } from './dump.ts'
import { inviteMembers, type Member, prefer, signUp } from './members.ts'
import { openScene, type Scene } from './scenario.ts'

let scene: Scene
let members: Member[]
let run: string

beforeAll(async () => {
  scene = await openScene()
  members = await inviteMembers(scene, 24)
  for (const member of members) await signUp(scene, member)
  const exported = await scene.exportAudience('solar-file')
  expect(exported.state).toBe('done')
  run = exported.run
  await prefer(scene, at(0), 'withdraw_P4')
  await prefer(scene, at(1), 'object_all')
  await scene.admin('GET', `/subjects/${at(2).email}`)
  await scene.admin('DELETE', `/subjects/${at(3).email}`)
  await scene.admin('POST', '/tokens', { name: 'night', role: 'integration' })
  await scene.admin('POST', '/keys/proof/rotate')
})
afterAll(() => scene.close())

function at(n: number): Member {
  const member = members[n]
  if (!member) throw new Error('no such member')
  return member
}

const ask = async (sql: string) =>
  scene.engines.sql.vault.run(
    defineStatement({ name: 'look', sql, params: z.object({}), row: z.record(z.string(), z.unknown()) }),
    {},
  )
const broken = async () => {
  const answers = [await scene.admin('POST', '/audit/verify'), await scene.admin('POST', '/ledger/verify')]
  return answers.flatMap(({ value }) => (value as { broken: { chain: string; reason: string }[] }).broken)
}

test('every act has its entry', async () => {
  const acts = (await ask('SELECT act FROM control.audit')).map(({ act }) => act)
  for (const act of [
    'contacts.import',
    'links.taken',
    'subjects.access',
    'subjects.erase',
    'tokens.issue',
    'keys.rotate',
  ])
    expect(acts).toContain(act)
  const runs = (await ask(`SELECT act FROM runs.audit WHERE detail->>'run' = '${run}'`)).map(({ act }) => act)
  expect(runs).toEqual(expect.arrayContaining(['disclosed', 'runs.held', 'runs.running', 'runs.done']))
  const said = (await ask('SELECT kind, purpose, count(*)::int AS n FROM ledger.entries GROUP BY 1, 2')).map(
    ({ kind, purpose, n }) => `${kind} ${purpose} ${n}`,
  )
  expect(said.sort()).toEqual(['erased all 1', 'granted P4 24', 'granted P5 24', 'objected all 1', 'withdrawn P4 1'])
})

test('who was disclosed to whom stands in it by X, and nowhere by name', async () => {
  const disclosed = JSON.stringify(await ask('SELECT act, detail FROM runs.audit'))
  const left = [...(await exportedFile()).matchAll(/^x[0-9a-f]{32}/gm)].map(([x]) => x)
  expect(left.length).toBeGreaterThan(20)
  for (const x of left) expect(disclosed).toContain(x)
  const places = await dump(scene, /^sql\/(control|runs)\./)
  expect(
    find(
      places,
      members.map(({ email }) => email),
    ),
  ).toEqual([])
})

async function exportedFile(): Promise<string> {
  const [place] = await dump(scene, new RegExp(`^file/exports/solar-file/${run}.csv$`))
  return place?.content.toString() ?? ''
}

test('the chains hold, also after an erasure, which left neither address nor proof', async () => {
  expect(await broken()).toEqual([])
  const emptied = await ask('SELECT count(*)::int AS n FROM ledger.entries WHERE salt IS NULL AND proof IS NULL')
  expect(emptied[0]?.n).toBeGreaterThan(0)
  const found = find(await dump(scene, /^sql\//), [at(3).email])
  expect(found).toEqual([])
})

const tampering: readonly (readonly [string, string, string])[] = [
  ['a disclosure is rewritten', 'runs', `UPDATE runs.audit SET detail = detail || '{"to":"else"}' WHERE sequence = 2`],
  ['an admin act is ascribed to another', 'control', `UPDATE control.audit SET actor = 'nobody' WHERE sequence = 2`],
  ['a consent is turned round', 'ledger', `UPDATE ledger.entries SET kind = 'granted' WHERE kind = 'withdrawn'`],
  ['an entry is taken out', 'ledger', 'DELETE FROM ledger.entries WHERE sequence = 3'],
  [
    'the last word is cut off',
    'ledger',
    'DELETE FROM ledger.entries WHERE sequence = (SELECT sequence FROM ledger.head)',
  ],
  [
    'two entries change places',
    'control',
    `UPDATE control.audit SET sequence = CASE sequence WHEN 1 THEN 2 ELSE 1 END + 1000000 WHERE sequence IN (1, 2);
     UPDATE control.audit SET sequence = sequence - 1000000 WHERE sequence > 1000000`,
  ],
  [
    'what somebody said is emptied, and they were not erased',
    'ledger',
    `UPDATE ledger.entries SET proof = NULL, salt = NULL WHERE sequence = 1`,
  ],
]

beforeEach(async () => {
  expect(await broken()).toEqual([])
})

test.each(tampering)('it shows when %s', async (_, chain, sql) => {
  const copies = ['control.audit', 'runs.audit', 'ledger.entries']
  await everyStatement(copies.map((table) => `CREATE TABLE kept_${table.replace('.', '_')} AS SELECT * FROM ${table}`))
  await everyStatement(sql.split(';'))
  const found = await broken()
  await everyStatement(
    copies.flatMap((table) => {
      const copy = `kept_${table.replace('.', '_')}`
      return [`DELETE FROM ${table}`, `INSERT INTO ${table} SELECT * FROM ${copy}`, `DROP TABLE ${copy}`]
    }),
  )
  expect(found.map((each) => each.chain)).toEqual([chain])
})

async function everyStatement(statements: readonly string[]): Promise<void> {
  await scene.engines.sql.vault.transaction(async (session: SqlSession) => {
    for (const sql of statements)
      await session.run(defineStatement({ name: 'tamper', sql, params: z.object({}), row: z.unknown() }), {})
  })
}
