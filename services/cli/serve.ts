/** Opens an instance and serves it: three listeners, and the file by which commands on this machine find it. */

import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Settings } from '../../infra/environment.ts'
import { type Listener, listen } from '../../infra/http.ts'
import type { Life } from '../../infra/run.ts'
import { writeRunFile } from '../../infra/run-file.ts'
import { type Fetch, type Instance, openInstance } from '../standalone.ts'

export interface Serving {
  readonly instance: Instance
  readonly urls: Readonly<Record<'web' | 'person' | 'admin', string>>
}

export interface ServeDeps {
  readonly life: Life
  readonly settings: Settings
  readonly log: Logger
  /** What the web listener serves beside the collector, once all addresses are known. */
  readonly website?: (instance: Instance, urls: Serving['urls']) => Fetch
}

export async function serve({ life, settings, log, website }: ServeDeps): Promise<Serving> {
  const { ports, hosts, dataDir } = settings
  const listeners: Record<string, string> = {}
  const instance = life.open(
    await openInstance(settings, { clock: Date.now, log, listeners: () => listeners, serving: true }),
  )
  // Late, because the site's pages name the other listeners, and a port of 0 is known only when it is open.
  const late: { site?: Fetch } = {}
  const web: Fetch = {
    fetch: async (request, ...rest) =>
      (belongsToCollector(request) || !late.site ? instance.web : late.site).fetch(request, ...rest),
  }
  const open = async (name: 'web' | 'person' | 'admin', app: Fetch, host: string): Promise<string> => {
    const listener: Listener = life.open(await listen(app, { name, host, port: ports[name] }))
    const shown = name === 'web' && host === '127.0.0.1' ? 'localhost' : host
    listeners[name] = `http://${shown}:${listener.port}`
    return listeners[name]
  }
  const urls = {
    person: await open('person', instance.person, hosts.public),
    admin: await open('admin', instance.admin, hosts.admin),
    web: await open('web', web, hosts.public),
  }
  const site = website?.(instance, urls)
  if (site) late.site = site
  life.atEnd(async () => removeRunFile())
  const removeRunFile = writeRunFile(dataDir, { pid: process.pid, url: urls.admin, token: instance.localToken })
  log.info({ url: urls.web, file: join(dataDir, 'run.json') }, 'ready')
  return { instance, urls }
}

const doors = /^\/(v1\/|b\.js$|healthz$|readyz$)/

function belongsToCollector(request: Request): boolean {
  return doors.test(new URL(request.url).pathname)
}
