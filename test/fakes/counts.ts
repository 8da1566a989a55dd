/** Records for tests of the log: acts that belong to nobody, told apart by a number. */

import type { LogEntry } from '../../infra/ports/log.ts'
import { CountRecord } from '../../schemas/topics.ts'

export function count(n: number): CountRecord {
  const id = n.toString(16).padStart(16, '0')
  return CountRecord.parse({ id, site: 'demo', day: '2026-11-02', hour: 9, type: 'purchase', path: '/shop/thanks' })
}

export function counts(from: number, to: number, partition = 0): LogEntry[] {
  return Array.from({ length: to - from }, (_, i) => ({ topic: 'counts', partition, record: count(from + i) }))
}

/** The numbers of records, in order, as a log may change that. */
export function numbers(records: readonly { readonly id: string }[]): number[] {
  return records.map(({ id }) => Number.parseInt(id, 16)).sort((a, b) => a - b)
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}
