/** Finds values wherever an instance keeps anything: every table of every database, as its engine reads it, and every other file of the data directory. */

import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { Redis } from 'ioredis'
import * as z from 'zod'
import type { Log } from '../../infra/ports/log.ts'
import { defineStatement, type Sql } from '../../infra/ports/sql.ts'
import { defineQuery, type Store } from '../../infra/ports/store.ts'

import { type Topic, topics } from '../../schemas/topics.ts'

/** One place that holds something: a table (`store.signals`, `vault.contacts`), or a file (`log/signals`, `exports/solar-autumn`). */
export interface Place {
  readonly name: string
  readonly rows: readonly string[]
}

/** By kind (`P`, `address`, ...), what to look for. */
export type Needles = Readonly<Record<string, readonly string[]>>

/** Of which only the engines know what their files hold. */
const engineFolders = ['clickhouse', 'sql']
const none = z.object({})
const text = z.object({ row: z.string() })

export const inOrder = (places: readonly Place[]): Place[] =>
  [...places].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))

/** Of a server that others use too, only its own database and what the server notes of everything. */
export async function dumpStore(store: Store): Promise<Place[]> {
  const sql = `SELECT if(database = currentDatabase(), 'store', database) || '.' || name AS row FROM system.tables
    WHERE engine LIKE '%MergeTree' AND database IN (currentDatabase(), 'system')`
  const tables = await store.ask(defineQuery({ name: 'all_tables', sql, params: none, row: text }), {})
  return Promise.all(
    tables.map(async ({ row: table }) => {
      const all = `SELECT toJSONString(tuple(*)) AS row FROM ${table.replace(/^store\./, '')}`
      const rows = await store.ask(defineQuery({ name: 'all_rows', sql: all, params: none, row: text }), {})
      return { name: table, rows: rows.map(({ row }) => row) }
    }),
  )
}

export async function dumpSql(sql: Sql): Promise<Place[]> {
  const listed = `SELECT table_schema || '.' || table_name AS row FROM information_schema.tables
    WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`
  const tables = await sql.run(defineStatement({ name: 'all_tables', sql: listed, params: none, row: text }), {})
  return Promise.all(
    tables.map(async ({ row: name }) => {
      const all = `SELECT to_jsonb(t)::text AS row FROM ${name} t`
      const rows = await sql.run(defineStatement({ name: 'all_rows', sql: all, params: none, row: text }), {})
      return { name, rows: rows.map(({ row }) => row) }
    }),
  )
}

/** Every record that is kept, by topic. */
export async function dumpLog(log: Log): Promise<Place[]> {
  return Promise.all(
    (Object.keys(topics) as Topic[]).map(async (topic) => {
      const { records } = await log.readToEnd(topic)
      return { name: `log/${topic}`, rows: records.map((record) => JSON.stringify(record)) }
    }),
  )
}

/** Keys and values. */
export async function dumpRedis(redis: Redis): Promise<Place[]> {
  const keys = await redis.keys('*')
  const rows = await Promise.all(keys.map(async (key) => `${key} ${await redis.get(key)}`))
  return [{ name: 'cache', rows }]
}

/** By their first two names, as those below are numbers; empty ones hold nothing. Also what is in a file's own name is found. */
export async function dumpFiles(dataDir: string): Promise<Place[]> {
  const places = new Map<string, string[]>()
  for (const entry of await readdir(dataDir, { recursive: true, withFileTypes: true })) {
    const path = relative(dataDir, join(entry.parentPath, entry.name)).split(sep)
    if (!entry.isFile() || engineFolders.includes(path[0] ?? '')) continue
    const name = path.slice(0, path.length > 2 ? 2 : 1).join('/')
    const rows = places.get(name) ?? []
    const content = await readFile(join(dataDir, ...path), 'utf8')
    if (content === '') continue
    places.set(name, [...rows, [...path, content].join('\n')])
  }
  return [...places].map(([name, rows]) => ({ name, rows }))
}

/** Where each kind of needle was found, in order; a kind that was found nowhere has no places. Case does not hide one, nor dashes in a UUID. */
export function findNeedles(places: readonly Place[], needles: Needles): Record<string, string[]> {
  const haystacks = places.map(({ name, rows }) => ({ name, text: rows.join('\n').toLowerCase() }))
  return Object.fromEntries(
    Object.entries(needles).map(([kind, values]) => {
      const forms = values.flatMap((value) => formsOf(value.toLowerCase()))
      const found = haystacks.filter(({ text }) => forms.some((form) => text.includes(form)))
      return [kind, found.map(({ name }) => name)]
    }),
  )
}

function formsOf(value: string): string[] {
  return /^[0-9a-f-]{36}$/.test(value) ? [value, value.replaceAll('-', '')] : [value]
}
