/** Opens services and serves them: a listener each for visitors, people and operators, and the file by which commands on this machine find it. */

import { join } from 'node:path'
import type { Logger } from 'pino'
import { listen } from '../../infra/listeners/http.ts'
import type { Settings } from '../../infra/process/environment.ts'
import type { Life } from '../../infra/process/run.ts'
import { writeRunFile } from '../../infra/process/run-file.ts'
import type { ServiceName } from '../../infra/process/service.ts'
import { type Fetch, type Opened, type OpenOptions, openServices } from '../open-services.ts'
import { type Instance, openInstance } from '../standalone.ts'

type ListenerName = 'web' | 'person' | 'admin'

export interface Serving {
  readonly instance: Instance
  readonly urls: Readonly<Record<ListenerName, string>>
}

export interface ServeDeps extends Pick<OpenOptions, 'openEngines'> {
  readonly life: Life
  readonly settings: Settings
  readonly log: Logger
  /** What the web listener serves beside the collector, once all addresses are known. */
  readonly website?: (instance: Instance, urls: Serving['urls']) => Fetch
}

/** All services. */
export async function serve(deps: ServeDeps): Promise<Serving> {
  const { urls, open, ready, options } = frontOf(deps)
  const instance = deps.life.open(await openInstance(deps.settings, options))
  // Late, because the site's pages name the other listeners, and a port of 0 is known only when it is open.
  const late: { site?: Fetch } = {}
  const web: Fetch = {
    fetch: async (request, ...rest) =>
      (belongsToCollector(request) || !late.site ? instance.web : late.site).fetch(request, ...rest),
    turnstile: instance.web.turnstile,
  }
  const opened = {
    person: await open('person', instance.person),
    admin: await open('admin', instance.admin),
    web: await open('web', web),
  }
  const site = deps.website?.(instance, opened)
  if (site) late.site = site
  ready(instance, urls)
  return { instance, urls: opened }
}

/** One service or some, on engines that others share, until the process is asked to end. Rejects with what ended the loader before. */
export async function serveAlone(deps: ServeDeps, names: readonly ServiceName[]): Promise<void> {
  const { urls, open, ready, options } = frontOf(deps)
  const opened = deps.life.open(await openServices(deps.settings, names, options))
  await open('admin', opened.admin)
  if (opened.person) await open('person', opened.person)
  if (opened.web) await open('web', opened.web)
  ready(opened, urls)
  // Whoever keeps the process alive starts it again, and it goes on once somebody has mended what the log names.
  await Promise.race([deps.life.ended, opened.profiles?.stopped ?? deps.life.ended])
}

function frontOf({ life, settings, log, openEngines }: ServeDeps) {
  const { ports, hosts, dataDir } = settings
  const urls: Partial<Record<ListenerName, string>> = {}
  const options: OpenOptions = {
    clock: Date.now,
    log,
    listeners: () => ({ ...urls }),
    serving: true,
    ...(openEngines && { openEngines }),
  }
  return {
    urls,
    options,
    async open(name: ListenerName, app: Fetch): Promise<string> {
      const host = name === 'admin' ? hosts.admin : hosts.public
      const listener = life.open(await listen(app, { name, host, port: ports[name] }))
      const shown = name === 'web' && host === '127.0.0.1' ? 'localhost' : host
      urls[name] = `http://${shown}:${listener.port}`
      return urls[name]
    },
    ready({ localToken }: Pick<Opened, 'localToken'>, { admin, web = admin }: typeof urls) {
      if (admin === undefined) throw new Error('ready before the admin listener')
      const remove = writeRunFile(dataDir, { pid: process.pid, url: admin, token: localToken })
      life.atEnd(async () => remove())
      log.info({ url: web, file: join(dataDir, 'run.json') }, 'ready')
    },
  }
}

const doors = /^\/(v1\/|b\.js$|healthz$|readyz$)/

function belongsToCollector(request: Request): boolean {
  return doors.test(new URL(request.url).pathname)
}
