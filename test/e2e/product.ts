/** The whole product on free ports with the demonstration's configuration and site, as `npm start` serves it, without its visitors. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { type Close, closeAll } from '../../infra/close-all.ts'
import { type Engines, openEngines } from '../../infra/engines.ts'
import { readEnvironment, type Settings } from '../../infra/environment.ts'
import { createKekFile, readKek } from '../../infra/keys/key-encryption-key.ts'
import { openPersonKeyring } from '../../infra/keys/person-keys.ts'
import { openWebKeyring } from '../../infra/keys/web-keys.ts'
import { serve } from '../../services/cli/serve.ts'
import { demoSite } from '../../services/demo/site/demo-site.ts'
import { type AdminDoor, adminDoor } from '../../services/demo/visitors/admin-door.ts'

export interface Product {
  readonly settings: Settings
  /** Opens and serves it. One at a time. */
  start(): Promise<Running>
  /** What it keeps, while it does not run. */
  look<T>(work: (engines: Engines) => Promise<T>): Promise<T>
  /** Its keys, to name people as it does. */
  keys(): Promise<{
    readonly web: Awaited<ReturnType<typeof openWebKeyring>>['keys']
    readonly person: Awaited<ReturnType<typeof openPersonKeyring>>
  }>
  /** All that it logged so far. */
  logged(): string
  remove(): void
}

export interface Running {
  readonly urls: Readonly<Record<'web' | 'person' | 'admin', string>>
  readonly admin: AdminDoor
  caughtUp(): Promise<void>
  stop(): Promise<void>
}

const SITE = 'demo'

export async function installProduct(): Promise<Product> {
  const folder = mkdtempSync(join(tmpdir(), 'bauta-e2e-'))
  const [web, person] = [await freePort(), await freePort()]
  const demo = new URL('../../services/demo/', import.meta.url)
  const config = readFileSync(new URL('bauta.yaml', demo), 'utf8')
    .replaceAll('http://localhost:8080', `http://localhost:${web}`)
    .replaceAll('http://127.0.0.1:8082', `http://127.0.0.1:${person}`)
  mkdirSync(join(folder, 'config'))
  writeFileSync(join(folder, 'config', 'bauta.yaml'), config)
  writeFileSync(join(folder, 'config', 'interests.yaml'), readFileSync(new URL('interests.yaml', demo)))
  createKekFile(join(folder, 'kek'))
  const environment = {
    BAUTA_DATA: 'data',
    BAUTA_CONFIG: 'config/bauta.yaml',
    BAUTA_KEK_FILE: 'kek',
    BAUTA_CLIENT_ADDRESS_HEADER: 'x-forwarded-for',
    PORT: String(web),
    PERSON_PORT: String(person),
    ADMIN_PORT: '0',
  }
  const settings = readEnvironment(environment, folder)
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) })

  async function start(): Promise<Running> {
    const closing: Close[] = []
    const life = {
      signal: new AbortController().signal,
      ended: new Promise<void>(() => {}),
      open<T extends { close(): Promise<void> }>(opened: T): T {
        closing.push(() => opened.close())
        return opened
      },
      atEnd: (close: Close) => void closing.push(close),
    }
    const { instance, urls } = await serve({
      life,
      settings,
      log,
      website: ({ house }, { person: personUrl }) => {
        const site = house.config.sites[SITE]
        if (!site) throw new Error('the demonstration has no site')
        return demoSite({ name: SITE, site, personUrl })
      },
    })
    const admin = adminDoor({ url: urls.admin, token: instance.localToken })
    return { urls, admin, caughtUp: () => instance.caughtUp(), stop: () => closeAll(closing) }
  }
  async function look<T>(work: (engines: Engines) => Promise<T>): Promise<T> {
    const engines = await openEngines(settings)
    return work(engines).finally(engines.close)
  }
  return {
    settings,
    start,
    look,
    logged: () => lines.join(''),
    remove: () => rmSync(folder, { recursive: true, force: true }),
    async keys() {
      const kek = readKek(settings.kek, settings.dataDir)
      const keyring = { directory: join(settings.dataDir, 'keys'), kek, clock: Date.now }
      const opened = await openPersonKeyring(keyring)
      return { person: opened, web: (await openWebKeyring({ ...keyring, sites: [SITE] })).keys }
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
