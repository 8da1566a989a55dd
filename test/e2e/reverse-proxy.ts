/** A small reverse proxy, as an operator has one before the services: each request goes on as it is to whoever has its path. */

import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serviceNames } from '../../infra/process/service.ts'

export interface ReverseProxy {
  readonly port: number
  close(): Promise<void>
}

/** The base URL of who has a path, or somebody who answers here. */
export type Route = (path: string) => string | ((incoming: IncomingMessage, answer: ServerResponse) => void) | undefined

export async function openReverseProxy(port: number, route: Route): Promise<ReverseProxy> {
  const server = createServer((incoming, answer) => {
    const to = route(new URL(incoming.url ?? '/', 'http://proxy').pathname)
    if (to === undefined) return void answer.writeHead(404).end()
    if (typeof to !== 'string') return to(incoming, answer)
    const { method, headers, url } = incoming
    const onward = request(new URL(url ?? '/', to), { method, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers)
      answered.pipe(answer)
    })
    onward.once('error', () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()))
    answer.once('close', () => onward.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Which service has a path of the admin API, as infra/deploy/caddy/Caddyfile says it: the first that matches. */
export function readAdminRoutes(): (path: string) => string | undefined {
  const text = readFileSync(new URL('../../infra/deploy/caddy/Caddyfile', import.meta.url), 'utf8')
  const block = text.slice(text.indexOf('\n:8081 {'))
  const named = new Map(
    [...block.matchAll(/^\s*@(\w+) path (.+)$/gm)].map(([, name = '', patterns = '']) => [`@${name}`, patterns]),
  )
  const routes = [...block.matchAll(/^\s*handle (\S+) \{\s*reverse_proxy (\w+):8081/gm)].flatMap(
    ([, matcher = '', service = '']) =>
      (named.get(matcher) ?? matcher).split(/\s+/).map((pattern) => ({ pattern, service })),
  )
  const known: readonly string[] = serviceNames
  if (routes.length === 0 || routes.some(({ service }) => !known.includes(service)))
    throw new Error('the Caddyfile is not written as it is read here')
  const fits = (path: string, pattern: string) =>
    pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern
  return (path) => routes.find(({ pattern }) => fits(path, pattern))?.service
}
