/** Checks an installation from outside, without opening its engines: what is wrong, and the command that mends it. */

import { existsSync, readdirSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { getDomain } from 'tldts'
import { type House, readHouse } from '../../infra/config/house.ts'
import { readKek } from '../../infra/keys/key-encryption-key.ts'
import type { Settings } from '../../infra/process/environment.ts'
import { Fault } from '../../schemas/fault.ts'

export interface Finding {
  readonly check: string
  readonly ok: boolean
  readonly says: string
  /** What mends it; absent where nothing needs to be. */
  readonly mend?: string
}

export interface DoctorDeps {
  readonly settings: Settings
  readonly clock: () => number
  /** The engines that do not answer, of an instance that runs; `undefined` if none runs. */
  readonly down: () => Promise<readonly string[] | undefined>
  /** Migrations that have not been applied; `undefined` where that cannot be told without disturbing a running instance. */
  readonly pending: () => Promise<readonly string[] | undefined>
}

const GIB = 2 ** 30

export async function examine({ settings, clock, down, pending }: DoctorDeps): Promise<Finding[]> {
  const { dataDir } = settings
  let house: House | undefined
  const findings = [
    attempt('configuration', `correct the lines named, then: bauta doctor`, () => {
      house = readHouse(settings.configFile)
      return `${settings.configFile} and its interests are in order`
    }),
    attempt('keys', 'bauta keys init FILE, then set BAUTA_KEK_FILE=FILE', () => {
      readKek(settings.kek, dataDir)
      return 'the key-encryption key is strong, private and outside the data directory'
    }),
    attempt('data directory', `mkdir -p -m 700 ${dataDir}`, () => checkDirectory(dataDir)),
    attempt('disk', 'make room on the disk, or shorten retention', () => checkDisk(dataDir)),
    attempt('clock', 'set the clock: timedatectl set-ntp true', () => checkClock(dataDir, clock())),
  ]
  const engines = await down()
  findings.push(
    engines === undefined
      ? { check: 'instance', ok: true, says: 'none runs on this data directory', mend: 'to start one: bauta up' }
      : finding(
          'instance',
          'restart it: bauta up',
          engines.map((name) => `${name} does not answer`),
          'it runs and all its engines answer',
        ),
  )
  const missing = await pending().catch((error: unknown) => [error instanceof Error ? error.message : 'cannot be read'])
  if (missing) findings.push(finding('migrations', 'bauta migrate', missing, 'all are applied'))
  if (house) findings.push(...Object.entries(house.config.sites).map(([site, config]) => checkSite(site, config)))
  return findings
}

function finding(check: string, mend: string, problems: readonly string[], fine: string): Finding {
  return problems.length === 0 ? { check, ok: true, says: fine } : { check, ok: false, says: problems.join('; '), mend }
}

function attempt(check: string, mend: string, work: () => string): Finding {
  try {
    return { check, ok: true, says: work() }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    return { check, ok: false, says: error.message, mend }
  }
}

function checkDirectory(dataDir: string): string {
  const found = statSync(dataDir, { throwIfNoEntry: false })
  if (!found) return `${dataDir} is not there yet; the first start makes it`
  if (!found.isDirectory()) throw new Fault('config_invalid', `${dataDir} is not a directory`)
  if ((found.mode & 0o077) !== 0)
    throw new Fault('config_invalid', `${dataDir} can be read by others; run: chmod 700 ${dataDir}`)
  return `${dataDir} belongs to its owner alone`
}

function checkDisk(dataDir: string): string {
  const { bavail, bsize } = statfsSync(existsSync(dataDir) ? dataDir : '.')
  const free = (bavail * bsize) / GIB
  if (free < 1) throw new Fault('disk_full', `${free.toFixed(2)} GiB are free where 1 is the least to go on with`)
  return `${free.toFixed(1)} GiB are free`
}

/** A clock that stands before what was written already would give days and weeks away twice. */
function checkClock(dataDir: string, now: number): string {
  const folders = ['log', 'sql', 'clickhouse', 'keys']
    .map((name) => join(dataDir, name))
    .filter((each) => existsSync(each))
  const newest = Math.max(
    0,
    ...folders.flatMap((each) => readdirSync(each).map((name) => statSync(join(each, name)).mtimeMs)),
  )
  if (newest > now + 60_000)
    throw new Fault(
      'config_invalid',
      `the clock says ${new Date(now).toISOString()}, and files were written later, at ${new Date(newest).toISOString()}`,
    )
  return `it says ${new Date(now).toISOString()}`
}

/** The cookie is Secure and first party, or browsers drop it. */
function checkSite(site: string, { origins, collector }: House['config']['sites'][string]): Finding {
  const problems = origins.flatMap((origin) => {
    const page = new URL(origin)
    const home = new URL(collector ?? origin)
    const secure = (url: URL) => url.protocol === 'https:' || url.hostname === 'localhost'
    const domain = (url: URL) => getDomain(url.hostname) ?? url.hostname
    return [
      ...[page, home]
        .filter((url) => !secure(url))
        .map((url) => `${url.origin} is not https, so browsers drop the cookie`),
      ...(domain(page) === domain(home)
        ? []
        : [`${page.host} and ${home.host} share no registrable domain, so the cookie would be a third party's`]),
    ]
  })
  const mend = `in bauta.yaml, give sites.${site}.collector an https address under the site's own domain`
  return finding(`site ${site}`, mend, [...new Set(problems)], 'origins are secure, and the cookie is first party')
}
