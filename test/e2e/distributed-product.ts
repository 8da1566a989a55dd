/** The product as five processes behind a reverse proxy, on the engines that `npm run engines` started, each with the settings it needs and no more. */

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { getRequestListener } from '@hono/node-server'
import { Redis } from 'ioredis'
import { readHouse } from '../../infra/config/house.ts'
import { databaseVariable } from '../../infra/distributed/settings.ts'
import { openEngines } from '../../infra/engines.ts'
import { createKekFile, readKek } from '../../infra/keys/key-encryption-key.ts'
import { openPersonKeyring } from '../../infra/keys/person-keys.ts'
import { openWebKeyring } from '../../infra/keys/web-keys.ts'
import { type Database, databases } from '../../infra/ports/sql.ts'
import { type Close, closeAll } from '../../infra/process/close-all.ts'
import { readEnvironment } from '../../infra/process/environment.ts'
import { partsOf, type ServiceName, serviceNames } from '../../infra/process/service.ts'
import { type Grantee, grantees, roleOf } from '../../infra/sql/grants.ts'
import { demoSite } from '../../services/demo/site/demo-site.ts'
import { adminDoor } from '../../services/demo/visitors/admin-door.ts'
import { createInstallation } from '../engines/distributed.ts'
import { freePort } from '../engines/free-port.ts'
import type { Product, Running } from './product.ts'
import { makeProductFolder, SITE } from './product-folder.ts'
import { openReverseProxy, readAdminRoutes } from './reverse-proxy.ts'
import { dumpFiles, dumpLog, dumpRedis, dumpSql, dumpStore, inOrder } from './scan-stores.ts'
import { runCommand, type ServiceProcess, startService } from './service-process.ts'

const doors = /^\/(v1\/|b\.js$)/
/** Whose keys lie where; segments have none. */
const keysOf = { collector: 'web', profiles: 'profiles', vault: 'person', activation: 'person' } as const
const sides = ['web', 'profiles', 'person'] as const
/** Those who write the public halves of keys that the others read. */
const first = ['vault', 'activation'] as const satisfies readonly ServiceName[]

export async function installDistributed(): Promise<Product> {
  const [{ path, ports, environment }, installation] = await Promise.all([makeProductFolder(), createInstallation()])
  const { postgresUrl } = installation
  for (const side of sides) {
    mkdirSync(join(path, 'keys', side), { recursive: true })
    createKekFile(join(path, `kek-${side}`))
  }
  mkdirSync(join(path, 'keys', 'public'))
  const admin = Object.fromEntries(await Promise.all(serviceNames.map(async (name) => [name, await freePort()])))
  const addresses: Readonly<Record<string, Readonly<Record<string, string>>>> = installation.addresses
  const cache = new Redis(addresses.cache?.REDIS_URL ?? '')
  const databaseOf = (name: Grantee, part: string) =>
    databases.some((database) => database === part)
      ? { [databaseVariable(part as Database)]: asRole(postgresUrl, name) }
      : {}
  const everywhere = {
    ...environment,
    BAUTA_ENGINES: 'distributed',
    BAUTA_PARTITIONS: '4',
    BAUTA_PUBLIC_KEYS: 'keys/public',
    LOG_LEVEL: 'trace',
  }
  const keyring = (side: string) => ({ BAUTA_KEYS: `keys/${side}`, BAUTA_KEK_FILE: `kek-${side}` })
  const environmentOf = (name: ServiceName): Record<string, string> => ({
    ...everywhere,
    ...Object.assign({}, ...partsOf[name].map((part) => addresses[part])),
    ...(name !== 'collector' && Object.assign({}, ...partsOf[name].map((part) => databaseOf(name, part)))),
    ...(name in keysOf && keyring(keysOf[name as keyof typeof keysOf])),
    BAUTA_DATA: name,
    ADMIN_PORT: String(admin[name]),
    PORT: '0',
    PERSON_PORT: String(ports.person),
    ...(name === 'collector' && { PROFILES_URL: `http://127.0.0.1:${admin.profiles}` }),
  })
  const all = {
    ...everywhere,
    ...Object.assign({}, ...Object.values(addresses)),
    ...Object.fromEntries(grantees.map((name) => [`BAUTA_${name.toUpperCase()}_PASSWORD`, passwordOf(name)])),
    DATABASE_URL: postgresUrl,
    BAUTA_DATA: 'owner',
  }
  const settings = readEnvironment(all, path)
  let logged = ''
  const log = (text: string) => {
    logged += text
  }
  await runCommand({ args: ['migrate'], cwd: path, environment: all, log })

  async function start(): Promise<Running> {
    const closing: Close[] = []
    const services: Partial<Record<ServiceName, ServiceProcess>> = {}
    const open = async (name: ServiceName) => {
      const service = await startService({ args: [name], cwd: path, environment: environmentOf(name), log })
      services[name] = service
      closing.push(() => service.stop())
      return service
    }
    try {
      await Promise.all(first.map(open))
      await Promise.all(serviceNames.filter((name) => !(first as readonly string[]).includes(name)).map(open))
      const urls = await openDoors(services, (close) => closing.push(close))
      const token = await issueToken(urls.admin, services.activation)
      const admin = adminDoor({ url: urls.admin, token })
      const { profiles } = services
      return { urls, admin, caughtUp: () => caughtUp(profiles), stop: () => closeAll(closing) }
    } catch (error) {
      await closeAll(closing).catch(() => {})
      throw error
    }
  }

  async function openDoors(services: Partial<Record<ServiceName, ServiceProcess>>, onClose: (close: Close) => void) {
    const collector = await listenerOf(services.collector, 'web')
    const urls = { web: `http://localhost:${ports.web}`, person: `http://127.0.0.1:${ports.person}` }
    const site = readHouse(settings.configFile).config.sites[SITE]
    if (!site) throw new Error('the demonstration has no site')
    const website = getRequestListener(demoSite({ name: SITE, site, personUrl: urls.person }).fetch)
    const web = await openReverseProxy(ports.web, (path) =>
      doors.test(path) ? collector : (incoming, answer) => void website(incoming, answer),
    )
    onClose(web.close)
    const serviceOf = readAdminRoutes()
    const operators = await openReverseProxy(0, (path) => services[serviceOf(path) as ServiceName]?.run.url)
    onClose(operators.close)
    return { ...urls, admin: `http://127.0.0.1:${operators.port}` }
  }

  const look: Product['look'] = async (work) => {
    const engines = await openEngines(settings, ['store', ...databases])
    return work(engines).finally(engines.close)
  }
  return {
    folders: {
      outbox: join(path, 'vault/outbox'),
      exports: join(path, 'activation/exports'),
      data: join(path, 'profiles'),
    },
    // The token of the tests is noted in the audit log; the cache knows that withdrawals were read.
    fromTheStart: [
      'cache',
      'control.audit',
      'keys/person',
      'keys/profiles',
      'keys/public',
      'keys/web',
      'spool/rest',
      'spool/stops',
    ],
    cached: ['cache'],
    start,
    look,
    async dump() {
      const engines = await openEngines(settings)
      try {
        const files = await Promise.all(serviceNames.map((name) => dumpFiles(join(path, name))))
        const keys = (await dumpFiles(join(path, 'keys'))).map(({ name, rows }) => ({ name: `keys/${name}`, rows }))
        const sql = await dumpSql(engines.sql.vault)
        const rest = [await dumpStore(engines.store), await dumpLog(engines.log), await dumpRedis(cache)]
        return inOrder([...files, keys, sql, ...rest].flat())
      } finally {
        await engines.close()
      }
    },
    logged: () => logged,
    async remove() {
      cache.disconnect()
      rmSync(path, { recursive: true, force: true })
      await installation.drop()
    },
    async keys() {
      const ring = (side: string) => ({
        directory: join(path, 'keys', side),
        publicDirectory: join(path, 'keys', 'public'),
        kek: readKek({ value: undefined, file: join(path, `kek-${side}`) }, join(path, 'owner')),
        clock: Date.now,
      })
      const person = await openPersonKeyring(ring('person'))
      return { person, web: (await openWebKeyring({ ...ring('web'), sites: [SITE] })).keys }
    },
  }
}

const passwordOf = (name: Grantee) => `of-${name}`

/** What the owner of the tables is given, a service is not: it logs in as its own role. */
function asRole(owner: string, name: Grantee): string {
  const url = new URL(owner)
  url.username = roleOf(name)
  url.password = passwordOf(name)
  return url.href
}

async function status({ run }: ServiceProcess) {
  const answer = await fetch(`${run.url}/api/v1/status`, { headers: { authorization: `Bearer ${run.token}` } })
  return (await answer.json()) as { lag: number; listeners: Record<string, string> }
}

async function listenerOf(service: ServiceProcess | undefined, name: string): Promise<string> {
  const url = service && (await status(service)).listeners[name]
  if (!url) throw new Error(`no ${name} listener is told of`)
  return url
}

/** Each process has a token of its own, so whoever asks through the proxy needs one that all of them take. */
async function issueToken(url: string, activation: ServiceProcess | undefined): Promise<string> {
  const headers = { authorization: `Bearer ${activation?.run.token}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ name: 'e2e', role: 'admin' })
  const answer = await fetch(`${url}/api/v1/tokens`, { method: 'POST', headers, body })
  if (answer.status !== 201) throw new Error(`no token was issued: ${answer.status} ${await answer.text()}`)
  return ((await answer.json()) as { token: string }).token
}

async function caughtUp(profiles: ServiceProcess | undefined): Promise<void> {
  while (profiles && (await status(profiles)).lag > 0) await pause(100)
}
