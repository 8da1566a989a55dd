/** `bauta demo`, the main job for a stranger: everything in one process, a website, its visitors, and an audience that leaves. */

import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeDurably } from '../../infra/durable-file.ts'
import { createKekFile } from '../../infra/keys/key-encryption-key.ts'
import { readEnvironment, type Settings } from '../../infra/process/environment.ts'
import { openLogger } from '../../infra/process/logger.ts'
import type { Life } from '../../infra/process/run.ts'
import { demoSite } from '../demo/site/demo-site.ts'
import { adminDoor, type Run, seeThrough } from '../demo/visitors/admin-door.ts'
import { driveVisitors } from '../demo/visitors/drive.ts'
import { outputTo, table } from './output.ts'
import { type Serving, serve } from './serve.ts'

export interface DemoDeps {
  readonly life: Life
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

const SITE = 'demo'
const AUDIENCE = 'solar-autumn'
const SEED = 2026
const VISITORS = 2_000
const CONTACTS = 1_000
const RUN_MS = 60_000

export async function demo({ life, env, cwd }: DemoDeps): Promise<void> {
  const settings = await demoSettings(env, cwd)
  const log = openLogger({ level: settings.logLevel, service: 'demo' })
  const output = outputTo(process.stdout, process.stderr, false)
  output.talk('opening the engines')
  const serving = await serve({
    life,
    settings,
    log,
    website: ({ house }, { person }) => {
      const site = house.config.sites[SITE]
      if (!site) throw new Error('the demonstration has no site')
      return demoSite({ name: SITE, site, personUrl: person })
    },
  })
  const admin = adminDoor({ url: serving.urls.admin, token: serving.instance.localToken })
  // A second start finds what the first one did, and drives nobody.
  const run = (await admin.runsOf(AUDIENCE)).at(0) ?? (await drive(serving, settings, admin, output))
  if (!run || life.signal.aborted) return
  const file = join(settings.dataDir, 'exports', AUDIENCE, `${run.run}.csv`)
  output.talk(
    `\n${AUDIENCE}: ${run.state}\n${table(Object.entries(run.waterfall ?? {}).map(([step, people]) => ({ step, people })))}\n`,
  )
  for (const line of ['demo ready', `site ${serving.urls.web}`, `admin ${serving.urls.admin}`, `export ${file}`])
    output.data(line)
  output.talk('Click around, then look at "What this site knows about me". Ctrl-C ends it.')
  await life.ended
}

async function drive(
  { urls }: Serving,
  settings: Settings,
  admin: ReturnType<typeof adminDoor>,
  output: ReturnType<typeof outputTo>,
): Promise<Run> {
  const bar = output.progress('visitors', 1)
  try {
    await driveVisitors({
      web: { url: urls.web, origin: urls.web, site: SITE, notice: '2026-11' },
      person: { url: urls.person, origin: urls.web },
      admin,
      outbox: join(settings.dataDir, 'outbox'),
      newsletterNotice: 'newsletter-2026-11',
      seed: SEED,
      visitors: VISITORS,
      contacts: CONTACTS,
      now: Date.now,
      progress: (done, total) => bar.set(done / total),
    })
  } finally {
    bar.stop()
  }
  return seeThrough(admin, AUDIENCE, RUN_MS)
}

/** The environment's, with a configuration and a key of its own. Only a demonstration makes its own key. */
async function demoSettings(env: DemoDeps['env'], cwd: string): Promise<Settings> {
  const asked = readEnvironment(env, cwd)
  const free = async (port: number) => (port === 0 ? freePort() : port)
  const ports = { web: await free(asked.ports.web), person: await free(asked.ports.person), admin: asked.ports.admin }
  const { dataDir } = asked
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const own = fileURLToPath(new URL('../demo/', import.meta.url))
  const config = readFileSync(join(own, 'bauta.yaml'), 'utf8')
    .replaceAll('http://localhost:8080', `http://localhost:${ports.web}`)
    .replaceAll('http://127.0.0.1:8082', `http://127.0.0.1:${ports.person}`)
  const configFile = join(dataDir, 'demo', 'bauta.yaml')
  writeDurably(configFile, config, 0o600)
  writeDurably(join(dataDir, 'demo', 'interests.yaml'), readFileSync(join(own, 'interests.yaml'), 'utf8'), 0o600)
  const kek = asked.kek.value || asked.kek.file ? asked.kek : { value: undefined, file: `${dataDir}.kek` }
  if (kek.file && !existsSync(kek.file)) createKekFile(kek.file)
  const logLevel = env.LOG_LEVEL ? asked.logLevel : 'warn'
  // Its visitors come from many networks, and say so as a reverse proxy would.
  return { ...asked, engines: 'embedded', ports, configFile, kek, logLevel, clientAddressHeader: 'x-forwarded-for' }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
