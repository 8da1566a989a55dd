/**
 * `bauta import visits`: page views of another site, replayed through the collector's own admission, the log and the profiles. Their
 * visitors agreed to nothing, so they get a data directory and keys of their own, and never meet a house's real ones.
 */

import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gather } from '../../collector/gather.ts'
import { compileSite, type Site } from '../../collector/site.ts'
import { type House, readHouse } from '../../infra/config/house.ts'
import { rememberNotices } from '../../infra/config/remember-notices.ts'
import { deadLettersIn } from '../../infra/control/dead-letters.ts'
import { openEngines } from '../../infra/engines.ts'
import { createKekFile, readKek } from '../../infra/keys/key-encryption-key.ts'
import { openPersonKeyring } from '../../infra/keys/person-keys.ts'
import { openProfilesKeyring } from '../../infra/keys/profiles-keys.ts'
import { openWebKeyring, type WebKeyring } from '../../infra/keys/web-keys.ts'
import { migrate } from '../../infra/migrate.ts'
import type { LogEntry } from '../../infra/ports/log.ts'
import { type Close, closeAll } from '../../infra/process/close-all.ts'
import type { Settings } from '../../infra/process/environment.ts'
import { openLogger } from '../../infra/process/logger.ts'
import { Fault } from '../../schemas/fault.ts'
import type { WebPseudonym } from '../../schemas/ids.ts'
import { DAY_MS, WEEK_MS } from '../../schemas/week.ts'
import { openProfiles } from '../profiles/open-profiles.ts'
import type { Output } from './output.ts'
import { readVisits } from './read-visits.ts'
import { type Replay, replayOf, shiftTo } from './replay-visits.ts'

export interface ImportVisitsDeps {
  readonly settings: Settings
  readonly output: Output
  readonly file: string
  readonly site: string
  readonly clock: () => number
}

export interface ImportedVisits {
  readonly views: number
  readonly taken: number
  /** Of those taken. */
  readonly signalsOnly: number
  /** By reason. */
  readonly dropped: Readonly<Record<string, number>>
  /** The first of those that are no page views, by number. */
  readonly malformedLines: readonly number[]
  readonly visitors: number
  readonly visitorsWithInterests: number
  readonly weeksShifted: number
  readonly dataDir: string
  readonly kekFile: string
}

const BATCH = 1_000
const NAMED_LINES = 100

/** Answers with the report it printed, and who became whom: that is not printed, and nowhere written down. */
export async function importVisits(
  deps: ImportVisitsDeps,
): Promise<{ readonly report: ImportedVisits; readonly pseudonyms: ReadonlyMap<number, WebPseudonym> }> {
  const { output, file, clock } = deps
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new Fault('invalid', `${file} is not a file`)
  const house = readHouse(deps.settings.configFile)
  const site = siteOf(house, deps.site)
  const { lines, last } = await survey(file)
  const settings = ownSettings(deps.settings)
  const shift = shiftTo(clock(), last)

  const world = await open(settings, house, clock)
  const malformed: number[] = []
  try {
    const { log, keys, profiles } = world
    const replay = replayOf({ site, keys, partitions: log.partitions, shift })
    const append = gather(log)
    const bar = output.progress('replaying page views', lines)
    let views = 0
    let waiting: LogEntry[] = []
    try {
      for await (const { number, visit } of readVisits(file)) {
        views += 1
        if (visit) waiting.push(...replay.view(visit))
        else malformed.push(number)
        if (waiting.length < BATCH) continue
        await append(waiting)
        waiting = []
        bar.set(views)
      }
      if (waiting.length > 0) await append(waiting)
      await profiles.caughtUp()
    } finally {
      bar.stop()
    }
    const report = reportOf({ replay, views, malformed, shift, settings })
    print(output, report)
    return { report, pseudonyms: replay.pseudonyms }
  } finally {
    await world.close()
  }
}

function siteOf({ config, interests }: House, name: string): Site {
  const words = interests.get(name)
  const site = config.sites[name]
  if (site && words) return compileSite(name, site, words)
  throw new Fault('not_found', `no site is named ${name}; there are ${Object.keys(config.sites).join(', ')}`)
}

/** Read once before anything is made, as the last view says how far all are moved. */
async function survey(file: string): Promise<{ readonly lines: number; readonly last: number }> {
  let lines = 0
  let last = Number.NEGATIVE_INFINITY
  for await (const { visit } of readVisits(file)) {
    lines += 1
    if (visit) last = Math.max(last, visit.t)
  }
  if (Number.isFinite(last)) return { lines, last }
  throw new Fault('invalid', `${file} holds no page view: a line is {"visitor", "t", "path", "referrer", "ua"}`)
}

/** Beside the house's, whatever that is. Never twice into the same: nobody could tell the two replays apart, or either from real visitors. */
function ownSettings(settings: Settings): Settings & { readonly kek: { readonly file: string } } {
  const dataDir = `${settings.dataDir}-visits`
  const file = `${dataDir}.kek`
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0)
    throw new Fault('conflict', `${dataDir} holds data already; delete it, or set BAUTA_DATA to import beside another`)
  mkdirSync(dirname(dataDir), { recursive: true })
  if (!existsSync(file)) createKekFile(file)
  const keysDir = join(dataDir, 'keys')
  return { ...settings, engines: 'embedded', dataDir, keysDir, publicKeysDir: keysDir, kek: { value: undefined, file } }
}

async function open(settings: Settings, house: House, clock: () => number) {
  const closing: Close[] = []
  const close = () => closeAll(closing)
  try {
    const kek = readKek(settings.kek, settings.dataDir)
    const engines = await openEngines(settings)
    closing.push(engines.close)
    const keyring = { directory: settings.keysDir, kek, clock }
    await openPersonKeyring(keyring)
    const webKeys = await openWebKeyring({ ...keyring, sites: Object.keys(house.config.sites) })
    mintDays(webKeys, clock())
    await migrate(engines)
    await rememberNotices(engines.sql.control, house.config)
    const { log: stream, store, cache, sql } = engines
    const log = openLogger({ level: settings.logLevel === 'info' ? 'warn' : settings.logLevel, service: 'profiles' })
    const deadLetters = deadLettersIn(sql.control)
    const { control } = sql
    const { fingerprint } = openProfilesKeyring(keyring)
    const own = { house, stream, store, cache, control, deadLetters, fingerprint, now: clock, log }
    const profiles = await openProfiles(own)
    closing.push(() => profiles.close())
    return { log: stream, keys: webKeys.keys, profiles, close }
  } catch (error) {
    await close().catch(() => {})
    throw error
  }
}

/** The days whose keys a house that had been running would still have. Of older days there can be no rows for analytics, by design. */
function mintDays(webKeys: WebKeyring, now: number): void {
  for (const ago of [1, 0]) webKeys.turnDays(now - ago * DAY_MS)
}

interface Outcome {
  readonly replay: Replay
  readonly views: number
  readonly malformed: readonly number[]
  readonly shift: number
  readonly settings: ReturnType<typeof ownSettings>
}

function reportOf({ replay, views, malformed, shift, settings }: Outcome): ImportedVisits {
  const { taken, signalsOnly, dropped, withInterests } = replay.counts
  return {
    views,
    taken,
    signalsOnly,
    dropped: { ...Object.fromEntries(dropped), ...(malformed.length > 0 && { malformed: malformed.length }) },
    malformedLines: malformed.slice(0, NAMED_LINES),
    visitors: replay.pseudonyms.size,
    visitorsWithInterests: withInterests,
    weeksShifted: shift / WEEK_MS,
    dataDir: settings.dataDir,
    kekFile: settings.kek.file,
  }
}

function print(output: Output, report: ImportedVisits): void {
  const { views, taken, signalsOnly, dropped, malformedLines, visitors, visitorsWithInterests } = report
  const rows = {
    'page views': views,
    taken,
    'of these for interests only': signalsOnly,
    ...Object.fromEntries(Object.entries(dropped).map(([reason, n]) => [`dropped: ${reason}`, n])),
    visitors,
    'visitors with interests': visitorsWithInterests,
  }
  output.data(output.json ? report : Object.entries(rows).map(([what, n]) => ({ what, n })))
  if (malformedLines.length > 0) output.talk(`no page views: lines ${malformedLines.join(', ')}`)
  output.talk(`all times moved by ${report.weeksShifted} weeks; consent to P1, P2 and P3 was assumed, not given`)
  output.talk(`to look at it: BAUTA_DATA=${report.dataDir} BAUTA_KEK_FILE=${report.kekFile} bauta up`)
}
