/** A site under a strict policy and a collector that remembers what it was told, each on a port of its own, for the snippet's browser suite. */

import { type Context, Hono } from 'hono'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { expect, vi } from 'vitest'
import { listen } from '../../infra/listeners/http.ts'
import type { WireEvent } from '../../schemas/event.ts'

/** One request to the collector, other than for the script. */
export interface Heard {
  readonly path: string
  readonly method: string
  /** How the browser asked: `no-cors` is a beacon. */
  readonly mode: string
  readonly cookie: string
  readonly body: { events?: WireEvent[]; purposes?: string[] } & Record<string, unknown>
}

const START = Date.UTC(2026, 10, 2, 12)

type Reply = (heard: Heard) => Response | Promise<Response>

export interface VisitOptions {
  /** Said by the site on every page, as its banner would. */
  readonly allow?: readonly string[]
  /** Of the script tag. */
  readonly tag?: string
  /** Runs in the page before any script of it. */
  readonly before?: string
}

export const HEAD =
  '<meta name="bauta:interests" content="heating"><script type="application/ld+json">{"@graph":[{"@type":"Article","keywords":["Solar power","Roof"],"articleSection":"Energy"}]}</script>'

const accept: Record<string, Reply> = {
  '/v1/events': ({ body }) => Response.json({ accepted: body.events?.length, refused: [] }, { status: 202 }),
  '/v1/consent': ({ body }) => {
    const answer = Response.json({ purposes: body.purposes, receipt: `r${'0'.repeat(32)}` })
    if (body.purposes?.includes('P1')) answer.headers.set('Set-Cookie', 'bauta_test=1; Path=/; HttpOnly; SameSite=Lax')
    return answer
  },
  '/v1/link': () => Response.json({ token: 'sealed' }),
  '/v1/profile': () => Response.json({ purposes: ['P1'], interests: [], receipt: null }),
  '/v1/visitor': () => Response.json({ receipt: `r${'1'.repeat(32)}` }, { status: 202 }),
}

export async function openSnippetWorld(browser: Browser, js: string) {
  const heard: Heard[] = []
  const replies = new Map(Object.entries(accept))
  const hosts = new Set<string>()
  let script = js
  let tag = ''
  /** Each visit is to another, so that the last words of a page that closes late are not taken for the next visitor's. */
  let name = 'demo-0'
  let visits = 0

  const collector = await listen(collectorApp(), { host: 'localhost', port: 0, name: 'collector' })
  const collectorUrl = `http://localhost:${collector.port}`
  const site = await listen(siteApp(), { host: 'localhost', port: 0, name: 'site' })
  const siteUrl = `http://localhost:${site.port}`

  function collectorApp(): Hono {
    const app = new Hono()
    app.get('/b.js', (context) => context.body(script, 200, { 'Content-Type': 'text/javascript' }))
    app.options('*', (context) => context.body(null, 204, readable(context)))
    app.all('/v1/*', async (context) => {
      const text = await context.req.text()
      const { path, method } = context.req
      const [mode = '', cookie = ''] = [context.req.header('sec-fetch-mode'), context.req.header('cookie')]
      const one: Heard = { path, method, mode, cookie, body: text ? JSON.parse(text) : {} }
      if (context.req.query('site') === name) heard.push(one)
      const answer = await (replies.get(path)?.(one) ?? context.notFound())
      for (const [name, value] of Object.entries(readable(context))) answer.headers.set(name, value)
      return answer
    })
    return app
  }

  function siteApp(): Hono {
    const app = new Hono()
    app.get('/elsewhere', (context) => context.html('<!doctype html><title>left</title>'))
    app.get('/files/*', (context) => context.body('file'))
    app.get('*', (context) => {
      const policy = `default-src 'none'; script-src ${collectorUrl}; connect-src ${collectorUrl}; form-action 'self'`
      const html = `<!doctype html><html lang="en-GB"><title>page</title>${HEAD}
<script async src="${collectorUrl}/b.js" data-site="${name}" data-notice="2026-11" ${tag}></script>
<body data-interests="solar energy.heat-pump"><h1>${context.req.path}</h1>
<a id="inside" href="/inside">inside</a> <a id="anchor" href="#part">part</a>
<a id="outside" href="https://elsewhere.example/page?q=1" target="_blank">outside</a>
<a id="file" href="/files/guide.pdf" target="_blank">file</a> <a id="mail" href="mailto:a@example.com">mail</a>
<form id="form" action="/thanks"><input name="name" value="Rosa Luxemburg"><button>send</button></form>
<pre>${'line\n'.repeat(400)}</pre></body></html>`
      return context.html(html, 200, { 'Content-Security-Policy': policy })
    })
    return app
  }

  const events = (): WireEvent[] => heard.flatMap(({ body }) => body.events ?? [])

  return {
    heard,
    hosts,
    siteUrl,
    collectorUrl,
    name: () => name,
    events,
    types: () => events().map(({ type }) => type),
    /** From now on; without a reply, it accepts again. */
    reply(path: string, reply?: Reply) {
      replies.set(path, reply ?? (accept[path] as Reply))
    },
    /** Another script instead, broken on purpose. */
    serve(broken: string) {
      script = broken
    },
    /** Resolves when what is expected has been heard. */
    until: <T>(expectation: () => T) => vi.waitFor(expectation, { timeout: 120_000, interval: 20 }),
    /** A visitor of their own, whose clock only moves when told; `open` is a page that has run the snippet. */
    async visit(path: string, options: VisitOptions = {}): Promise<{ page: Page; context: BrowserContext }> {
      heard.length = 0
      name = `demo-${++visits}`
      hosts.clear()
      tag = options.tag ?? ''
      const context = await browser.newContext()
      context.on('request', (request) => hosts.add(new URL(request.url()).host))
      await context.route(/elsewhere\.example/, (route) => route.abort())
      await context.clock.install({ time: START })
      await context.clock.pauseAt(START + 1_000)
      await context.addInitScript(`${options.before ?? ''}
        Math.random = () => 0.5
        window.bauta = function () { const call = arguments
          return new Promise((resolve) => { call.r = resolve; (window.bauta.q = window.bauta.q || []).push(call) }) }
        window.bauta.isStub = true
        ${options.allow ? `window.bauta('allow', ${JSON.stringify(options.allow)})` : ''}`)
      const page = await context.newPage()
      await page.goto(`${siteUrl}${path}`)
      await ready(page)
      return { page, context }
    },
    async close() {
      await Promise.all([site.close(), collector.close()])
    },
  }
}

/** The snippet has run. Asked from outside, because the page's policy forbids to evaluate in it. */
export async function ready(page: Page): Promise<void> {
  const has = () => page.evaluate('!window.bauta.isStub && document.readyState === "complete"')
  await vi.waitFor(async () => expect(await has()).toBe(true), { timeout: 120_000, interval: 20 })
}

export type SnippetWorld = Awaited<ReturnType<typeof openSnippetWorld>>

function readable(context: Context): Record<string, string> {
  return {
    'Access-Control-Allow-Origin': context.req.header('origin') ?? '',
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Allow-Methods': 'GET, POST, DELETE',
    'Access-Control-Expose-Headers': 'Retry-After',
  }
}
