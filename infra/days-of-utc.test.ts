import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'bauta-days-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const moduleOf = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)
/** A row of today in each table that forgets by days, and when these end, in seconds after a midnight of UTC. */
const machine = `
  const { openChdb } = await import(${moduleOf('./embedded/chdb.ts')})
  const { clickhouseStore } = await import(${moduleOf('./clickhouse/store.ts')})
  const { migrateStore } = await import(${moduleOf('./migrate.ts')})
  const { z } = await import(${JSON.stringify(import.meta.resolve('zod'))})
  const store = clickhouseStore(await openChdb(${JSON.stringify(folder)}))
  await migrateStore(store)
  const ask = (sql) => store.ask({ name: 'ask', sql, params: z.object({}), row: z.record(z.string(), z.unknown()) }, {})
  const tables = await ask(\`SELECT table, has(groupArray(name), 'n') AS sums FROM system.columns WHERE table IN
    (SELECT name FROM system.tables WHERE database = currentDatabase() AND create_table_query LIKE '%TTL%day%') GROUP BY table\`)
  const day = new Date().toISOString().slice(0, 10)
  // A sum of nothing is not kept.
  for (const { table, sums } of tables) await store.append(table, [{ day, ...(sums && { n: 1 }) }], table)
  const zone = await ask('SELECT serverTimezone() AS zone')
  const ends = await ask(\`SELECT table, toUnixTimestamp(delete_ttl_info_min) % 86400 AS after
    FROM system.parts WHERE active AND delete_ttl_info_min > 0 ORDER BY table\`)
  await store.close()
  console.log(JSON.stringify({ zone, ends }))`

test('a day ends at midnight of UTC, wherever the machine stands', async () => {
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', machine]
  const env = { ...process.env, TZ: 'Pacific/Kiritimati' }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [told] = await Promise.all([text(child.stdout), once(child, 'exit')])
  const tables = ['acts', 'deletions', 'events', 'seen', 'tombstones', 'traffic']
  expect(JSON.parse(told)).toEqual({
    zone: [{ zone: 'Pacific/Kiritimati' }],
    ends: tables.map((table) => ({ table, after: 0 })),
  })
})
