/** What commands do beyond asking the admin API: they start, check, migrate, import, and make keys. */

import { createReadStream, existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { parse } from 'yaml'
import { applyStoreGrants } from '../../infra/clickhouse/grants.ts'
import { refuseHalfCopied } from '../../infra/copy/half-copied.ts'
import { directoryHolder } from '../../infra/embedded/directory-lock.ts'
import { openEngines, type Part } from '../../infra/engines.ts'
import { createKekFile } from '../../infra/keys/key-encryption-key.ts'
import { macrosOf, migrate, pendingMigrations } from '../../infra/migrate.ts'
import { databases } from '../../infra/ports/sql.ts'
import { readEnvironment, type Settings } from '../../infra/process/environment.ts'
import { openLogger } from '../../infra/process/logger.ts'
import { type Life, run } from '../../infra/process/run.ts'
import { readRunFile } from '../../infra/process/run-file.ts'
import { applyGrants } from '../../infra/sql/grants.ts'
import { Fault } from '../../schemas/fault.ts'
import { openInstance } from '../standalone.ts'
import { type Client, connect } from './client.ts'
import { copyFromDirectory } from './copy-engines.ts'
import { copyKeys } from './copy-keys.ts'
import { demo } from './demo.ts'
import { examine } from './doctor.ts'
import { gate } from './gate.ts'
import { importVisits } from './import-visits.ts'
import type { Actions } from './program.ts'
import { serve, serveAlone } from './serve.ts'

export function actionsOf(env: Readonly<Record<string, string | undefined>>, cwd: string): Actions {
  const settingsOf = () => readEnvironment(env, cwd)

  async function withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const settings = settingsOf()
    const client = await connect(settings, () => openOffline(settings))
    try {
      return await work(client)
    } finally {
      await client.close()
    }
  }
  return {
    withClient,
    demo: () => live((life) => demo({ life, env, cwd })),
    async up() {
      const settings = settingsOf()
      const log = openLogger({ level: settings.logLevel, service: 'bauta' })
      return live(async (life) => {
        await serve({ life, settings, log })
        await life.ended
      })
    },
    async alone(service) {
      const settings = settingsOf()
      if (settings.engines === 'embedded')
        throw new Fault(
          'config_invalid',
          `${service} alone needs engines that others can reach: set BAUTA_ENGINES=distributed and their addresses, or run everything in one process: bauta up`,
        )
      const log = openLogger({ level: settings.logLevel, service })
      return live(async (life) => {
        await serveAlone({ life, settings, log }, [service])
      })
    },
    async doctor(output) {
      const settings = settingsOf()
      const findings = await examine({
        settings,
        clock: Date.now,
        down: () => enginesDown(settings),
        pending: () => pending(settings),
      })
      output.data(findings)
      if (findings.some(({ ok }) => !ok)) throw new Fault('config_invalid', 'something needs mending; see above')
    },
    async migrate(output) {
      const settings = settingsOf()
      const engines = await openEngines(settings, migrated, { unhurried: true })
      try {
        const { clickhouse, passwords, storePasswords } = settings.distributed
        const macros = macrosOf(clickhouse)
        const applied = await migrate(engines, macros)
        if (settings.engines === 'distributed') {
          await applyGrants(engines.sql, passwords)
          // A store whose users are kept elsewhere may not let anyone make them.
          if (Object.keys(storePasswords).length > 0)
            await applyStoreGrants(engines.store, { passwords: storePasswords, macros })
        }
        output.data(applied)
      } finally {
        await engines.close()
      }
    },
    async copyEngines(output, directory) {
      output.data(await copyFromDirectory({ settings: settingsOf(), output, directory, clock: Date.now }))
    },
    importFile: (output, kind, file, options) =>
      withClient(async (client) => {
        const { size } = statOf(file)
        const mapping = options.mapping === undefined ? undefined : parse(await readFile(options.mapping, 'utf8'))
        const query = new URLSearchParams({ source: options.source ?? 'crm', ...(options.force && { force: 'true' }) })
        const bar = output.progress(`importing ${kind}`, size)
        let sent = 0
        const stream = createReadStream(file).on('data', (chunk) => {
          sent += chunk.length
          bar.set(sent)
        })
        const headers = { 'content-type': 'text/csv', ...(mapping && { 'x-bauta-mapping': JSON.stringify(mapping) }) }
        try {
          output.data(
            await client.upload(
              `/imports/${kind}?${query}`,
              Readable.toWeb(stream) as ReadableStream<Uint8Array>,
              headers,
            ),
          )
        } finally {
          bar.stop()
        }
      }),
    async importVisits(output, file, site) {
      await importVisits({ settings: settingsOf(), output, file, site, clock: Date.now })
    },
    async initKey(output, file) {
      createKekFile(file)
      output.data({
        file,
        next: `set BAUTA_KEK_FILE=${file}, keep it outside the data directory and its backups, and keep a copy of it: what it wraps opens with nothing else`,
      })
    },
    async copyKeys(output, directory, { kek, side }) {
      output.data(await copyKeys(settingsOf(), { directory: resolve(cwd, directory), kek: resolve(cwd, kek), side }))
    },
    async gate(output, text) {
      output.data(gate(text))
    },
  }
}

/** Who migrates needs no log and no cache. */
const migrated = ['store', ...databases] as const

/** Runs until it is done or interrupted; answers the exit code. */
function live(main: (life: Life) => Promise<void>): Promise<number> {
  return run(async (life) => {
    await main(life)
    return 0
  })
}

async function openOffline(settings: Settings) {
  if (settings.engines === 'distributed')
    throw new Fault(
      'config_invalid',
      'no service runs on this data directory: set BAUTA_URL to the admin listener and BAUTA_TOKEN to a token of it, or ask where one runs',
    )
  const log = openLogger({ level: settings.logLevel === 'info' ? 'warn' : settings.logLevel, service: 'bauta' })
  const instance = await openInstance(settings, { clock: Date.now, log, listeners: () => ({}), serving: false })
  return {
    fetch: (request: Request) => instance.admin.fetch(request),
    localToken: instance.localToken,
    close: () => instance.close(),
  }
}

async function enginesDown(settings: Settings): Promise<readonly string[] | undefined> {
  const running = readRunFile(settings.dataDir)
  if (!running) return undefined
  try {
    const answer = (await (await fetch(`${running.url}/readyz`, { signal: AbortSignal.timeout(6_000) })).json()) as {
      down?: string[]
    }
    return answer.down ?? []
  } catch {
    return ['the admin listener']
  }
}

/** Only where there is something and nobody has it; a running instance has migrated when it started. */
async function pending(settings: Settings): Promise<readonly string[] | undefined> {
  const embedded = settings.engines === 'embedded'
  if (embedded && !existsSync(join(settings.dataDir, 'sql'))) return undefined
  if (await directoryHolder(settings.dataDir)) return undefined
  const engines = await openEngines(settings, embedded ? migrated : givenOf(settings))
  try {
    const names = await pendingMigrations(engines)
    if (engines.sql.control) await refuseHalfCopied(engines.sql.control)
    return names
  } finally {
    await engines.close()
  }
}

function statOf(file: string) {
  const found = statSync(file, { throwIfNoEntry: false })
  if (!found?.isFile()) throw new Fault('invalid', `${file} is not a file`)
  return found
}

/** The tables of the engines that this environment names: a service is given only its own. */
function givenOf({ distributed }: Settings): Part[] {
  const { clickhouse, databases: named } = distributed
  return [...(clickhouse ? (['store'] as const) : []), ...databases.filter((database) => named[database])]
}
