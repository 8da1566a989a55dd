import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type EngineConfig, type Engines, openEngines } from '../../infra/engines.ts'
import { createKekFile } from '../../infra/keys/key-encryption-key.ts'
import { readEnvironment } from '../../infra/process/environment.ts'
import { openLogger } from '../../infra/process/logger.ts'
import { type Life, run } from '../../infra/process/run.ts'
import { Fault } from '../../schemas/fault.ts'
import { copyDatabases } from '../../test/engines/embedded.ts'
import { serve, serveAlone } from './serve.ts'

const fault = new Fault('config_invalid', 'append to signals_in: ACCESS_DENIED')
let folder: string

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bauta-serving-'))
  mkdirSync(join(folder, 'data'), { mode: 0o700 })
  renameSync(await copyDatabases(), join(folder, 'data/sql'))
  for (const name of ['bauta.yaml', 'interests.yaml'])
    cpSync(fileURLToPath(new URL(`../demo/${name}`, import.meta.url)), join(folder, name))
  createKekFile(join(folder, 'kek'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** What is served while the loader ends as if the store took nothing from it. */
function served(life: Life) {
  const environment = { BAUTA_DATA: 'data', BAUTA_KEK_FILE: 'kek', PORT: '0', PERSON_PORT: '0', ADMIN_PORT: '0' }
  let refuse = () => {}
  const stopped = new Promise<void>((_, reject) => {
    refuse = () => reject(fault)
  })
  stopped.catch(() => {})
  const withoutLoader = async (config: EngineConfig): Promise<Engines> => {
    const engines = await openEngines(config)
    const consume: Engines['log']['consume'] = async (options) => {
      const consumer = await engines.log.consume(options)
      return options.group === 'profiles' ? { ...consumer, stopped } : consumer
    }
    return { ...engines, log: { ...engines.log, consume } }
  }
  const log = openLogger({ level: 'silent', service: 'test' })
  return { deps: { life, settings: readEnvironment(environment, folder), log, openEngines: withoutLoader }, refuse }
}

const host = { on() {}, off() {}, exit() {} }
const alive = (main: (life: Life) => Promise<number>) => run(main, { process: host, deadlineMs: 10_000 })

test('profiles end with what ended their loader, all closed', async () => {
  let closed = false
  const ending = alive(async (life) => {
    life.atEnd(async () => {
      closed = true
    })
    const { deps, refuse } = served(life)
    refuse()
    // Beside a vault, which writes the public keys that profiles need.
    await serveAlone(deps, ['vault', 'profiles'])
    return 0
  })
  await expect(ending).rejects.toBe(fault)
  expect(closed).toBe(true)
})

test('one process of all goes on for who visits, and is not ready for who operates it', async () => {
  await alive(async (life) => {
    const { deps, refuse } = served(life)
    const { urls } = await serve(deps)
    const ready = async (url: string) => {
      const answer = await fetch(`${url}/readyz`)
      return { status: answer.status, ...((await answer.json()) as { down?: string[] }) }
    }
    expect((await ready(urls.admin)).status).toBe(200)
    refuse()
    expect(await ready(urls.admin)).toMatchObject({ status: 503, down: ['loading'] })
    expect((await ready(urls.web)).status).toBe(200)
    return 0
  })
})
