/** Takes batches of the log into the store: each record once, whichever process dies when. */

import type { LogBatch } from '../../infra/ports/log.ts'
import type { DedupId, WebPseudonym } from '../../schemas/ids.ts'
import type { RecordOf } from '../../schemas/topics.ts'
import { dayOf } from '../../schemas/week.ts'
import type { Bands } from './bands.ts'
import type { BatchAppender } from './batch-appender.ts'
import type { IdWindows } from './id-windows.ts'
import { rowsOf, type StoredTopic, tableOf } from './rows.ts'
import { type StopDeps, stop } from './stop.ts'

export interface LoadDeps extends StopDeps {
  readonly append: BatchAppender
  readonly windows: IdWindows
  readonly bands: Bands
  readonly now: () => number
}

export type LoadedTopic = StoredTopic | 'stops'
export type Load = (batch: LogBatch<LoadedTopic>) => Promise<void>

export function loader(deps: LoadDeps): Load {
  const { append, windows, bands, tombstones, now } = deps

  const store = async <T extends StoredTopic>(batch: LogBatch<T>): Promise<void> => {
    const { topic, partition, first, records } = batch
    // Choices carry no id: their receipt is made here, so no client can send one twice.
    const window = topic === 'device_consents' ? undefined : await windows.before(batch)
    const taken = new Set<DedupId>()
    const kept = records.map((record) => {
      const id = idOf(record)
      if (id === undefined) return true
      if (taken.has(id) || window?.has(id)) return false
      taken.add(id)
      return !('p' in record && tombstones.has(record.p))
    })
    const origin = { partition, first, received: dayOf(now()) }
    const poison = await append(batch, {
      table: tableOf(topic),
      rows: (record, index) => (kept[index] ? rowsOf(topic, record, origin) : []),
    })
    // Known from here on and not before: a batch that failed comes again, and must come out the same.
    const refused = new Set(poison.map(idOf))
    for (const id of taken) if (!refused.has(id)) window?.add(id, origin.received)
  }

  return async (batch) => {
    if (isOf(batch, 'stops')) return stop(deps, batch)
    await store(batch as LogBatch<StoredTopic>)
    if (isOf(batch, 'signals')) await bands.refresh(pseudonymsOf(batch.records))
  }
}

function isOf<T extends LoadedTopic>(batch: LogBatch<LoadedTopic>, topic: T): batch is LogBatch<T> {
  return batch.topic === topic
}

function idOf(record: RecordOf<StoredTopic>): DedupId | undefined {
  return 'id' in record ? record.id : undefined
}

function pseudonymsOf(records: readonly RecordOf<'signals'>[]): Map<string, Set<WebPseudonym>> {
  const bySite = new Map<string, Set<WebPseudonym>>()
  for (const { site, p } of records) bySite.set(site, (bySite.get(site) ?? new Set()).add(p))
  return bySite
}
