import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import * as z from 'zod'
import { type EngineConfig, type Engines, openEngines } from '../infra/engines.ts'
import { defineStatement } from '../infra/ports/sql.ts'
import { readEnvironment } from '../infra/process/environment.ts'
import { openLogger } from '../infra/process/logger.ts'
import { copyDatabases } from '../test/engines/embedded.ts'
import { openInstance } from './standalone.ts'

const FIRST_CHORE_MS = 60_000
const leases = defineStatement({
  name: 'leases',
  sql: 'SELECT name FROM control.leases',
  params: z.object({}),
  row: z.object({ name: z.string() }),
})

/** One of whose statements never ends, and what was there when they were closed. */
function enginesOf(steps: unknown[]) {
  return async (config: EngineConfig): Promise<Engines> => {
    const engines = await openEngines(config)
    const command: Engines['store']['command'] = async (asked, params) => {
      if (asked.name !== 'delete_expired_profiles') return engines.store.command(asked, params)
      steps.push('deleting')
      await new Promise(() => {})
    }
    const consume: Engines['log']['consume'] = async (options) => {
      const consumer = await engines.log.consume(options)
      void consumer.stopped.then(() => steps.push(`${options.group} left`))
      return consumer
    }
    const close = async () => {
      steps.push(await engines.sql.control.run(leases, {}), 'engines closed')
      await engines.close()
    }
    return { ...engines, store: { ...engines.store, command }, log: { ...engines.log, consume }, close }
  }
}

test('closed in the middle of a chore, services leave their groups and leases before the engines go, and nothing is told as an error', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bauta-closing-'))
  mkdirSync(join(folder, 'data'), { mode: 0o700 })
  renameSync(await copyDatabases(), join(folder, 'data/sql'))
  for (const name of ['bauta.yaml', 'interests.yaml'])
    cpSync(fileURLToPath(new URL(`./demo/${name}`, import.meta.url)), join(folder, name))
  const settings = readEnvironment({ BAUTA_DATA: 'data', BAUTA_KEK: randomBytes(32).toString('base64') }, folder)
  const [lines, steps]: [string[], unknown[]] = [[], []]
  const log = openLogger({ level: 'warn', service: 'test' }, { write: (line) => void lines.push(line) })
  const later = globalThis.setTimeout
  const sooner = (work: () => void, ms?: number, ...rest: []) => later(work, ms === FIRST_CHORE_MS ? 1 : ms, ...rest)
  const soon = vi.spyOn(globalThis, 'setTimeout').mockImplementation(sooner as typeof setTimeout)
  try {
    const options = { clock: Date.now, log, listeners: () => ({}), serving: true, openEngines: enginesOf(steps) }
    const instance = await openInstance(settings, options)
    while (!steps.includes('deleting')) await pause(5)
    soon.mockRestore()
    await instance.close()
    expect(steps).toEqual(['deleting', 'profiles left', [], 'engines closed'])
    expect(lines).toEqual([])
  } finally {
    soon.mockRestore()
    rmSync(folder, { recursive: true, force: true })
  }
})
