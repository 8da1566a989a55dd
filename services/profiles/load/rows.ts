/** Records of the log as rows of the store. Names change here and nowhere else. */

import { DedupId, type ReceiptId } from '../../../schemas/ids.ts'
import type { RecordOf } from '../../../schemas/topics.ts'

/** Where a row came from, for deduplication. */
export interface Origin {
  readonly partition: number
  /** Of its batch. */
  readonly first: number
  /** The day it is stored. */
  readonly received: string
}

/** Topics whose records become rows. */
export type StoredTopic = 'events' | 'signals' | 'counts' | 'device_consents'

type Rows = {
  readonly [T in StoredTopic]: {
    readonly table: string
    rows(record: RecordOf<T>, origin: Origin): readonly object[]
  }
}

const stored: Rows = {
  events: {
    table: 'events_in',
    rows: ({ id, traits, ...event }, origin) => [{ id: decimal(id), ...origin, ...event, ...traits }],
  },
  signals: {
    table: 'signals_in',
    /** One row a signal. A record without any is a sign of life: one row of no kind. */
    rows({ id, traits, signals, ...of }, origin) {
      const row = { id: decimal(id), ...origin, ...of, ...traits }
      return signals.length === 0
        ? [{ ...row, interest: '', rule: '', kind: '', n: 0 }]
        : signals.map((signal) => ({ ...row, ...signal }))
    },
  },
  counts: {
    table: 'counts_in',
    rows: ({ id, ...act }, origin) => [{ id: decimal(id), ...origin, ...act }],
  },
  device_consents: {
    table: 'consents_in',
    rows: ({ noticeHash, ...consent }, origin) => [
      { id: decimal(dedupIdOf(consent)), ...origin, ...consent, notice_hash: noticeHash },
    ],
  },
}

export function isStoredTopic(topic: string): topic is StoredTopic {
  return Object.hasOwn(stored, topic)
}

export function tableOf(topic: StoredTopic): string {
  return stored[topic].table
}

export function rowsOf<T extends StoredTopic>(topic: T, record: RecordOf<T>, origin: Origin): readonly object[] {
  return stored[topic].rows(record, origin)
}

/** What a copy of the record has too. A choice has no id of a client's: its receipt is one, and half of it tells no other. */
export function dedupIdOf(record: { readonly id: DedupId } | { readonly receipt: ReceiptId }): DedupId {
  return 'id' in record ? record.id : DedupId.parse(record.receipt.slice(-16))
}

/** The store counts in decimals; 64 bits are more than a number holds. */
function decimal(id: DedupId): string {
  return BigInt(`0x${id}`).toString()
}
