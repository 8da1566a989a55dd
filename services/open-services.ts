/** Opens services in this process: the engines that they may have, the keys, then each service, and an app for each listener. */

import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { openCollector } from '../collector/main.ts'
import { type House, readHouse } from '../infra/config/house.ts'
import { refuseHalfCopied } from '../infra/copy/half-copied.ts'
import { type EngineConfig, type EngineOptions, type Engines, openEngines, type Part } from '../infra/engines.ts'
import { keyringsOf } from '../infra/keys/keyrings.ts'
import type { Turnstile } from '../infra/listeners/http.ts'
import { openMetrics } from '../infra/listeners/metrics.ts'
import { type Check, failing, telling } from '../infra/listeners/readiness.ts'
import { migrate, refusePending } from '../infra/migrate.ts'
import { databases } from '../infra/ports/sql.ts'
import { type Close, closeAll } from '../infra/process/close-all.ts'
import type { Settings } from '../infra/process/environment.ts'
import { partsOf, type ServiceDeps, type ServiceName } from '../infra/process/service.ts'
import { openActivationService } from './activation/main.ts'
import { adminOf } from './admin/admin-of.ts'
import { openChores } from './chores.ts'
import { openProfilesService } from './profiles/main.ts'
import type { Profiles } from './profiles/open-profiles.ts'
import { receiptsOf } from './receipts.ts'
import { openSegments } from './segments/main.ts'
import { openVaultService } from './vault/main.ts'

export interface OpenOptions {
  readonly clock: () => number
  readonly log: Logger
  /** Where the listeners are, once there are any, for `bauta status`. */
  readonly listeners: () => Readonly<Record<string, string>>
  /** Only one that will serve does what is due by the clock; a command that opened it for a question does not. */
  readonly serving: boolean
  /** The engines of the settings, unless somebody wants to stand between. */
  readonly openEngines?: (config: EngineConfig) => Promise<Engines>
}

export interface Opened {
  readonly house: House
  readonly web: Fetch | undefined
  readonly person: Fetch | undefined
  readonly admin: Fetch
  readonly localToken: string
  readonly profiles: Profiles | undefined
  close(): Promise<void>
}

export interface Fetch {
  fetch(request: Request, ...rest: unknown[]): Response | Promise<Response>
  /** What stands before it on its listener. */
  readonly turnstile?: Turnstile | undefined
}

/** Opens in order, and closes in reverse what was opened when a later step fails. */
export async function openServices(
  settings: Settings,
  names: readonly ServiceName[],
  options: OpenOptions,
): Promise<Opened> {
  const closing: Close[] = []
  const close = () => closeAll(closing)
  try {
    return { ...(await open(settings, names, options, (closer) => closing.push(closer))), close }
  } catch (error) {
    await close().catch(() => {})
    throw error
  }
}

async function open(
  settings: Settings,
  names: readonly ServiceName[],
  options: OpenOptions,
  onClose: (close: Close) => void,
): Promise<Omit<Opened, 'close'>> {
  const { clock, serving } = options
  const house = readHouse(settings.configFile)
  const metrics = openMetrics()
  // The engines come first, because they hold the lock of the directory in which the keys lie.
  const parts = [...new Set(names.flatMap((name): readonly Part[] => partsOf[name]))]
  const engines = await (
    options.openEngines ?? ((config) => openOf(config, parts, { logger: options.log, meter: metrics }))
  )(settings)
  onClose(engines.close)
  const chores = openChores({ clock, log: options.log.child({ service: 'chores' }) })
  // The one under way ends with the services, and then the engines may.
  onClose(chores.close)
  const keys = keyringsOf({ settings, sites: Object.keys(house.config.sites), clock })
  if (settings.engines === 'embedded') await migrate(engines)
  else {
    await refusePending(engines)
    if (parts.includes('control')) await refuseHalfCopied(engines.sql.control)
  }

  const checks = telling(options.log, checksOf(engines))
  metrics.watchEach('bauta_engine_down', 'Does this process miss the engine?', 'engine', () => missed(checks))
  const has = (name: ServiceName) => names.includes(name)
  const to = <S extends ServiceName>(service: S): ServiceDeps<S> =>
    // Its parts are among those that were opened.
    ({
      settings,
      house,
      engines,
      keys,
      metrics,
      clock,
      log: options.log.child({ service }),
      serving,
      onClose,
    }) as ServiceDeps<S>

  // Whoever has the person side's keys comes first: it writes the public halves that the others need.
  const activation = has('activation') ? await openActivationService(to('activation')) : undefined
  const vault = has('vault') ? await openVaultService(to('vault')) : undefined
  const profiles = has('profiles') ? await openProfilesService(to('profiles')) : undefined
  const lookUpReceipt = receiptsOf(profiles?.profiles, settings.profilesUrl)
  const collector = has('collector') ? await openCollector({ ...to('collector'), lookUpReceipt, checks }) : undefined
  const segments = has('segments') ? openSegments(to('segments')) : undefined

  const opened = [activation, vault, profiles, collector, segments].flatMap((service) => service ?? [])
  const localToken = randomBytes(32).toString('base64url')
  const admin = await adminOf({
    names,
    settings,
    engines,
    keys,
    checks: { ...checks, ...(profiles && { loading: loadingOf(profiles.profiles) }) },
    metrics,
    localToken,
    clock,
    log: options.log.child({ service: 'admin' }),
    listeners: options.listeners,
    lag: profiles?.profiles.lag,
    apis: opened.map(({ api }) => api),
    open: profiles ? [profiles.receipts] : [],
  })
  if (serving) chores.start(Object.assign({}, ...opened.map((service) => ('chores' in service ? service.chores : {}))))
  onClose(chores.stop)
  return { house, web: collector?.web, person: vault?.person, admin, localToken, profiles: profiles?.profiles }
}

/** What was not asked for is not there, and `partsOf` keeps anybody from asking for it. */
async function openOf(config: EngineConfig, parts: readonly Part[], options: EngineOptions): Promise<Engines> {
  return (await openEngines(config, parts, options)) as Engines
}

async function missed(checks: Readonly<Record<string, Check>>): Promise<Map<string, number>> {
  const down = await failing(checks)
  return new Map(Object.keys(checks).map((name) => [name, down.includes(name) ? 1 : 0]))
}

/** A process of several services goes on without its loader, as whoever visits a site shall not notice; its operator shall. */
const loadingOf =
  ({ stopped }: Profiles): Check =>
  () =>
    Promise.race([stopped, Promise.resolve()])

function checksOf(engines: Partial<Engines>): Record<string, Check> {
  const { log, store, cache, sql = {} as Partial<Engines['sql']> } = engines
  // At the edge the log is as good as its spool, and without the cache the log tells who withdrew: either may be away.
  const named = {
    log,
    store,
    cache: engines.edge ? undefined : cache,
    ...Object.fromEntries(databases.map((name) => [name, sql[name]])),
  }
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, engine]) => (engine ? [[name, () => engine.healthy()] as const] : [])),
  )
}
