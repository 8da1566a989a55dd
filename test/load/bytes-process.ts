/** `npx tsx test/load/bytes-process.ts`: bytes on disk a row of the store, and a record of the log, from made-up visits; the figures of docs/scale.md. */

import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as z from 'zod'
import { clickhouseStore } from '../../infra/clickhouse/store.ts'
import { openChdb } from '../../infra/embedded/chdb.ts'
import { migrateStore } from '../../infra/migrate.ts'
import { defineCommand, defineQuery } from '../../infra/ports/store.ts'
import type { EventRecord, SignalRecord } from '../../schemas/topics.ts'
import { dayOf, weekOf } from '../../schemas/week.ts'

const EVENTS = 100_000
const PROFILES = 20_000
const SIGNALS = 8
const BATCH = 5_000
const PAGES = 2_000

const pick = (n: number) => Math.floor(Math.random() ** 2 * n)
const hex = (bytes: number) => randomBytes(bytes).toString('hex')
const now = Date.now()

/** A day's visitors come some four times, and read what others read. */
const visitors = Array.from({ length: EVENTS / 4 }, () => ({
  e: `0${hex(16)}`,
  device: ['desktop', 'mobile', 'tablet'][pick(3)],
  country: ['DE', 'AT', 'CH', 'FR'][pick(4)],
}))
function event(n: number) {
  const { e, device, country } = visitors[Math.floor(Math.random() * visitors.length)] as (typeof visitors)[number]
  return {
    ...{
      id: BigInt(`0x${hex(8)}`).toString(),
      partition: n % 12,
      first: Math.floor(n / BATCH) * BATCH,
      received: dayOf(now),
    },
    ...{ site: 'magazine', day: dayOf(now - 86_400_000 * pick(30)), e, session: pick(5), step: pick(20) },
    ...{
      type: ['page_view', 'engaged', 'search'][pick(3)],
      path: `/section-${pick(20)}/an-article-on-its-subject-${pick(PAGES)}`,
    },
    ...{
      referrer: n % 3 ? '' : 'search.example',
      campaign: n % 10 ? '' : 'autumn',
      seconds: pick(120),
      country,
      device,
      language: 'de',
    },
  }
}
function signal(p: string) {
  return {
    ...{ id: BigInt(`0x${hex(8)}`).toString(), partition: 0, first: 0, received: dayOf(now), site: 'magazine', p },
    ...{
      week: weekOf(now) - pick(40),
      until: weekOf(now) + 50,
      notice: '2026-11',
      country: 'DE',
      device: 'mobile',
      language: 'de',
    },
    ...{
      interest: `energy.subject-${pick(200)}`,
      rule: `rule-${pick(200)}`,
      kind: ['view', 'engaged'][pick(2)],
      n: 1 + pick(9),
    },
  }
}

const directory = await mkdtemp(join(tmpdir(), 'bauta-bytes-'))
const store = clickhouseStore(await openChdb(directory))
try {
  await migrateStore(store)
  for (let n = 0; n < EVENTS; n += 50_000)
    await store.append(
      'events_in',
      Array.from({ length: 50_000 }, (_, at) => event(n + at)),
      `events:${n}`,
    )
  const ps = Array.from({ length: PROFILES }, () => hex(16))
  for (let n = 0; n < PROFILES; n += 10_000)
    await store.append(
      'signals_in',
      ps.slice(n, n + 10_000).flatMap((p) => Array.from({ length: SIGNALS }, () => signal(p))),
      `signals:${n}`,
    )
  for (const table of ['events', 'traffic', 'seen', 'signals', 'profiles'])
    await store.command(
      defineCommand({ name: 'bytes_merge', sql: `OPTIMIZE TABLE ${table} FINAL`, params: z.object({}) }),
      {},
    )
  const rows = await store.ask(bytes(), {})
  for (const { table, kept, bytes } of rows)
    process.stdout.write(
      `${table.padEnd(10)} ${String(kept).padStart(9)} rows  ${(bytes / kept).toFixed(1).padStart(6)} B a row\n`,
    )
} finally {
  await store.close()
  await rm(directory, { recursive: true })
}

const records = {
  events: Array.from({ length: 200 }, (_, n) => eventRecord(n)),
  signals: Array.from({ length: 200 }, () => signalRecord()),
}
for (const [topic, list] of Object.entries(records)) {
  const text = list.map((record) => JSON.stringify(record)).join('\n')
  const line = `${(text.length / list.length).toFixed(0)} B a record, ${(gzipSync(text).length / list.length).toFixed(0)} B in a gzipped batch of ${list.length}`
  process.stdout.write(`${topic.padEnd(10)} ${line}\n`)
}

function bytes() {
  return defineQuery({
    name: 'bytes',
    params: z.object({}),
    row: z.object({ table: z.string(), kept: z.coerce.number(), bytes: z.coerce.number() }),
    sql: `SELECT table, sum(rows) AS kept, sum(bytes_on_disk) AS bytes FROM system.parts
      WHERE active AND database = currentDatabase() AND rows > 0 AND table != 'migrations' GROUP BY table ORDER BY table`,
  })
}

function eventRecord(n: number): Record<keyof EventRecord, unknown> {
  const { id: _, partition, first, received, country, device, language, ...rest } = event(n)
  return { id: hex(8), ...rest, traits: { country, device, language } }
}

function signalRecord(): Record<keyof SignalRecord, unknown> {
  const p = createHash('sha256').update(hex(8)).digest('hex').slice(0, 32)
  const { week, until, notice, interest, rule, kind, n } = signal(p)
  const traits = { country: 'DE', device: 'mobile', language: 'de' }
  const signals = [{ interest, rule, kind, n }]
  return { id: hex(8), site: 'magazine', p, week, until, notice, traits, signals }
}
