/** Invariant 6, from the browser's answer to the report: the whole process is killed under load, and what it acknowledged counts once. */

import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as z from 'zod'
import { readDistributed } from '../../infra/distributed/settings.ts'
import { openEngines } from '../../infra/engines.ts'
import { defineQuery } from '../../infra/ports/store.ts'
import { type RunFile, readRunFile } from '../../infra/process/run-file.ts'
import { copyDatabases } from '../engines/embedded.ts'
import { ORIGIN, SITE } from './scenario.ts'

const KILLS = 3
const BROWSERS = 6
const BATCH = 10
const main = fileURLToPath(new URL('../../services/cli/main.ts', import.meta.url))
const beside = (name: string) => fileURLToPath(new URL(`./${name}`, import.meta.url))

let directory: string
let child: ChildProcess | undefined
const kek = randomBytes(32).toString('base64')

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bauta-killed-'))
  await mkdir(join(directory, 'data'), { mode: 0o700 })
  await rename(await copyDatabases(), join(directory, 'data', 'sql'))
  for (const name of ['bauta.yaml', 'interests.yaml']) await copyFile(beside(name), join(directory, name))
})
afterAll(async () => {
  child?.kill('SIGKILL')
  await rm(directory, { recursive: true, force: true })
})

interface House {
  readonly child: ChildProcess
  readonly web: string
  readonly running: RunFile
}

async function up(): Promise<House> {
  const env = {
    PATH: process.env.PATH,
    BAUTA_DATA: 'data',
    BAUTA_KEK: kek,
    ESP_USER: 'api',
    ESP_TOKEN: 'secret',
    PORT: '0',
    PERSON_PORT: '0',
    ADMIN_PORT: '0',
    LOG_LEVEL: 'warn',
  }
  const loader = import.meta.resolve('tsx')
  const started = spawn(process.execPath, ['--import', loader, main, 'up'], { cwd: directory, env, stdio: 'inherit' })
  child = started
  for (;;) {
    if (started.exitCode !== null) throw new Error(`the house ended with ${started.exitCode}`)
    const running = readRunFile(join(directory, 'data'))
    if (running && running.pid === started.pid)
      return { child: started, running, web: (await statusOf(running)).listeners.web ?? '' }
    await pause(50)
  }
}

async function statusOf({ url, token }: RunFile) {
  const answer = await fetch(`${url}/api/v1/status`, { headers: { authorization: `Bearer ${token}` } })
  return (await answer.json()) as { lag: number; listeners: Record<string, string> }
}

async function post(web: string, path: string, body: object, cookie = ''): Promise<Response> {
  const headers = {
    origin: ORIGIN,
    'content-type': 'application/json',
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0',
    ...(cookie && { cookie }),
  }
  return fetch(`${web}${path}`, { method: 'POST', body: JSON.stringify(body), headers })
}

type Batch = readonly object[]
/** Dated once: said again after midnight it is still of the day before. */
const newBatch = (path: string): Batch =>
  Array.from({ length: BATCH }, () => ({
    id: randomUUID(),
    type: 'page_view',
    time: Date.now(),
    url: `${ORIGIN}${path}`,
  }))
const sending = (events: Batch) => ({ site: SITE, sent: Date.now(), events })

/** A browser as it is: it keeps its cookie and what has no answer yet, over all deaths of the house. */
interface Browser {
  readonly cookie: string
  readonly unanswered: Batch[]
  acknowledged: number
}

async function open(web: string): Promise<Browser> {
  const asked = { site: SITE, notice: 'site-1', lang: 'en', purposes: ['P1', 'P2', 'P3'], method: 'banner' }
  const answer = await post(web, '/v1/consent', asked)
  return { cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '', unanswered: [], acknowledged: 0 }
}

const acknowledgedOf = (browsers: readonly Browser[]) => browsers.reduce((sum, each) => sum + each.acknowledged, 0)

/** Sends what is owed; then, while the house lives and `more`, new batches. */
async function browse(web: string, browser: Browser, more: () => boolean): Promise<void> {
  while (browser.unanswered.length > 0 || more()) {
    const batch = browser.unanswered[0] ?? newBatch('/load')
    if (browser.unanswered.length === 0) browser.unanswered.push(batch)
    const answer = await post(web, '/v1/events', sending(batch), browser.cookie).catch(() => undefined)
    if (!answer) return
    if (answer.status === 429) await pause(500)
    if (answer.status !== 202) continue
    const { accepted } = (await answer.json().catch(() => ({ accepted: 0 }))) as { accepted: number }
    if (accepted !== BATCH) continue
    browser.unanswered.shift()
    browser.acknowledged += BATCH
    // So that a browser stays under its rate however fast the machine is.
    await pause(60)
  }
}

const viewsOf = defineQuery({
  name: 'views_of_path',
  sql: 'SELECT path, toUInt32(sum(n)) AS views FROM traffic GROUP BY path',
  params: z.object({}),
  row: z.object({ path: z.string(), views: z.coerce.number() }),
})
const rowsOf = defineQuery({
  name: 'rows_of_path',
  sql: 'SELECT path, toUInt32(count()) AS views FROM events GROUP BY path',
  params: z.object({}),
  row: z.object({ path: z.string(), views: z.coerce.number() }),
})

test(`killed ${KILLS} times under load, the house counts each acknowledged event once`, async () => {
  let house = await up()
  const browsers = await Promise.all(Array.from({ length: BROWSERS }, () => open(house.web)))
  for (let kill = 0; kill < KILLS; kill += 1) {
    const { web } = house
    const browsing = Promise.all(browsers.map((browser) => browse(web, browser, () => true)))
    const enough = (kill + 1) * BROWSERS * BATCH
    while (acknowledgedOf(browsers) < enough && house.child.exitCode === null) await pause(5)
    await pause(Math.random() * 500)
    house.child.kill('SIGKILL')
    await once(house.child, 'exit')
    await browsing
    house = await up()
  }
  for (const browser of browsers) await browse(house.web, browser, () => false)
  expect(browsers.flatMap(({ unanswered }) => unanswered)).toEqual([])

  // Control: the counts see a second copy where it has other ids, and none where it has the same.
  const [{ cookie = '' } = {}] = browsers
  const same = newBatch('/repeated')
  for (const batch of [newBatch('/copied'), newBatch('/copied'), same, same])
    await post(house.web, '/v1/events', sending(batch), cookie)

  while ((await statusOf(house.running)).lag > 0) await pause(50)
  house.child.kill('SIGTERM')
  await once(house.child, 'exit')

  const engines = await openEngines({
    engines: 'embedded',
    dataDir: join(directory, 'data'),
    partitions: 1,
    distributed: readDistributed({}, 1),
  })
  const tables = [await engines.store.ask(viewsOf, {}), await engines.store.ask(rowsOf, {})]
  await engines.close()
  const acknowledged = acknowledgedOf(browsers)
  expect(acknowledged).toBeGreaterThanOrEqual(KILLS * BROWSERS * BATCH)
  for (const rows of tables)
    expect(Object.fromEntries(rows.map(({ path, views }) => [path, views]))).toEqual({
      '/load': acknowledged,
      '/copied': 2 * BATCH,
      '/repeated': BATCH,
    })
}, 900_000)
