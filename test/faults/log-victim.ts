/**
 * The process that the kill test kills: `log-victim PATH ROUND DEDUPE`. It appends under load, says on stdout what it is about to append
 * (`s id`) and what was acknowledged (`a id`), appends again what is listed on stdin, and consumes all of it into files.
 */

import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { openFileLog } from '../../infra/embedded/file-log/file-log.ts'
import type { LogBatch, LogEntry } from '../../infra/ports/log.ts'
import { count } from '../fakes/counts.ts'

const PARTITIONS = 2
const [, , path = '', round = '0', dedupe = 'yes'] = process.argv
const say = (kind: string, ids: readonly number[]) => writeSync(1, ids.map((id) => `${kind} ${id}\n`).join(''))

/** A store with what the real one offers: rows of one token are added once. One line a token, and the last may be torn. */
function openStore(file: string) {
  const tokens = new Set<string>()
  const seen = new Set<string>()
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  if (whole !== text) truncateSync(file, Buffer.byteLength(whole))
  for (const line of whole.split('\n').slice(0, -1)) {
    const [token = '', ...ids] = line.split(' ')
    tokens.add(token)
    for (const id of ids) seen.add(id)
  }
  return {
    append(token: string, ids: readonly string[]) {
      if (tokens.has(token)) return
      tokens.add(token)
      const fresh = dedupe === 'yes' ? [...new Set(ids)].filter((id) => !seen.has(id)) : ids
      for (const id of fresh) seen.add(id)
      appendFileSync(file, `${[token, ...fresh].join(' ')}\n`)
    },
  }
}

mkdirSync(path, { recursive: true })
const stores = Array.from({ length: PARTITIONS }, (_, partition) => openStore(join(path, `store-${partition}`)))
const log = await openFileLog({ path: join(path, 'log'), partitions: PARTITIONS, lingerMs: 5, segmentBytes: 1 << 16 })
const consumer = await log.consume({
  group: 'store',
  topics: ['counts'],
  maxRecords: 100,
  async each({ partition, first, last, records }: LogBatch<'counts'>) {
    // A process dies between pinning, storing and committing too.
    await new Promise(setImmediate)
    stores[partition]?.append(
      `${first}-${last}`,
      records.map(({ id }) => id),
    )
    await new Promise(setImmediate)
  },
})

/** A copy lands where its first one did. */
const entry = (id: number): LogEntry => ({ topic: 'counts', partition: id % PARTITIONS, record: count(id) })

async function send(ids: readonly number[]): Promise<void> {
  say('s', ids)
  await log.append(ids.map(entry))
  say('a', ids)
}

const again = readFileSync(0, 'utf8').split('\n').filter(Boolean).map(Number)
for (let from = 0; from < again.length; from += 50) await send(again.slice(from, from + 50))

if (round === 'last') {
  await consumer.caughtUp()
  await log.close()
} else {
  let next = Number(round) * 1_000_000
  const producers = Array.from({ length: 8 }, async () => {
    for (;;) {
      const ids = Array.from({ length: 1 + Math.floor(Math.random() * 10) }, () => next++)
      await send(ids)
    }
  })
  await Promise.all(producers)
}
