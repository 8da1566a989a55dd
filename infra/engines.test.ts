import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import * as z from 'zod'
import { copyDatabases } from '../test/engines/embedded.ts'
import { readDistributed } from './distributed/settings.ts'
import { directoryHolder } from './embedded/directory-lock.ts'
import { openEngines } from './engines.ts'
import { defineStatement } from './ports/sql.ts'
import { defineQuery } from './ports/store.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'bauta-engines-'))
let child: ChildProcess | undefined
afterAll(() => {
  child?.kill('SIGKILL')
  rmSync(dataDir, { recursive: true, force: true })
})
const config = { engines: 'embedded', dataDir, partitions: 2, distributed: readDistributed({}, 2) } as const

/** Writes to both engines, forty times after they answered, then many times without waiting, and kills itself. */
const victim = `
  const { openEngines } = await import(${JSON.stringify(new URL('./engines.ts', import.meta.url).href)})
  const { migrate } = await import(${JSON.stringify(new URL('./migrate.ts', import.meta.url).href)})
  const { z } = await import(${JSON.stringify(import.meta.resolve('zod'))})
  const engines = await openEngines(${JSON.stringify(config)})
  await migrate(engines)
  const put = { name: 'put', params: z.object({ nonce: z.string() }), row: z.unknown(),
    sql: "INSERT INTO links.used (nonce, day) VALUES ($nonce, '2026-11-20')" }
  const day = new Date().toISOString().slice(0, 10)
  const write = (n) => Promise.all([
    engines.sql.links.run(put, { nonce: String(n) }),
    engines.store.append('deletions', [{ receipt: 'r' + String(n).padStart(32, '0'), day }], 'deletions:' + n),
  ])
  for (let n = 1; n <= 40; n += 1) await write(n)
  for (let n = 41; n <= 400; n += 1) void write(n).catch(() => {})
  process.kill(process.pid, 'SIGKILL')`

test('what both engines answered for is there after kill -9, what was not waited for is not, and the directory is free', async () => {
  // Databases that are there already, as to make them anew takes several seconds.
  await rename(await copyDatabases(), join(dataDir, 'sql'))
  const loader = import.meta.resolve('tsx')
  const args = ['--import', loader, '--input-type=module', '--eval', victim]
  child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL'])

  const engines = await openEngines(config)
  const row = z.object({ n: z.coerce.number() })
  const params = z.object({})
  const used = defineStatement({ name: 'used', sql: 'SELECT count(*) AS n FROM links.used', params, row })
  const gone = defineQuery({ name: 'gone', sql: 'SELECT count() AS n FROM deletions', params, row })
  const kept = [(await engines.sql.links.run(used, {}))[0]?.n, (await engines.store.ask(gone, {}))[0]?.n]
  await engines.close()
  for (const count of kept) {
    expect(count).toBeGreaterThanOrEqual(40)
    expect(count).toBeLessThan(400)
  }
}, 180_000)

test('what fails to open leaves nothing open', async () => {
  const broken = join(dataDir, 'broken')
  mkdirSync(broken)
  writeFileSync(join(broken, 'spool'), 'a file where a directory should be')
  // In this shape, because what opens beside it needs no engine to be there, and the embedded ones take their time on a busy machine.
  const nowhere = readDistributed({ KAFKA_BROKERS: '127.0.0.1:1', REDIS_URL: 'redis://127.0.0.1:1' }, 2)
  const edge = { engines: 'distributed', dataDir: broken, partitions: 2, distributed: nowhere } as const
  await expect(openEngines(edge, ['log', 'edge', 'cache'])).rejects.toThrow()
  expect(await directoryHolder(broken)).toBeUndefined()
})
