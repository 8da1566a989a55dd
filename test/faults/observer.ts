/** Looks at the engines from beside the product: what the store holds, and how far the group is. Asks in plain SQL over HTTP. */

import { setTimeout as pause } from 'node:timers/promises'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import { type Ledger, wordOf } from './ledger.ts'
import type { Found } from './oracle.ts'

export interface Observer {
  /** Paths of one round and the signals of visitors that were not there before. */
  look(ledger: Ledger): Promise<Found>
  /** Of all rounds before this one: rows that came late, or went. */
  changed(ledger: Ledger): Promise<readonly string[]>
  /** From now on, all that is there belongs to rounds before. */
  remember(): Promise<void>
  /** Has all of these paths come? */
  holds(ledger: Ledger, paths: readonly string[]): Promise<number>
  /** Records that the group has not finished: behind its position, or pinned. */
  unread(): Promise<number>
  close(): Promise<void>
}

export interface ObserverOptions {
  readonly clickhouse: string
  /** Past all proxies. */
  readonly broker: string
}

const GROUP = 'bauta.profiles'
const TOPICS = ['events', 'signals', 'counts', 'device_consents', 'stops'].map((topic) => `bauta.${topic}`)
const PATIENCE_MS = 240_000

export async function openObserver({ clickhouse, broker }: ObserverOptions): Promise<Observer> {
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 1 } })
  let admin: Admin | undefined
  const knownSignals = new Map<string, string>()
  let known: ReadonlyMap<string, number> = new Map<string, number>()

  async function ask<T>(sql: string): Promise<T[]> {
    const format = `${sql} FORMAT JSONEachRow`
    const body = `${format} SETTINGS output_format_json_quote_64bit_integers = 0`
    for (const until = Date.now() + PATIENCE_MS; ; await pause(100))
      try {
        const answer = await fetch(clickhouse, { method: 'POST', body, signal: AbortSignal.timeout(30_000) })
        const text = await answer.text()
        if (!answer.ok) throw new Error(text)
        const lines = text.split('\n').filter((line) => line !== '')
        return lines.map((line) => JSON.parse(line) as T)
      } catch (error) {
        if (Date.now() > until) throw error
      }
  }

  const byKey = async (sql: string) =>
    new Map((await ask<{ key: string; n: number }>(sql)).map(({ key, n }) => [key, Number(n)]))

  const ofRound = (table: string, n: string, { round }: Ledger) =>
    byKey(`SELECT path AS key, ${n} AS n FROM ${table} WHERE path LIKE '/%/${wordOf(round, 2)}/%' GROUP BY path`)

  async function signals(): Promise<Map<string, Map<string, number>>> {
    const rows = await ask<{ p: string; key: string; n: number }>(
      `SELECT p, concat(interest, ' ', kind) AS key, sum(n) AS n FROM signals GROUP BY p, interest, kind`,
    )
    const of = new Map<string, Map<string, number>>()
    for (const { p, key, n } of rows) of.set(p, (of.get(p) ?? new Map()).set(key, Number(n)))
    return of
  }
  const textOf = (each: ReadonlyMap<string, number>) =>
    [...each]
      .map(([key, n]) => `${key} ${n}`)
      .sort()
      .join()

  /** Of all paths but those of one round. */
  const totals = (but = 0) => {
    const others = `path NOT LIKE '/%/${wordOf(but, 2)}/%'`
    return byKey(`SELECT 'events' AS key, count() AS n FROM events WHERE ${others}
      UNION ALL SELECT 'traffic', sum(n) FROM traffic WHERE ${others}
      UNION ALL SELECT 'acts', sum(n) FROM acts WHERE ${others}`)
  }

  async function connected(): Promise<Admin> {
    if (admin) return admin
    const next = kafka.admin()
    await next.connect()
    admin = next
    return next
  }

  return {
    async look(ledger) {
      const [events, traffic, acts, receipts, all] = [
        await ofRound('events', 'count()', ledger),
        await ofRound('traffic', 'sum(n)', ledger),
        await ofRound('acts', 'sum(n)', ledger),
        await byKey('SELECT receipt AS key, count() AS n FROM device_consents GROUP BY receipt'),
        await signals(),
      ]
      const fresh = [...all].filter(([p]) => !knownSignals.has(p)).map(([, each]) => each)
      return { events, traffic, acts, receipts, signals: fresh }
    },
    async changed({ round }) {
      const all = await signals()
      const differing = [...knownSignals].filter(([p, text]) => textOf(all.get(p) ?? new Map()) !== text)
      const now = await totals(round)
      return [
        ...(differing.length > 0 ? [`profiles of earlier rounds that changed: ${differing.length}`] : []),
        ...[...known]
          .filter(([key, n]) => now.get(key) !== n)
          .map(([key, n]) => `earlier ${key}: ${n} became ${now.get(key)}`),
      ]
    },
    async remember() {
      for (const [p, each] of await signals()) knownSignals.set(p, textOf(each))
      known = await totals()
    },
    async holds({ round }, paths) {
      const like = `'/%/${wordOf(round, 2)}/%'`
      const found = await ask<{ path: string }>(
        `SELECT DISTINCT path FROM events WHERE path LIKE ${like} UNION ALL SELECT DISTINCT path FROM acts WHERE path LIKE ${like}`,
      )
      const there = new Set(found.map(({ path }) => path))
      return paths.filter((path) => there.has(path)).length
    },
    async unread() {
      try {
        const asking = await connected()
        const offsets = await asking.fetchOffsets({ groupId: GROUP, topics: [...TOPICS] })
        let behind = 0
        for (const { topic, partitions } of offsets) {
          const ends = new Map((await asking.fetchTopicOffsets(topic)).map((each) => [each.partition, each]))
          for (const { partition, offset, metadata } of partitions) {
            const { low = '0', high = '0' } = ends.get(partition) ?? {}
            behind += Number(high) - Math.max(Number(offset), Number(low), 0)
            if (metadata) behind += 1
          }
        }
        return behind
      } catch (error) {
        await admin?.disconnect().catch(() => {})
        admin = undefined
        throw error
      }
    },
    async close() {
      await admin?.disconnect()
    },
  }
}
