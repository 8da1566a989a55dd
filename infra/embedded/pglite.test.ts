import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as z from 'zod'
import { copyDatabases } from '../../test/engines.ts'
import { defineStatement } from '../ports/sql.ts'
import { openPglite } from './pglite.ts'

let directory: string
beforeEach(async () => {
  directory = await copyDatabases()
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const text = (sql: string) => ({ name: 'text', sql, params: z.object({}), row: z.unknown() })

/** A process with the engine open, and what it says until it ends. */
async function play(script: string, options: string, onSaid: (said: string, kill: () => void) => void = () => {}) {
  const code = `
    const { openPglite } = await import(${JSON.stringify(new URL('./pglite.ts', import.meta.url).href)})
    const { writeSync } = await import("node:fs")
    const { z } = await import(${JSON.stringify(import.meta.resolve('zod'))})
    const engine = await openPglite(${JSON.stringify(directory)})
    const run = (sql) => engine.sql().run({ name: 'x', sql, params: z.object({}), row: z.unknown() }, {})
    const say = (what) => writeSync(1, what)
    await run('CREATE TABLE IF NOT EXISTS t (n int)')
    ${script}
    await engine.close()`
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', code]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: options },
  })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
    onSaid(said, () => child.kill('SIGKILL'))
  })
  await once(child, 'exit')
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

const inserting = {
  'after they are answered': `for (let n = 1; ; n += 1) { await run('INSERT INTO t VALUES (' + n + ')'); say(n + ' ') }`,
  'before they are answered': `for (let n = 1; n < 2000; n += 1) { run('INSERT INTO t VALUES (' + n + ')').catch(() => {}); say(n + ' ') }`,
}
/** How many rows a process that was killed -9 said it had, and how many there are. */
async function killed(script: string) {
  const said = await play(script, '', (said, kill) => {
    if (said.split(' ').length > 30) kill()
  })
  const engine = await openPglite(directory)
  const count = { ...text('SELECT count(*)::int AS n FROM t'), row: z.object({ n: z.int() }) }
  const [row] = await engine.sql().run(defineStatement(count), {})
  await engine.close()
  return { said: said.trim().split(' ').length, kept: row?.n ?? 0 }
}

test('rows said to be there after they are answered are there after kill -9', async () => {
  const { said, kept } = await killed(inserting['after they are answered'])
  expect(said).toBeGreaterThanOrEqual(30)
  expect(kept - said).toBeGreaterThanOrEqual(0)
  expect(kept - said).toBeLessThanOrEqual(1)
})

test('control: the same, said before they are answered, finds rows missing', async () => {
  const { said, kept } = await killed(inserting['before they are answered'])
  expect(kept).toBeLessThan(said)
})
