/** An export is killed with -9 before each of its effects, over real databases and into real destinations: who is there in the end is the plan, and nobody who withdrew. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPostgres } from '../../infra/distributed/postgres.ts'
import { migrateDatabases } from '../../infra/migrate.ts'
import { createPostgresDatabase, type TestDatabase } from '../engines/distributed.ts'
import { copyDatabases } from '../engines/embedded.ts'
import { absent, foundEngines } from '../engines/found-engines.ts'
import { idOf, range } from '../fakes/activation.ts'
import type { FakeListmonk } from '../fakes/listmonk.ts'

const people = range(1, 24)
const leaving = people.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
/** One of the first batch, and one of the third. */
const withdrawing = [leaving[0] ?? 0, leaving[17] ?? 0]
const planned = people
  .filter((n) => !withdrawing.includes(n))
  .map((n) => idOf(n))
  .sort()

let directory: string
let victim: string
const children = new Set<ChildProcess>()
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bauta-export-kill-'))
  // Inside the repository, so that it finds the packages.
  victim = join(import.meta.dirname, '../../dist/faults/export-victim.js')
  const entryPoints = [join(import.meta.dirname, 'export-victim.ts'), join(import.meta.dirname, '../fakes/listmonk.ts')]
  const worker = join(import.meta.dirname, '../../infra/embedded/pglite-worker.ts')
  await build({
    entryPoints: { 'export-victim': entryPoints[0] ?? '', listmonk: entryPoints[1] ?? '', 'pglite-worker': worker },
    outdir: join(import.meta.dirname, '../../dist/faults'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  })
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await rm(directory, { recursive: true })
})

type Engine = { readonly postgres: string } | { readonly pglite: string }
type Destination = { readonly folder: string } | { readonly listmonk: string }

interface Life {
  readonly dieAt: number
  readonly fresh: boolean
  readonly careless?: boolean
}

/** What it was about to do when it died, or `done` and the number of its effects. */
async function live(engine: Engine, destination: Destination, { careless = false, ...life }: Life): Promise<string> {
  const given = JSON.stringify({ engine, destination, people, withdrawing, careless, ...life })
  const child = spawn(process.execPath, [victim, given], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.add(child)
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const [code, signal] = await once(child, 'close')
  children.delete(child)
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`the victim ended by itself with ${code}`)
  return said.trim()
}

async function inFolder(root: string): Promise<string[]> {
  const folder = join(root, 'solar-readers')
  const names = (await readdir(folder)).filter((name) => /^[^.]+\.csv$/.test(name))
  expect(names).toHaveLength(1)
  const rows = parse(await readFile(join(folder, names[0] ?? ''), 'utf8'), { columns: true }) as { id: string }[]
  return rows.map(({ id }) => id).sort()
}

async function onList(url: string): Promise<string[]> {
  const { subscribers } = (await (await fetch(`${url}/fake`)).json()) as FakeListmonk
  return subscribers
    .filter(({ lists }) => lists.some(({ id }) => id === 1))
    .map(({ attribs }) => String((attribs.bauta_solar_readers as { id?: string } | null)?.id))
    .sort()
}

async function startListmonk(): Promise<string> {
  const child = spawn(process.execPath, [join(victim, '../listmonk.js')], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.add(child)
  const [port] = await once(child.stdout.setEncoding('utf8'), 'data')
  return `http://127.0.0.1:${String(port).trim()}`
}

/** A place to receive, empty every time, and who is there in the end. */
type Receiving = () => Promise<{ readonly at: Destination; readonly there: () => Promise<string[]> }>

async function folder() {
  const root = await mkdtemp(join(directory, 'exports-'))
  return { at: { folder: root }, there: () => inFolder(root) }
}

let listmonkUrl: string | undefined
async function listmonk() {
  listmonkUrl ??= await startListmonk()
  const url = listmonkUrl
  await fetch(`${url}/fake`, { method: 'POST', body: JSON.stringify({ subscribers: [] }) })
  return { at: { listmonk: url }, there: () => onList(url) }
}

/** One lives and says what it did; then others die before the first of each of its effects, and each is followed by one that lives. */
async function killAtEach(engineOf: () => Promise<Engine>, receiving: Receiving, step = 1): Promise<string[]> {
  const whole = await receiving()
  const done = await live(await engineOf(), whole.at, { dieAt: 0, fresh: true })
  expect(await whole.there()).toEqual(planned)
  const effects = done.replace(/^done /, '').split(',')
  const states = [...new Set(effects)].filter((_, at) => at % step === 0)
  for (const state of states) {
    const engine = await engineOf()
    const { at, there } = await receiving()
    expect(await live(engine, at, { dieAt: effects.indexOf(state) + 1, fresh: true })).toBe(state)
    expect(await live(engine, at, { dieAt: 0, fresh: false }), state).toMatch(/^done/)
    expect(await there(), `killed before ${state}`).toEqual(planned)
  }
  return states
}

/** What is written around each batch, and the ends of the two transactions. */
const release = ['run_batch_state released', 'run_exceptions_add', 'runs_audit_add', 'commit run_batch_state released']
const settlement = ['acknowledged_add', 'run_batch_state answered', 'commit acknowledged_add']
const always = [...release, ...settlement, 'deliver 1', 'receipt 1', 'receipt 3']
const destinations = [
  ['a folder', folder, [...always, 'finish', 'finished']],
  ['listmonk', listmonk, [...always, 'acknowledged_adopt', 'acknowledged_forget']],
] as const

const { postgres } = foundEngines()
describe.skipIf(!postgres)(`over ${postgres?.name ?? absent('postgres')}`, () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createPostgresDatabase()
    const sql = await openPostgres({ url: database.url, password: undefined })
    await migrateDatabases({ vault: sql, links: sql, runs: sql, control: sql })
    await sql.close()
  })
  afterAll(() => database?.drop())
  const engineOf = async () => ({ postgres: database.url })

  for (const [name, receiving, met] of destinations)
    test(`killed before each of its effects, an export into ${name} ends as planned, without those who withdrew`, async () => {
      const states = await killAtEach(engineOf, receiving)
      expect(states).toEqual(expect.arrayContaining([...met]))
    }, 3_600_000)

  test('control: a build that does not hear of withdrawals is found out', async () => {
    const { at, there } = await folder()
    await live(await engineOf(), at, { dieAt: 0, fresh: true, careless: true })
    expect(await there()).not.toEqual(planned)
  })
})

test('over PGlite, killed before every sixth of its effects, an export into a folder ends as planned', async () => {
  const engineOf = async () => {
    const pglite = await mkdtemp(join(directory, 'sql-'))
    await rm(pglite, { recursive: true })
    await mkdir(join(pglite, '..'), { recursive: true })
    await rename(await copyDatabases(), pglite)
    return { pglite }
  }
  const states = await killAtEach(engineOf, folder, 6)
  expect(states.length).toBeGreaterThan(1)
}, 3_600_000)
