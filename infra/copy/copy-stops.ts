/** The stops that the log still keeps: who ended must stay ended. All else in a log that was read to its end is in the store. */

import { Fault } from '../../schemas/fault.ts'
import { type Topic, topics } from '../../schemas/topics.ts'
import type { Log, LogEntry } from '../ports/log.ts'
import { type Copied, notEmpty } from './copied.ts'

const BATCH = 1_000

export async function refuseRecords(log: Log): Promise<void> {
  for (const topic of Object.keys(topics) as Topic[])
    await log.scan(topic, async ({ records }) => {
      if (records.length > 0) throw notEmpty(`the topic ${topic} of the log`)
    })
}

export async function copyStops(from: Log, to: Log, onCopied: (what: string, rows: number) => void): Promise<Copied[]> {
  const { records } = await from.readToEnd('stops')
  const entries = records.map((record): LogEntry => {
    // Any partition will do: whoever asks who ended reads all of them.
    return { topic: 'stops', partition: Number.parseInt(record.p.slice(0, 8), 16) % to.partitions, record }
  })
  for (let at = 0; at < entries.length; at += BATCH) {
    const batch = entries.slice(at, at + BATCH)
    await to.append(batch)
    onCopied('log stops', batch.length)
  }
  const there = await to.readToEnd('stops')
  // Never fewer. More, if an append was told twice: a stop that comes twice is one stop.
  const known = new Set(there.records.map(({ p }) => p))
  if (!records.every(({ p }) => known.has(p)))
    throw new Fault('conflict', 'the log there lacks stops that the log here has; the target must not be used')
  return [{ engine: 'log', table: 'stops', rows: records.length }]
}
