/** The demonstration site on a free port, with a snippet that only writes down what it is told. */

import { readFileSync } from 'node:fs'
import { Hono } from 'hono'
import { parse } from 'yaml'
import { listen } from '../../infra/listeners/http.ts'
import { BautaConfig } from '../../schemas/config.ts'
import { demoSite } from '../../services/demo/site/demo-site.ts'

/** What the site told the snippet: command, then its arguments. */
export type Said = readonly [string, ...unknown[]]

/** Answers as the real one does; its profile grows when a page about solar power is told to be open elsewhere. */
const snippet = `{
  const receipt = 'r' + '0'.repeat(32)
  const answers = {
    consent: (purposes) => ({ purposes, receipt }),
    link: () => 'token-of-this-browser',
    forget: () => ({ receipt }),
    profile: async () => ({ purposes: ['P1', 'P3'], receipt, interests: await (await fetch('/interests')).json() }),
  }
  const waiting = window.bauta?.q ?? []
  window.bauta = async (...call) => {
    if (call[0] !== 'profile') await fetch('/said', { method: 'POST', body: JSON.stringify(call) })
    return answers[call[0]]?.(call[1])
  }
  for (const call of waiting) window.bauta(...call).then(call.r)
}`

export async function serveDemoSite() {
  const config = BautaConfig.parse(
    parse(readFileSync(new URL('../../services/demo/bauta.yaml', import.meta.url), 'utf8')),
  )
  const { demo } = config.sites
  if (!demo) throw new Error('the demo has no site named demo')
  const said: Said[] = []
  const interests: object[] = []
  const app = new Hono()
  app.get('/b.js', (context) => context.body(snippet, 200, { 'Content-Type': 'text/javascript' }))
  app.post('/said', async (context) => {
    said.push(JSON.parse(await context.req.text()))
    return context.body(null, 204)
  })
  app.get('/interests', (context) => context.json(interests))
  app.route('/', demoSite({ name: 'demo', site: demo, personUrl: config.person.url }))
  const { port, close } = await listen(app, { host: '127.0.0.1', port: 0, name: 'the demonstration site' })
  return { url: `http://localhost:${port}`, personUrl: config.person.url, said, interests, close }
}
