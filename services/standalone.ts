/** Everything in one process: the engines in order, the services on top of them, and an app for each listener. */

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { createCollector } from '../collector/app.ts'
import { defaultLimits } from '../collector/deps.ts'
import { openRefused } from '../collector/refused.ts'
import { compileSites } from '../collector/site.ts'
import { bundleSnippet } from '../collector/snippet/bundle.ts'
import { authenticate } from '../collector/visitor.ts'
import { auditOf } from '../infra/audit.ts'
import { type Close, closeAll } from '../infra/close-all.ts'
import { type House, readHouse } from '../infra/config.ts'
import { deadLettersIn } from '../infra/dead-letters.ts'
import { openDestinations } from '../infra/destinations/open-destinations.ts'
import { type EngineConfig, type Engines, openEngines } from '../infra/engines.ts'
import type { Settings } from '../infra/environment.ts'
import { readKek } from '../infra/keys/key-encryption-key.ts'
import { openPersonKeyring, type PersonKeyring } from '../infra/keys/person-keys.ts'
import { openWebKeyring, type WebKeyring } from '../infra/keys/web-keys.ts'
import { outboxMailer } from '../infra/mail/outbox.ts'
import { smtpMailer } from '../infra/mail/smtp.ts'
import { openMetrics } from '../infra/metrics.ts'
import { migrate } from '../infra/migrate.ts'
import { checkNotices } from '../infra/notices.ts'
import { databases } from '../infra/ports/sql.ts'
import { tokensOf } from '../infra/tokens.ts'
import { ReceiptId, WebPseudonym } from '../schemas/ids.ts'
import { openActivation } from './activation/open-activation.ts'
import { createAdminApp } from './admin/app.ts'
import { operatorApi } from './admin/operator-api.ts'
import { startChores } from './chores.ts'
import { profilesApi } from './profiles/api.ts'
import { openProfiles, type Profiles } from './profiles/open-profiles.ts'
import { segmentsApi } from './segments/api.ts'
import { segmentDefinitions } from './segments/definitions.ts'
import { openVault } from './vault/open-vault.ts'

export interface InstanceOptions {
  readonly clock: () => number
  readonly log: Logger
  /** Where the listeners are, once there are any, for `bauta status`. */
  readonly listeners: () => Readonly<Record<string, string>>
  /** Only one that will serve does what is due by the clock; a command that opened it for a question does not. */
  readonly serving: boolean
  /** The engines of the settings, unless somebody wants to stand between. */
  readonly openEngines?: (config: EngineConfig) => Promise<Engines>
}

export interface Instance {
  readonly house: House
  readonly web: Fetch
  readonly person: Fetch
  readonly admin: Fetch
  readonly localToken: string
  /** Resolves when what was acknowledged by now is in the profiles. */
  caughtUp(): Promise<void>
  close(): Promise<void>
}

export interface Fetch {
  fetch(request: Request, ...rest: unknown[]): Response | Promise<Response>
}

/** Opens in order, and closes in reverse what was opened when a later step fails. */
export async function openInstance(settings: Settings, options: InstanceOptions): Promise<Instance> {
  const closing: Close[] = []
  const close = () => closeAll(closing)
  try {
    return { ...(await open(settings, options, (closer) => closing.push(closer))), close }
  } catch (error) {
    await close().catch(() => {})
    throw error
  }
}

async function open(
  settings: Settings,
  options: InstanceOptions,
  onClose: (close: Close) => void,
): Promise<Omit<Instance, 'close'>> {
  const { clock } = options
  const house = readHouse(settings.configFile)
  const kek = readKek(settings.kek, settings.dataDir)
  // The engines come first, because they hold the lock of the directory in which the keys lie.
  const engines = await (options.openEngines ?? openEngines)(settings)
  onClose(engines.close)
  const keyring = { directory: settings.keysDir, kek, clock }
  const personKeys = await openPersonKeyring(keyring)
  const webKeys = await openWebKeyring({ ...keyring, sites: Object.keys(house.config.sites) })
  await migrate(engines)
  await checkNotices(engines.sql.control, house.config)
  return assemble({ settings, options, house, personKeys, webKeys, engines, onClose })
}

interface Parts {
  readonly settings: Settings
  readonly options: InstanceOptions
  readonly house: House
  readonly personKeys: PersonKeyring
  readonly webKeys: WebKeyring
  readonly engines: Engines
  readonly onClose: (close: Close) => void
}

async function assemble({
  settings,
  options,
  house,
  personKeys,
  webKeys,
  engines,
  onClose,
}: Parts): Promise<Omit<Instance, 'close'>> {
  const { clock, log } = options
  const { config } = house
  const { sql, store, cache, log: stream } = engines
  const of = (service: string) => log.child({ service })
  const metrics = openMetrics()
  const checks = {
    log: stream.healthy,
    store: store.healthy,
    cache: cache.healthy,
    ...Object.fromEntries(databases.map((name) => [name, sql[name].healthy])),
  }

  const deadLetters = deadLettersIn(sql.control)
  const profiles = await openProfiles({ house, stream, store, cache, deadLetters, now: clock, log: of('profiles') })
  onClose(() => profiles.close())

  const activation = await openActivation({
    ...sql,
    store,
    log: stream,
    keys: personKeys.activation,
    destinations: openDestinations(config, settings),
    config,
    interests: house.interests,
    clock,
    logger: of('activation'),
    ...(!options.serving && { everyMs: 0 }),
  })
  onClose(() => activation.close())

  const from = { address: config.mail.from, name: config.mail.name }
  const mailer = settings.smtpUrl
    ? smtpMailer(settings.smtpUrl, from)
    : outboxMailer(join(settings.dataDir, 'outbox'), from)
  onClose(() => mailer.close())
  const { onImported } = activation
  const vault = await openVault({
    ...sql,
    keys: personKeys.vault,
    mailer,
    config,
    settings,
    clock,
    log: of('vault'),
    onImported,
  })
  onClose(() => vault.close())

  const sites = compileSites(config.sites, (site) => interestsOf(house, site))
  const refused = await openRefused({ log: stream, cache, clock, logger: of('collector') })
  onClose(() => refused.close())
  const collector = createCollector({
    sites,
    keys: webKeys.keys,
    log: stream,
    cache,
    refused,
    snippet: await bundleSnippet(),
    clock,
    clientAddressHeader: settings.clientAddressHeader,
    siteKeys: settings.siteKeys,
    geo: () => '',
    lookUpReceipt: (id) => lookUp(profiles, id),
    checks,
    limits: defaultLimits,
    logger: of('collector'),
    meter: metrics,
  })

  metrics.watch('bauta_log_lag', 'Records not yet in the profiles', profiles.lag)
  const tokens = tokensOf(personKeys.tokenKey, clock)
  const localToken = randomBytes(32).toString('base64url')
  const started = new Date(clock()).toISOString()
  const audit = auditOf('control')
  const readCookie = (site: string, value: string) => {
    const visitor = config.sites[site] && authenticate(value, webKeys.keys.cookie(site))
    return visitor && WebPseudonym.parse(webKeys.keys.interest(site).mac([visitor.vid]))
  }
  const admin = createAdminApp({
    tokens,
    localToken,
    checks,
    metrics: metrics.registry,
    log: of('admin'),
    apis: [
      operatorApi({
        control: sql.control,
        audit,
        tokens,
        webKeys,
        personKeys,
        clock,
        chains: {
          control: () => audit.verify(sql.control),
          runs: () => auditOf('runs').verify(sql.runs),
          ledger: vault.verifyLedger,
        },
        status: async () => ({
          version: '0.1.0',
          engines: settings.engines,
          since: started,
          listeners: { ...options.listeners() },
          lag: await profiles.lag(),
        }),
      }),
      profilesApi({ profiles, deadLetters, readCookie }),
      segmentsApi({
        house,
        store,
        cache,
        now: clock,
        definitions: segmentDefinitions({ house, control: sql.control, now: clock }),
      }),
      vault.api,
      activation.api,
    ],
  })
  if (options.serving) onClose(startChores({ webKeys, stream, profiles, vault, clock, log: of('chores') }))
  return { house, web: collector, person: vault.person, admin, localToken, caughtUp: () => profiles.caughtUp() }
}

async function lookUp({ lookUpReceipt }: Pick<Profiles, 'lookUpReceipt'>, id: string) {
  const receipt = ReceiptId.safeParse(id)
  return receipt.success ? lookUpReceipt(receipt.data) : undefined
}

function interestsOf({ interests }: House, site: string) {
  const found = interests.get(site)
  if (!found) throw new Error('a site without interests was read')
  return found
}
