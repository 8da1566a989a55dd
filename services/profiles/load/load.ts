/** Takes batches of the log into the store: each record once, whichever process dies when. */

import type { LoadMeter } from '../../../infra/listeners/metrics.ts'
import type { LogBatch } from '../../../infra/ports/log.ts'
import type { DedupId, WebPseudonym } from '../../../schemas/ids.ts'
import type { RecordOf } from '../../../schemas/topics.ts'
import { dayOf } from '../../../schemas/week.ts'
import type { Bands } from '../bands.ts'
import type { BatchAppender } from '../batch-appender.ts'
import type { IdWindows } from './id-windows.ts'
import { dedupIdOf, rowsOf, type StoredTopic, tableOf } from './rows.ts'
import { endProfiles, type StopDeps, stop } from './stop.ts'

export interface LoadDeps extends StopDeps {
  readonly append: BatchAppender
  readonly windows: IdWindows
  readonly bands: Pick<Bands, 'refresh' | 'forget'>
  readonly now: () => number
  /** Whoever loads once and ends has nobody to tell. */
  readonly meter?: LoadMeter | undefined
}

export type LoadedTopic = StoredTopic | 'stops'
export type Load = (batch: LogBatch<LoadedTopic>) => Promise<void>

interface Stored {
  readonly duplicates: number
  readonly refused: number
  /** Makes the ids known. A batch that fails comes again and must come out the same, so that is left to its end. */
  remember(): void
}

export function loader(deps: LoadDeps): Load {
  const { append, windows, bands, tombstones, now, meter } = deps

  const store = async <T extends StoredTopic>(batch: LogBatch<T>): Promise<Stored> => {
    const { topic, partition, first, records } = batch
    const window = await windows.before(batch)
    const taken = new Set<DedupId>()
    const kept = records.map((record) => {
      const id = dedupIdOf(record)
      if (taken.has(id) || window.has(id)) return false
      taken.add(id)
      return !('p' in record && tombstones.has(record.p))
    })
    const origin = { partition, first, received: dayOf(now()) }
    const poison = await append(batch, {
      table: tableOf(topic),
      id: dedupIdOf,
      rows: (record, index) => (kept[index] ? rowsOf(topic, record, origin) : []),
    })
    const refused = new Set(poison.map(dedupIdOf))
    return {
      duplicates: records.length - taken.size,
      refused: poison.length,
      remember() {
        for (const id of taken) if (!refused.has(id)) window.add(id, origin.received)
      },
    }
  }

  const tried = new Set<string>()

  /**
   * Whoever stores a pseudonym's signals after its end deletes them again, as the process that carried out the stop could not see them: the
   * stops are read to their end before the insert and after it. One that came later still is carried out later, and finds the rows.
   *
   * A batch that comes again leaves out who ended since its first try. If that one had gone in, the token drops the second whole, and what the
   * first brought of the ended is deleted here; if it had not, the token is free for the fewer rows.
   */
  const storeSignals = async (batch: LogBatch<'signals'>): Promise<Stored> => {
    const { partition, first, last, records, replayed } = batch
    const name = `${partition}:${first}-${last}`
    await tombstones.readOn()
    const left = replayed || tried.has(name) ? [] : records.filter(({ p }) => tombstones.has(p))
    const without = new Set(left.map(({ p }) => p))
    tried.add(name)
    const stored = await store(batch)
    await bands.refresh(pseudonymsOf(records))
    await tombstones.readOn()
    const ended = records.filter(({ p }) => tombstones.has(p) && !without.has(p))
    if (ended.length > 0) await endProfiles(deps, ended)
    tried.delete(name)
    return stored
  }

  const load = async (batch: LogBatch<LoadedTopic>): Promise<Stored | undefined> => {
    if (isOf(batch, 'stops')) return void (await stop(deps, batch))
    if (isOf(batch, 'signals')) return storeSignals(batch)
    return store(batch as LogBatch<Exclude<StoredTopic, 'signals'>>)
  }

  return async (batch) => {
    const began = performance.now()
    const stored = await load(batch)
    stored?.remember()
    const { topic, records } = batch
    const seconds = (performance.now() - began) / 1000
    meter?.loaded({ topic, records: records.length, duplicates: stored?.duplicates ?? 0, seconds })
    for (let n = 0; n < (stored?.refused ?? 0); n++) meter?.deadLettered(topic)
  }
}

function isOf<T extends LoadedTopic>(batch: LogBatch<LoadedTopic>, topic: T): batch is LogBatch<T> {
  return batch.topic === topic
}

function pseudonymsOf(records: readonly RecordOf<'signals'>[]): Map<string, Set<WebPseudonym>> {
  const bySite = new Map<string, Set<WebPseudonym>>()
  for (const { site, p } of records) bySite.set(site, (bySite.get(site) ?? new Set()).add(p))
  return bySite
}
