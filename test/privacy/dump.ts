/** Everything a house has kept, as texts with the name of the place: rows of each table, files, the cache, log lines, metrics. */

import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import * as z from 'zod'
import { openAsker } from '../../infra/distributed/kafka/asker.ts'
import { boundsOf, fetchFrom, placeKey } from '../../infra/distributed/kafka/fetch.ts'
import { kafkaTopic, topicNames } from '../../infra/distributed/kafka/topics.ts'
import type { KafkaConfig } from '../../infra/distributed/settings.ts'
import { defineStatement } from '../../infra/ports/sql.ts'
import { defineQuery } from '../../infra/ports/store.ts'
import type { Scene } from './scenario.ts'

export interface Place {
  /** `store/signals`, `sql/vault.contacts`, `log/signals...`, `file/...`, `cache`, `lines`, `metrics`. */
  readonly name: string
  readonly content: Buffer
}

const storeTables = defineQuery({
  name: 'all_tables_of_the_store',
  sql: `SELECT database, name FROM system.tables WHERE engine NOT IN ('Null', 'MaterializedView')
    AND (database = currentDatabase() OR (database = 'system' AND name LIKE '%\\_log'))`,
  params: z.object({}),
  row: z.object({ database: z.string(), name: z.string() }),
})
const storeRows = defineQuery({
  name: 'all_rows_of_a_table',
  sql: 'SELECT * FROM {database:Identifier}.{table:Identifier}',
  params: z.object({ database: z.string(), table: z.string() }),
  row: z.record(z.string(), z.unknown()),
})
const sqlTables = defineStatement({
  name: 'all_tables',
  sql: `SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
    WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
  params: z.object({}),
  row: z.object({ schema: z.string(), name: z.string() }),
})
const sqlRows = (table: string) =>
  defineStatement({
    name: 'all_rows',
    sql: `SELECT to_jsonb(t)::text AS line FROM ${table} t`,
    params: z.object({}),
    row: z.object({ line: z.string() }),
  })

/** Of `wanted` places alone. */
export async function dump(scene: Scene, wanted = /^/): Promise<Place[]> {
  const { engines, instance, lines, cached } = scene
  const places: Place[] = []
  const add = (name: string, content: string | Buffer) => {
    if (wanted.test(name)) places.push({ name, content: Buffer.from(content) })
  }
  for (const { database, name: table } of await engines.store.ask(storeTables, {}))
    add(`store/${table}`, JSON.stringify(await engines.store.ask(storeRows, { database, table })))
  // All databases are schemas of one engine here.
  for (const { schema, name } of await engines.sql.vault.run(sqlTables, {})) {
    const rows = await engines.sql.vault.run(sqlRows(`${schema}.${name}`), {})
    add(`sql/${schema}.${name}`, rows.map(({ line }) => line).join('\n'))
  }
  for (const file of await files(scene.settings.dataDir)) {
    // The log is called the same whether it is files or topics.
    const name = file.name.startsWith('log/') ? file.name : `file/${file.name}`
    if (!wanted.test(name)) continue
    // The store merges its parts while we look; what was in them is in others.
    const content = await readFile(file.path).catch(() => undefined)
    if (content) add(name, content)
  }
  const { engines: shape, distributed } = scene.settings
  if (shape === 'distributed' && distributed.kafka)
    for (const { name, content } of await readTopics(distributed.kafka)) add(`log/${name}`, content)
  add('cache', JSON.stringify([...cached]))
  add('lines', lines.join(''))
  const headers = { authorization: `Bearer ${instance.localToken}` }
  add('metrics', await (await instance.admin.fetch(new Request('http://house.example/metrics', { headers }))).text())
  return places
}

/** All that stands in topics, past the port: it reads fields that it knows, and a key or a header would be none of them. */
async function readTopics(config: KafkaConfig): Promise<Place[]> {
  const names = new Map(topicNames.map((topic) => [kafkaTopic(config, topic), topic]))
  const asker = openAsker({ config, topics: [...names.keys()], deadlineMs: 10_000 })
  try {
    return await asker.ask(async (cluster) => {
      const places = Array.from(names.keys(), (topic) =>
        Array.from({ length: config.partitions }, (_, partition) => ({ topic, partition })),
      ).flat()
      const [starts, ends] = [await boundsOf(cluster, places, 'start'), await boundsOf(cluster, places, 'end')]
      const found: Place[] = []
      for (const place of places) {
        const lines: Buffer[] = []
        for (let at = starts.get(placeKey(place)) ?? 0; at < (ends.get(placeKey(place)) ?? 0); ) {
          const [page] = await fetchFrom(cluster, [{ ...place, at }], { maxWaitMs: 500, minBytes: 1 })
          for (const { key, value, headers } of page?.messages ?? [])
            for (const part of [key, value, ...Object.values(headers ?? {}).flat()])
              if (part) lines.push(Buffer.from(part), Buffer.from('\n'))
          at = page?.next ?? at
        }
        found.push({ name: `${names.get(place.topic)}/${place.partition}`, content: Buffer.concat(lines) })
      }
      return found
    })
  } finally {
    asker.close()
  }
}

/** Bytes as they lie on disk, the databases' own too. */
async function files(directory: string): Promise<{ name: string; path: string }[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ name: relative(directory, path), path }))
}

/** Where each of these texts stands. */
export function find(places: readonly Place[], texts: readonly string[]): string[] {
  return places.flatMap(({ name, content }) => (texts.some((text) => content.includes(text)) ? [name] : []))
}
