/** The product in this process on embedded engines, as `npm start` serves it. */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import { openEngines } from '../../infra/engines.ts'
import { createKekFile, readKek } from '../../infra/keys/key-encryption-key.ts'
import { openPersonKeyring } from '../../infra/keys/person-keys.ts'
import { openWebKeyring } from '../../infra/keys/web-keys.ts'
import { type Close, closeAll } from '../../infra/process/close-all.ts'
import { readEnvironment } from '../../infra/process/environment.ts'
import { serve } from '../../services/cli/serve.ts'
import { demoSite } from '../../services/demo/site/demo-site.ts'
import { adminDoor } from '../../services/demo/visitors/admin-door.ts'
import type { Product, Running } from './product.ts'
import { makeProductFolder, SITE } from './product-folder.ts'
import { dumpFiles, dumpSql, dumpStore, inOrder } from './scan-stores.ts'

export async function installEmbedded(): Promise<Product> {
  const { path, ports, environment } = await makeProductFolder()
  createKekFile(join(path, 'kek'))
  const own = {
    BAUTA_DATA: 'data',
    BAUTA_KEK_FILE: 'kek',
    PORT: String(ports.web),
    PERSON_PORT: String(ports.person),
    ADMIN_PORT: '0',
  }
  const settings = readEnvironment({ ...environment, ...own }, path)
  const { dataDir } = settings
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
  const look: Product['look'] = async (work) => {
    const engines = await openEngines(settings)
    return work(engines).finally(engines.close)
  }
  return {
    folders: { outbox: join(dataDir, 'outbox'), exports: join(dataDir, 'exports'), data: dataDir },
    fromTheStart: ['keys', 'log', 'log/groups'],
    cached: [],
    start,
    look,
    // The four databases are schemas of one.
    dump: () =>
      look(async ({ store, sql }) =>
        inOrder([...(await dumpStore(store)), ...(await dumpSql(sql.vault)), ...(await dumpFiles(dataDir))]),
      ),
    logged: () => lines.join(''),
    remove: async () => rmSync(path, { recursive: true, force: true }),
    async keys() {
      const kek = readKek(settings.kek, dataDir)
      const keyring = { directory: settings.keysDir, kek, clock: Date.now }
      const opened = await openPersonKeyring(keyring)
      return { person: opened, web: (await openWebKeyring({ ...keyring, sites: [SITE] })).keys }
    },
  }
}
