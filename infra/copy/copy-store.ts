/** The store's tables, part by part as they lie, each compared at the end. */

import * as z from 'zod'
import { everyPartition } from '../../schemas/topics.ts'
import { defineCommand, defineQuery, type Store } from '../ports/store.ts'
import { type Copied, compare, notEmpty, type Sum } from './copied.ts'

const PAGE = 50_000

/**
 * Views and what feeds them hold nothing; the counting snapshot is dealt anew by itself, and nobody reads what a killed one or a killed fold left;
 * the target has migrated itself.
 */
const tablesQuery = defineQuery({
  name: 'copied_tables',
  params: z.object({}),
  row: z.object({ name: z.string().regex(/^\w+$/), engine: z.string() }),
  sql: `
    SELECT name, engine FROM system.tables
    WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name != 'migrations'
      AND NOT startsWith(name, 'snapshot') AND NOT match(name, '^folded(_[0-9a-f]{32})?$')
    ORDER BY name`,
})
/** In the order they came in, because of rows of one key the last one stands. */
const partsQuery = defineQuery({
  name: 'copied_parts',
  params: z.object({ table: z.string() }),
  row: z.object({ name: z.string(), rows: z.coerce.number() }),
  sql: `
    SELECT name, rows FROM system.parts WHERE database = currentDatabase() AND table = {table: String} AND active
    ORDER BY partition_id, min_block_number`,
})
const pageQuery = defineQuery({
  name: 'copied_page',
  params: z.object({ table: z.string(), part: z.string(), from: z.int(), until: z.int() }),
  row: z.record(z.string(), z.unknown()),
  sql: `
    SELECT * FROM {table: Identifier}
    WHERE _part = {part: String} AND _part_offset >= {from: UInt64} AND _part_offset < {until: UInt64}`,
})
const countQuery = defineQuery({
  name: 'copied_count',
  params: z.object({ table: z.string() }),
  row: z.object({ rows: z.coerce.number() }),
  sql: 'SELECT count() AS rows FROM {table: Identifier}',
})

const allTablesQuery = defineQuery({
  name: 'copied_all_tables',
  params: z.object({}),
  row: z.object({ name: z.string() }),
  sql: 'SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name',
})

export async function refuseRows(store: Store): Promise<void> {
  for (const { name, rows } of await countTables(store)) if (rows > 0) throw notEmpty(`the table ${name} of the store`)
}

/** Whatever stands in it, views too. */
export async function allTables(store: Store): Promise<string[]> {
  return (await store.ask(allTablesQuery, {})).map(({ name }) => name)
}

export async function countStore(store: Store): Promise<number> {
  return (await countTables(store)).reduce((sum, { rows }) => sum + rows, 0)
}

async function countTables(store: Store): Promise<{ name: string; rows: number }[]> {
  const counted: { name: string; rows: number }[] = []
  for (const { name } of await store.ask(tablesQuery, {})) {
    const [found] = await store.ask(countQuery, { table: name })
    counted.push({ name, rows: found?.rows ?? 0 })
  }
  return counted
}

export async function copyStore(
  from: Store,
  to: Store,
  onCopied: (what: string, rows: number) => void,
): Promise<Copied[]> {
  const tables = await from.ask(tablesQuery, {})
  const copied: Copied[] = []
  // A merge would move rows from a part that is being read, and drop what has run out from one end alone.
  const merges = async (how: 'STOP' | 'START') => {
    for (const { name } of tables) for (const store of [from, to]) await store.command(mergesOf(how, name), {})
  }
  await merges('STOP')
  try {
    for (const { name, engine } of tables) {
      for (const { name: part, rows } of await from.ask(partsQuery, { table: name }))
        for (let at = 0; at < rows; at += PAGE) {
          const page = await from.ask(pageQuery, { table: name, part, from: at, until: at + PAGE })
          // The name is this page's for ever: a target that was emptied still remembers names.
          await to.append(name, page.map(moved(name)), `copy:${crypto.randomUUID()}`)
          onCopied(`store ${name}`, page.length)
        }
      copied.push({
        engine: 'store',
        table: name,
        rows: compare(name, await sumOf(from, name, engine), await sumOf(to, name, engine)),
      })
    }
  } finally {
    await merges('START')
  }
  return copied
}

const mergesOf = (how: 'STOP' | 'START', table: string) =>
  defineCommand({ name: 'copy_merges', sql: `SYSTEM ${how} MERGES ${table}`, params: z.object({}) })

/** Which partition and batch brought an id is the old log's matter; the new one has other partitions, and any of them may be sent it again. */
function moved(table: string): (row: Record<string, unknown>) => Record<string, unknown> {
  return table === 'seen' ? (row) => ({ ...row, partition: everyPartition, first: 0 }) : (row) => row
}

async function sumOf(store: Store, table: string, engine: string): Promise<Sum> {
  const [sum = { rows: 0, sum: '' }] = await store.ask(sumQuery(table, engine), { table })
  return sum
}

/** As the table would be after all its merges. */
function sumQuery(table: string, engine: string) {
  const values = table === 'seen' ? 'topic, id, day' : '*'
  return defineQuery({
    name: 'copied_sum',
    params: z.object({ table: z.string() }),
    row: z.object({ rows: z.coerce.number(), sum: z.string() }),
    sql: `SELECT count() AS rows, toString(sum(cityHash64(${values}))) AS sum FROM {table: Identifier} ${/(Summing|Replacing)MergeTree/.test(engine) ? 'FINAL' : ''}`,
  })
}
