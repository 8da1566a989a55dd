/**
 * Visitors whose id ended: an old cookie, replayed by a tab or a thief, is no consent.
 *
 * What ended stands in `stops`, which is read on every few seconds, and at once in the cache that collectors share. One of the two is enough
 * to know; none means nobody's consent can be known. Without the cache the log is read to its end before each answer. Without the log
 * the cache alone serves, also to a collector that has just started, as long as it is vouched for: some collector that had read the
 * log has put into it all that ended in two days. A cache that was emptied has lost that word too, and is told all again first.
 */

import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { Cache } from '../../infra/ports/cache.ts'
import type { Log, Position } from '../../infra/ports/log.ts'
import { BANDS_SECONDS } from '../../schemas/bands-cache.ts'
import type { WebPseudonym } from '../../schemas/ids.ts'
import { topics } from '../../schemas/topics.ts'
import { DAY_MS, dayOf } from '../../schemas/week.ts'

export interface Refused {
  /** Rejects when that cannot be known, which is no consent either. */
  has(p: WebPseudonym): Promise<boolean>
  add(p: WebPseudonym): Promise<void>
  /** Reads on to the end of `stops`, where other collectors and activation write too. */
  refresh(): Promise<void>
  /** Rejects while nobody's consent can be known. */
  healthy(): Promise<void>
  close(): Promise<void>
}

export interface RefusedDeps {
  readonly log: Pick<Log, 'readToEnd'>
  /** Tells other collectors at once, before they have read the log. */
  readonly cache: Pick<Cache, 'get' | 'set'>
  readonly clock: () => number
  readonly logger: Logger
  /** How long the start waits for the log. */
  readonly patienceMs?: number
}

const CACHED_DAYS = 2
/** For as many days it expires after every band: a full cache lets go first of what expires first. */
const CACHED_SECONDS = BANDS_SECONDS + CACHED_DAYS * 86_400
const KEEP_DAYS = topics.stops.keepHours / 24
const REFRESH_MS = 5_000
/** A read so old still answers for the log; younger withdrawals were made while the request was on its way. */
const FRESH_MS = 200
const READ_MS = 2_000
const TOLD_AT_ONCE = 100

const cacheKey = (p: WebPseudonym): string => `refused:${p}`
/** Names the time since the cache was last told all. Longer than a restart takes, shorter than the log would be forgotten. */
const VOUCHER = 'refused:all'
const VOUCHER_SECONDS = 300

/** Ready when all that is kept of `stops` has been read, or when that was waited for in vain: a restart forgets nobody. */
export async function openRefused(deps: RefusedDeps): Promise<Refused> {
  const { log, cache, clock, logger, patienceMs = 5_000 } = deps
  const days = new Map<WebPseudonym, string>()
  /** What the cache is still to be told. */
  const untold = new Set<WebPseudonym>()
  /** The voucher under which it was told all that is known here. */
  let vouched: string | undefined
  let position: Position | undefined
  let reading: Promise<void> | undefined
  let telling = false
  let readAt = Number.NEGATIVE_INFINITY
  let failed = { at: Number.NEGATIVE_INFINITY, why: undefined as unknown }

  async function read(): Promise<void> {
    const began = performance.now()
    try {
      const { upTo, records } = await log.readToEnd('stops', position)
      // Another collector has told the cache of all that is older than this one; where none has, all is told below.
      const first = position === undefined
      if (first) vouched ??= await voucher().catch(() => undefined)
      const cached = firstCached()
      for (const { p, day } of records) {
        days.set(p, day)
        if (day >= cached && !first) untold.add(p)
      }
      position = upTo
      readAt = began
    } catch (why) {
      failed = { at: performance.now(), why }
      throw why
    }
    const last = dayOf(clock() - KEEP_DAYS * DAY_MS)
    for (const [p, day] of days) {
      if (day >= last) break
      days.delete(p)
    }
  }
  function refresh(): Promise<void> {
    reading ??= read().finally(() => {
      reading = undefined
    })
    return reading
  }

  /** Once for all who ask at the same time, and again only after a moment, whether it went well or not. */
  async function readOn(): Promise<void> {
    const now = performance.now()
    if (now - readAt < FRESH_MS) return
    if (now - failed.at < FRESH_MS) throw failed.why
    await orLate(refresh(), READ_MS)
  }

  const isCached = async (p: WebPseudonym) => (await cache.get(cacheKey(p))) !== undefined
  const voucher = () => cache.get(VOUCHER)
  const isVouchedFor = async () => (await voucher().catch(() => undefined)) !== undefined
  const firstCached = () => dayOf(clock() - CACHED_DAYS * DAY_MS)

  /**
   * The cache is whole when nothing is left to tell. Where the voucher is not the one before, what was told is lost. Who has just read the
   * log to its end (`current`) may vouch anew; all others only pass on the word that stands.
   */
  async function tell(current: boolean): Promise<void> {
    const before = await voucher()
    const isWhole = before !== undefined && before === vouched
    const cached = firstCached()
    if (!isWhole) for (const [p, day] of days) if (day >= cached) untold.add(p)
    while (untold.size > 0)
      await Promise.all(
        [...untold].slice(0, TOLD_AT_ONCE).map(async (p) => {
          await cache.set(cacheKey(p), '1', CACHED_SECONDS)
          untold.delete(p)
        }),
      )
    const word = isWhole ? before : ((await voucher()) ?? (current ? randomUUID() : undefined))
    if (word === undefined) return
    await cache.set(VOUCHER, word, VOUCHER_SECONDS)
    vouched = word
  }

  async function turn(): Promise<void> {
    const current = await refresh().then(
      () => true,
      (err) => {
        logger.error({ err, topic: 'stops' }, 'withdrawals cannot be read')
        return false
      },
    )
    if (telling) return
    telling = true
    void tell(current)
      .catch((err) => logger.warn({ err }, 'other collectors will refuse a visitor late'))
      .finally(() => {
        telling = false
      })
  }
  await orLate(turn(), patienceMs).catch((err) => logger.error({ err }, 'started without knowing who withdrew'))
  const timer = setInterval(turn, REFRESH_MS)
  timer.unref()

  return {
    refresh,
    async has(p) {
      if (days.has(p)) return true
      if (position === undefined && !(await isVouchedFor())) await readOn()
      const cached = await isCached(p).catch(() => undefined)
      if (cached === undefined) await readOn()
      return cached === true || days.has(p)
    },
    async add(p) {
      days.set(p, dayOf(clock()))
      untold.add(p)
      // It is on disk already: without the cache the others learn of it when they read on.
      await cache.set(cacheKey(p), '1', CACHED_SECONDS).then(
        () => untold.delete(p),
        (err) => logger.error({ err }, 'other collectors will refuse a visitor late'),
      )
    },
    async healthy() {
      if (position === undefined && !(await isVouchedFor())) await readOn()
    },
    close: async () => clearInterval(timer),
  }
}

function orLate(work: Promise<void>, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`withdrawals were not read within ${ms} ms`)), ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
