/** The product as it runs distributed: real engines, and services as processes of their own, every way between them through a proxy. */

import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../engines/free-port.ts'
import type { Engine } from '../engines/server-process.ts'
import { type Observer, openObserver } from './observer.ts'
import { type Service, startService } from './service-process.ts'
import { type EngineName, startEngines, type Ways } from './ways.ts'

export interface Member {
  readonly service: Service
  readonly ways: Ways
  readonly urls: { readonly web: string; readonly admin: string }
}

export interface World {
  readonly directory: string
  readonly engines: Readonly<Record<EngineName, Engine>>
  readonly collector: Member
  /** Side by side from the start. */
  readonly loaders: readonly Member[]
  readonly observer: Observer
  /** A small disk under the collector's data, where the machine lets us mount one. */
  readonly smallDisk: SmallDisk | undefined
  /** One loader more, that is frozen when it is not needed: woken it joins the group, and frozen the group goes on without it. */
  readonly guest: Guest
  close(): Promise<void>
}

export interface Guest {
  /** Comes or goes, whichever it did not do last; the group deals anew. */
  turn(): void
}

export interface SmallDisk {
  readonly path: string
  readonly megabytes: number
}

export type ServiceKind = 'collector' | 'profiles' | 'activation'

export interface WorldOptions {
  /** What starts a service: `bauta NAME`, unless it shall be a broken build. */
  readonly command?: (service: ServiceKind) => readonly string[]
  readonly say: (text: string) => void
  /** The directory outlives the world. */
  readonly keep?: boolean
}

const root = fileURLToPath(new URL('../..', import.meta.url))
export const bauta = (...words: readonly string[]) => [
  process.execPath,
  join(root, 'dist/services/cli/main.js'),
  ...words,
]
const house = (name: string) => fileURLToPath(new URL(`./house/${name}`, import.meta.url))
/** More than a collector leaves free for withdrawals, or it would take nothing else. */
const DISK_MEGABYTES = 320
const PARTITIONS = 4
/** Short, so that a round takes seconds. */
const SESSION_MS = 4_000
const waysOf: Readonly<Record<ServiceKind, readonly EngineName[]>> = {
  collector: ['kafka', 'redis'],
  profiles: ['kafka', 'redis', 'postgres', 'clickhouse'],
  activation: [],
}

export async function openWorld({ command = (name) => bauta(name), say, keep = false }: WorldOptions): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), 'bauta-faults-'))
  const closing: (() => unknown)[] = [
    () => (keep ? say(`logs: ${directory}`) : rmSync(directory, { recursive: true, force: true })),
  ]
  const close = async () => {
    for (const each of closing.splice(0).reverse()) await each()
  }
  try {
    return { ...(await build(directory, command, say, closing)), close }
  } catch (error) {
    await close().catch(() => {})
    throw error
  }
}

async function build(
  directory: string,
  command: NonNullable<WorldOptions['command']>,
  say: WorldOptions['say'],
  closing: (() => unknown)[],
): Promise<Omit<World, 'close'>> {
  const engines = await startEngines(['collector', 'loader-1', 'loader-2', 'loader-3'], closing)
  const { all } = engines
  say(
    `engines: ${Object.values(all)
      .map(({ name }) => name)
      .join(', ')}`,
  )
  for (const name of ['bauta.yaml', 'interests.yaml']) copyFileSync(house(name), join(directory, name))
  const env = {
    BAUTA_ENGINES: 'distributed',
    BAUTA_PARTITIONS: String(PARTITIONS),
    BAUTA_KEYS: 'keys',
    BAUTA_KEK: randomBytes(32).toString('base64'),
    BAUTA_CLIENT_ADDRESS_HEADER: 'x-forwarded-for',
    KAFKA_SESSION_MS: String(SESSION_MS),
  }
  const [file = '', ...migrate] = bauta('migrate')
  const alone = { ...env, ...engines.addresses({}), BAUTA_DATA: 'owner', PATH: process.env.PATH }
  execFileSync(file, migrate, { cwd: directory, env: alone, stdio: ['ignore', 'ignore', 'inherit'] })
  const smallDisk = mountSmall(join(directory, 'collector'), closing)

  async function open(name: string, kind: ServiceKind): Promise<Member> {
    const ways = await engines.openWays(name, waysOf[kind])
    closing.push(() => Promise.all(Object.values(ways).map((way) => way.close())))
    const [web, admin] = [await freePort(), await freePort()]
    const own = { BAUTA_DATA: name, PORT: String(web), ADMIN_PORT: String(admin), PERSON_PORT: '0' }
    const urls = { web: `http://127.0.0.1:${web}`, admin: `http://127.0.0.1:${admin}` }
    const service = await startService({
      name,
      command: command(kind),
      directory,
      env: { ...env, ...engines.addresses(ways), ...own },
      health: `${kind === 'collector' ? urls.web : urls.admin}/healthz`,
    })
    closing.push(() => service.kill9())
    return { service, ways, urls }
  }

  // Writes the public halves of keys that the others need.
  const activation = await open('activation', 'activation')
  await activation.service.end()
  const [first, second, third, collector] = await Promise.all([
    open('loader-1', 'profiles'),
    open('loader-2', 'profiles'),
    open('loader-3', 'profiles'),
    open('collector', 'collector'),
  ])
  const observer = await openObserver({ clickhouse: all.clickhouse.url, broker: all.kafka.url })
  closing.push(() => observer.close())
  return {
    directory,
    engines: all,
    collector,
    loaders: [first, second],
    observer,
    smallDisk,
    guest: guestOf(third.service),
  }
}

function guestOf(service: Service): Guest {
  let here = false
  service.freeze()
  return {
    turn() {
      here = !here
      if (here) service.wake()
      else service.freeze()
    },
  }
}

function mountSmall(path: string, closing: (() => unknown)[]): SmallDisk | undefined {
  mkdirSync(path, { mode: 0o700 })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MEGABYTES}m,mode=0700`, 'tmpfs', path], {
      stdio: 'ignore',
    })
  } catch {
    return undefined
  }
  closing.push(() => execFileSync('umount', ['--lazy', path]))
  return { path, megabytes: DISK_MEGABYTES }
}
