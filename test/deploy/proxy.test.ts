import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Engines, openEngines } from '../../infra/engines.ts'
import { readEnvironment } from '../../infra/process/environment.ts'
import { openLogger } from '../../infra/process/logger.ts'
import { type ServiceName, serviceNames } from '../../infra/process/service.ts'
import { openServices } from '../../services/open-services.ts'
import { readAdminRoutes } from '../e2e/reverse-proxy.ts'
import { root } from './read-compose.ts'

const folder = mkdtempSync(join(tmpdir(), 'bauta-proxy-'))
const log = openLogger({ level: 'silent', service: 'test' })
const routes = new Map<ServiceName, readonly string[]>()
let engines: Engines
beforeAll(async () => {
  mkdirSync(join(folder, 'data'), { mode: 0o700 })
  for (const name of ['bauta.yaml', 'interests.yaml']) cpSync(join(root, 'services/demo', name), join(folder, name))
  const settings = readEnvironment({ BAUTA_DATA: 'data', BAUTA_KEK: randomBytes(32).toString('base64') }, folder)
  engines = await openEngines(settings)
  const options = { clock: Date.now, log, listeners: () => ({}), serving: false }
  const shared = async () => ({ ...engines, close: async () => {} })
  // The person side's first, because the others need the public halves of its keys.
  for (const name of [...serviceNames].reverse()) {
    const service = await openServices(settings, [name], { ...options, openEngines: shared })
    routes.set(name, await routesOf(service.admin))
    await service.close()
  }
})
afterAll(async () => {
  await engines?.close()
  rmSync(folder, { recursive: true })
})

async function routesOf(admin: { fetch(request: Request): Response | Promise<Response> }): Promise<string[]> {
  const answer = await admin.fetch(new Request('http://admin/api/openapi.json'))
  const { paths } = (await answer.json()) as { paths: Record<string, object> }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
}

test('the proxy leads each route of the admin API to a service that has it', () => {
  const serviceOf = readAdminRoutes()
  const astray = [...new Set([...routes.values()].flat())].flatMap((route) => {
    const [, path = ''] = route.split(' ')
    const service = serviceOf(path.replace(/\{\w+\}/g, 'any')) as ServiceName
    return routes.get(service)?.includes(route) ? [] : [`${route} to ${service}`]
  })
  expect([...routes.values()].map(({ length }) => length > 1)).toEqual(serviceNames.map(() => true))
  expect(astray).toEqual([])
})
