import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import * as z from 'zod'
import { directoryHolder } from './embedded/directory-lock.ts'
import { openEngines } from './engines.ts'
import { defineStatement } from './ports/sql.ts'
import { defineQuery } from './ports/store.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'bauta-engines-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))
const config = { engines: 'embedded', dataDir, partitions: 2 } as const

/** Migrates, then writes to both engines for ever, saying each number once both have answered. */
const writer = `
  const { openEngines } = await import(${JSON.stringify(new URL('./engines.ts', import.meta.url).href)})
  const { migrate } = await import(${JSON.stringify(new URL('./migrate.ts', import.meta.url).href)})
  const { z } = await import(${JSON.stringify(import.meta.resolve('zod'))})
  const engines = await openEngines(${JSON.stringify(config)})
  await migrate(engines)
  const put = { name: 'put', params: z.object({ nonce: z.string() }), row: z.unknown(),
    sql: "INSERT INTO links.used (nonce, day) VALUES ($nonce, '2026-11-20')" }
  const day = new Date().toISOString().slice(0, 10)
  for (let n = 1; ; n += 1) {
    await engines.sql.links.run(put, { nonce: String(n) })
    await engines.store.append('deletions', [{ receipt: 'r' + String(n).padStart(32, '0'), day }], 'deletions:' + n)
    console.log(n)
  }`

test('what both engines answered for is there after kill -9, and the directory is free again', async () => {
  const loader = import.meta.resolve('tsx')
  const args = ['--import', loader, '--input-type=module', '--eval', writer]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
    if (said.includes('\n40\n')) child.kill('SIGKILL')
  })
  await once(child, 'exit')
  const last = Number(said.trim().split('\n').at(-1))
  expect(last).toBeGreaterThanOrEqual(40)

  const engines = await openEngines(config)
  const row = z.object({ n: z.coerce.number() })
  const params = z.object({})
  const used = defineStatement({ name: 'used', sql: 'SELECT count(*) AS n FROM links.used', params, row })
  const gone = defineQuery({ name: 'gone', sql: 'SELECT count() AS n FROM deletions', params, row })
  const kept = [(await engines.sql.links.run(used, {}))[0]?.n, (await engines.store.ask(gone, {}))[0]?.n]
  await engines.close()
  // One more each may have been stored and not answered.
  for (const count of kept) expect([last, last + 1]).toContain(count)
})

test('what fails to open leaves nothing open', async () => {
  const broken = join(dataDir, 'broken')
  mkdirSync(broken)
  writeFileSync(join(broken, 'sql'), 'a file where a directory should be')
  await expect(openEngines({ ...config, dataDir: broken })).rejects.toThrow()
  expect(await directoryHolder(broken)).toBeUndefined()
})
