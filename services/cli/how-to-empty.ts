/** The commands that empty a target, for whoever has to copy anew: by name, because nobody should have to guess what to delete. */

import { schemasOf } from '../../infra/copy/copy-database.ts'
import type { ClickhouseConfig, DistributedConfig } from '../../infra/distributed/settings.ts'
import { databases } from '../../infra/ports/sql.ts'

/** A command a line, in any order but the last; `tables` are the store's, views too. Passwords are left out: each of these programs asks for its own. */
export function howToEmpty(
  { clickhouse, kafka, databases: named }: DistributedConfig,
  tables: readonly string[],
): string[] {
  const schemas = new Map<string, string[]>()
  for (const database of databases) {
    const url = withoutPassword(named[database]?.url ?? '')
    if (url) schemas.set(url, [...(schemas.get(url) ?? []), ...schemasOf[database]])
  }
  return [
    ...(clickhouse && tables.length > 0 ? [emptyStore(clickhouse, tables)] : []),
    ...Array.from(schemas, ([url, own]) => `psql '${url}' -c 'DROP SCHEMA IF EXISTS ${own.join(', ')} CASCADE'`),
    ...(kafka
      ? [
          `kafka-topics.sh --bootstrap-server ${kafka.brokers.join(',')} --delete --if-exists --topic '${kafka.prefix}[.].*'`,
        ]
      : []),
    'bauta migrate',
  ]
}

function emptyStore({ url, username, database, cluster }: ClickhouseConfig, tables: readonly string[]): string {
  const names = tables.map((table) => `${database}.${table}`).join(', ')
  const onCluster = cluster ? ` ON CLUSTER '${cluster}'` : ''
  return `curl -u ${username} '${withoutPassword(url)}' -d "DROP TABLE IF EXISTS ${names}${onCluster} SYNC"`
}

function withoutPassword(text: string): string {
  if (!text) return ''
  const url = new URL(text)
  url.password = ''
  return url.href
}
