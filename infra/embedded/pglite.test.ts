import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as z from 'zod'
import { copyDatabases } from '../../test/engines/embedded.ts'
import { defineStatement } from '../ports/sql.ts'
import { openPglite } from './pglite.ts'

let directory: string
beforeEach(async () => {
  directory = await copyDatabases()
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const text = (sql: string) => ({ name: 'text', sql, params: z.object({}), row: z.unknown() })

/** What a process with the engine open says until it ends. */
async function play(script: string, options: string): Promise<string> {
  const code = `
    const { openPglite } = await import(${JSON.stringify(new URL('./pglite.ts', import.meta.url).href)})
    const { writeSync } = await import('node:fs')
    const { z } = await import(${JSON.stringify(import.meta.resolve('zod'))})
    const engine = await openPglite(${JSON.stringify(directory)})
    const run = (sql) => engine.sql().run({ name: 'x', sql, params: z.object({}), row: z.unknown() }, {})
    const say = (what) => writeSync(1, what)
    await run('CREATE TABLE t (n int)')
    ${script}
    await engine.close()`
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', code]
  const env = { ...process.env, NODE_OPTIONS: options }
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  await once(child, 'close')
  return said
}

/** Says `s` on standard output for each sync that reached the operating system, in every thread. */
const spy = `const fs = require('node:fs'); const sync = fs.fsyncSync
  fs.fsyncSync = (file) => { sync(file); fs.writeSync(1, 's') }
  require('node:module').syncBuiltinESMExports()`

test('a commit is synced to the disk before it is answered, a question syncs nothing', async () => {
  const preload = join(directory, 'spy.cjs')
  writeFileSync(preload, spy)
  const script = `
    say('<')
    for (let n = 0; n < 3; n += 1) { await run('INSERT INTO t VALUES (1)'); say('c') }
    say('|')
    for (let n = 0; n < 3; n += 1) { await run('SELECT count(*) FROM t'); say('q') }
    say('>')`
  const said = await play(script, `--require ${preload}`)
  expect(said).toMatch(/<(s+c){3}\|qqq>/)
})

const count = defineStatement({ ...text('SELECT count(*)::int AS n FROM t'), row: z.object({ n: z.int() }) })
const put = defineStatement(text('INSERT INTO t VALUES (1)'))
const next = defineStatement(text('SELECT pg_switch_wal()'))

test('an engine that ended is opened again, without the transaction that was under way', async () => {
  const engine = await openPglite(directory)
  const sql = engine.sql()
  await sql.run(text('CREATE TABLE t (n int)'), {})
  await sql.run(put, {})
  const wal = join(directory, 'pg_wal')
  const interrupted = sql.transaction(async (session) => {
    await session.run(put, {})
    // As on a full disk: no next file for its log, and no life without one.
    renameSync(wal, `${wal}.away`)
    for (const statement of [next, put, next]) await session.run(statement, {}).catch(() => {})
    renameSync(`${wal}.away`, wal)
    await session.run(put, {})
  })
  await expect(interrupted).rejects.toThrow(/has ended/)
  await sql.healthy()
  expect(await sql.run(count, {})).toEqual([{ n: 1 }])
  await engine.close()
  await expect(sql.run(count, {})).rejects.toMatchObject({ code: 'sql_down' })
  await expect(sql.healthy()).rejects.toMatchObject({ code: 'sql_down' })
})

test.each([
  ['shrinks', 20],
  ['control: grows without upkeep', 3_600_000],
])('the write-ahead log and what deleted rows leave behind: %s', async (what, upkeepMs) => {
  const engine = await openPglite(directory, { upkeepMs, walBytes: 1 << 20 })
  const sql = engine.sql()
  for (const one of ['CREATE TABLE t (n int)', 'INSERT INTO t SELECT generate_series(1, 50000)', 'DELETE FROM t'])
    await sql.run(text(one), {})
  const left = defineStatement({
    ...text(`SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn)::float8 AS wal,
      (SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 't') AS dead FROM pg_control_checkpoint()`),
    row: z.object({ wal: z.number(), dead: z.number() }),
  })
  const shrunk = async () => {
    const [row] = await sql.run(left, {})
    return row !== undefined && row.wal < 1 << 20 && row.dead === 0
  }
  if (what === 'shrinks') await expect.poll(shrunk, { timeout: 30_000 }).toBe(true)
  else expect(await shrunk()).toBe(false)
  await engine.close()
})
