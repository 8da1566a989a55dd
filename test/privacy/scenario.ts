/** A whole house in one process for the tests of the invariants: its three listeners without ports, a clock, its log lines, its engines. */

import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { allParts, type Engines, openEngines } from '../../infra/engines.ts'
import { readKek } from '../../infra/keys/key-encryption-key.ts'
import { openPersonKeyring, type PersonKeyring } from '../../infra/keys/person-keys.ts'
import { openWebKeyring, type WebKeyring } from '../../infra/keys/web-keys.ts'
import { migrate } from '../../infra/migrate.ts'
import { databases } from '../../infra/ports/sql.ts'
import { readEnvironment, type Settings } from '../../infra/process/environment.ts'
import { openLogger } from '../../infra/process/logger.ts'
import { DAY_MS, weekOf, weekStart } from '../../schemas/week.ts'
import type { Fetch } from '../../services/open-services.ts'
import { type Instance, openInstance } from '../../services/standalone.ts'
import { createInstallation, type TestInstallation } from '../engines/distributed.ts'
import { copyDatabases } from '../engines/embedded.ts'
import { overDistributed } from '../engines/found-engines.ts'

export const SITE = 'demo'
export const ORIGIN = 'http://www.site.example'

export interface Scene {
  readonly instance: Instance
  readonly settings: Settings
  readonly engines: Engines
  /** Everything the log was given, a line each. */
  readonly lines: string[]
  /** Of what the cache was given, by key. */
  readonly cached: Map<string, string>
  now(): number
  pass(ms: number): void
  web(path: string, init: RequestInit): Promise<Response>
  person(path: string, init?: RequestInit): Promise<Response>
  admin(method: string, path: string, body?: unknown): Promise<{ status: number; value: unknown; text: string }>
  importFile(kind: string, csv: string): Promise<Record<string, unknown>>
  exportAudience(name: string): Promise<Exported>
  keys(): Promise<{ web: WebKeyring; person: PersonKeyring }>
  close(): Promise<void>
}

export interface Exported {
  readonly run: string
  readonly state: string
  readonly waterfall: Readonly<Record<string, number>>
  /** `''` where none was written. */
  readonly csv: string
  readonly manifest: string
}

export interface SceneOptions {
  /** Of the ESP that speaks listmonk's language. */
  readonly esp?: string
  /** Stands between the house and its engines. */
  readonly tap?: (engines: Engines) => Engines
}

const house = (name: string) => new URL(`./${name}`, import.meta.url)
/** On Wednesday of the week before this: the store deletes by its own clock what is of a month ago. */
const SCENE_BEGINS = 2 * DAY_MS + 10 * 3_600_000
const ENDED = ['done', 'partly_done', 'failed', 'recalled']

export async function openScene({ esp = 'http://127.0.0.1:1', tap = (engines) => engines }: SceneOptions = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'bauta-privacy-'))
  const dataDir = join(directory, 'data')
  await mkdir(dataDir, { mode: 0o700 })
  await rename(await copyDatabases(), join(dataDir, 'sql'))
  const config = await readFile(house('bauta.yaml'), 'utf8')
  await writeFile(join(directory, 'bauta.yaml'), config.replace('http://esp.example', esp))
  await copyFile(house('interests.yaml'), join(directory, 'interests.yaml'))
  const environment = {
    BAUTA_DATA: 'data',
    BAUTA_KEK: randomBytes(32).toString('base64'),
    BAUTA_CLIENT_ADDRESS_HEADER: 'x-forwarded-for',
    ESP_USER: 'api',
    ESP_TOKEN: 'secret',
  }
  const installation = overDistributed() ? await createInstallation() : undefined
  const settings = readEnvironment({ ...environment, ...(installation && environmentOf(installation)) }, directory)
  if (installation) await migrateAll(settings)

  let time = weekStart(weekOf(Date.now()) - 1) + SCENE_BEGINS
  const clock = () => time
  const lines: string[] = []
  const cached = new Map<string, string>()
  const log = openLogger({ level: 'trace', service: 'test' }, { write: (line) => void lines.push(line) })
  const opened: { engines?: Engines } = {}
  const instance = await openInstance(settings, {
    clock,
    log,
    listeners: () => ({}),
    serving: true,
    openEngines: async (given) => {
      opened.engines = tap(rememberCached(await openEngines(given, allParts, { logger: log }), cached))
      return opened.engines
    },
  })
  const { engines } = opened
  if (!engines) throw new Error('the house opened no engines')

  const ask = async (app: Fetch, path: string, init?: RequestInit) =>
    app.fetch(new Request(`${hosts(app)}${path}`, init))
  const hosts = (app: Fetch) => (app === instance.person ? 'http://people.example' : 'http://house.example')
  async function admin(method: string, path: string, body?: unknown) {
    const text = typeof body === 'string'
    const headers = {
      authorization: `Bearer ${instance.localToken}`,
      'content-type': text ? 'text/csv' : 'application/json',
    }
    const sent = body === undefined ? {} : { body: text ? body : JSON.stringify(body) }
    const answer = await ask(instance.admin, `/api/v1${path}`, { method, headers, ...sent })
    const said = await answer.text()
    return { status: answer.status, text: said, value: said === '' ? undefined : (JSON.parse(said) as unknown) }
  }
  const well = async (method: string, path: string, body?: unknown) => {
    const { status, text, value } = await admin(method, path, body)
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${text}`)
    return value as Record<string, unknown>
  }

  async function exportAudience(name: string): Promise<Exported> {
    const { run } = (await well('POST', '/runs', { audience: name })) as { run: string }
    for (;;) {
      const { state, waterfall } = (await well('GET', `/runs/${run}`)) as unknown as Exported
      if (state === 'held') {
        const approved = await admin('POST', `/runs/${run}/approve`)
        if (approved.status >= 300) return { run, state, waterfall, csv: '', manifest: '' }
      }
      if (ENDED.includes(state)) {
        const read = (ending: string) =>
          readFile(join(dataDir, 'exports', name, `${run}${ending}`), 'utf8').catch(() => '')
        return { run, state, waterfall, csv: await read('.csv'), manifest: await read('.json') }
      }
      await pause(20)
    }
  }

  const scene: Scene = {
    instance,
    settings,
    engines,
    lines,
    cached,
    now: clock,
    pass: (ms) => {
      time += ms
    },
    web: (path, init) => ask(instance.web, path, init),
    person: (path, init) => ask(instance.person, path, init),
    admin,
    importFile: (kind, csv) => well('POST', `/imports/${kind}?source=crm&force=true`, csv),
    exportAudience,
    async keys() {
      const ring = { directory: join(dataDir, 'keys'), kek: readKek(settings.kek, dataDir), clock }
      return { person: await openPersonKeyring(ring), web: await openWebKeyring({ ...ring, sites: [SITE] }) }
    },
    async close() {
      await instance.close()
      await rm(directory, { recursive: true, force: true })
      await installation?.drop()
    },
  }
  return scene
}

function rememberCached(engines: Engines, cached: Map<string, string>): Engines {
  const { cache } = engines
  const set: typeof cache.set = async (key, value, ttl) => {
    cached.set(key, value)
    return cache.set(key, value, ttl)
  }
  return { ...engines, cache: { ...cache, set } }
}

/** All services in this process, as in the embedded form, on the engines that were found. */
function environmentOf({ addresses, postgresUrl }: TestInstallation): Record<string, string> {
  const distributed = { BAUTA_ENGINES: 'distributed', BAUTA_PARTITIONS: '2', DATABASE_URL: postgresUrl }
  return Object.assign({}, ...Object.values(addresses), distributed)
}

async function migrateAll(settings: Settings): Promise<void> {
  const engines = await openEngines(settings, ['store', ...databases])
  await migrate(engines).finally(engines.close)
}
