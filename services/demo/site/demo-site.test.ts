import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { compileRules } from '../../../collector/events/interest-rules.ts'
import { compilePlan } from '../../../collector/events/tracking-plan.ts'
import { readHouse } from '../../../infra/config/house.ts'
import { demoSite } from './demo-site.ts'
import { readNotice } from './notice-text.ts'
import { downloads, pages } from './pages.ts'

const { config, interests } = readHouse(fileURLToPath(new URL('../bauta.yaml', import.meta.url)))
const { demo } = config.sites
const rules = interests.get('demo')
if (!demo || !rules) throw new Error('bauta.yaml has no site demo')
const { ofPath, signalsOf } = compileRules(rules)
const plan = compilePlan(demo.events)
const app = demoSite({ name: 'demo', site: demo, personUrl: 'http://127.0.0.1:8082' })
const bodyOf = async (path: string) => (await app.request(path)).text()

function interestsOf(url: string, declared: readonly string[]): string[] {
  const view = { id: randomUUID(), type: 'page_view', time: 0, url, interests: [...declared] }
  const signals = signalsOf(view, ofPath(url.split('?')[0] ?? ''))
  return [...new Set(signals.map(({ interest }) => interest))].sort()
}

/** As the snippet reads a page. */
function declaredIn(page: string): string[] {
  const words = (pattern: RegExp, kind: string) =>
    [...page.matchAll(pattern)].flatMap(([, said = '']) => said.split(' ').map((word) => kind + word))
  const linked = /<script type="application\/ld\+json">(.*?)<\/script>/.exec(page)?.[1]
  const { articleSection, keywords, category } = linked ? JSON.parse(linked) : {}
  return [
    ...words(/data-interests="([^"]*)"/g, 'data:'),
    ...words(/<meta name="bauta:interests" content="([^"]*)"/g, 'meta:'),
    ...[articleSection, keywords, category].flat().flatMap((word) => (word ? [`ld:${word}`] : [])),
  ].sort()
}

describe('demonstration site', () => {
  it('every page is served and declares what the page list says', async () => {
    for (const { path, declared } of pages) {
      const response = await app.request(path)
      expect(response.status, path).toBe(200)
      expect(declaredIn(await response.text()), path).toEqual([...declared].sort())
    }
  })

  it('the rules give every page the interests that the page list says', () => {
    for (const { path, declared, interests: expected } of [
      ...pages,
      ...downloads.map((each) => ({ ...each, declared: [] })),
    ])
      expect(interestsOf(path, declared), path).toEqual([...expected].sort())
  })

  it('a page about health is declared as such, and gives nobody an interest', () => {
    const health = pages.filter(({ path }) => path.includes('/wellbeing/'))
    expect(health.map(({ path }) => path)).toEqual([
      '/de/wellbeing/pollen-at-the-window',
      '/en/wellbeing/pollen-at-the-window',
    ])
    for (const { declared, interests: expected } of health) {
      expect(declared).toContain('meta:allergies')
      expect(expected).toEqual([])
    }
  })

  it('the tracking plan takes the events of every page', () => {
    for (const { product, topic } of pages) {
      if (product) for (const type of ['product_view', 'cart_add']) expect(plan.check(type, product)).toBeUndefined()
      if (topic) for (const type of ['search', 'keep']) expect(plan.check(type, { topic })).toBeUndefined()
    }
    expect(plan.check('purchase', { value: 528.8, items: 2 })).toBeUndefined()
    expect(plan.check('search', { topic: 'what somebody typed' })).toBe('schema')
  })

  it('no link of the site leads nowhere', async () => {
    const links = new Set<string>()
    for (const { path } of pages)
      for (const [, href = ''] of (await bodyOf(path)).matchAll(/(?:href|src)="(\/[^"]*)"/g))
        links.add(href.replaceAll('&amp;', '&'))
    links.delete('/b.js')
    expect(links.size).toBeGreaterThan(80)
    for (const link of links) expect((await app.request(link)).status, link).toBe(200)
  })

  it('banner and form show each notice word for word', async () => {
    for (const language of ['de', 'en'])
      for (const [path, notice] of [
        [`/${language}`, demo.notices[0]],
        [`/${language}/newsletter`, demo.notices[1]],
      ] as const) {
        const page = (await bodyOf(path)).replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'")
        const { intro, purposes } = readNotice(notice?.text[language] ?? '')
        for (const said of [intro, ...purposes.flatMap(({ label, text }) => [label, text])])
          expect(page).toContain(said)
        expect(page).toContain(notice?.version)
      }
  })

  it('no box is ticked beforehand', async () => {
    for (const path of ['/de', '/de/newsletter']) expect(await bodyOf(path)).not.toMatch(/<input[^>]*\bchecked/)
  })

  it('a page may load from its own host only, and post to the person listener', async () => {
    const policy = (await app.request('/de')).headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("form-action 'self' http://127.0.0.1:8082")
    for (const { path } of pages) expect(await bodyOf(path)).not.toMatch(/ style="|<style|<script>| on[a-z]+="/)
  })

  it('asks for the language the browser prefers', async () => {
    const to = async (accept: string) =>
      (await app.request('/', { headers: { 'accept-language': accept } })).headers.get('location')
    expect(await to('en-GB,en;q=0.9,de;q=0.4')).toBe('/en')
    expect(await to('fr')).toBe('/de')
  })

  it('the checklist is a PDF whose table of objects is right', async () => {
    const response = await app.request('/de/solar/balcony-checklist.pdf')
    const file = Buffer.from(await response.arrayBuffer()).toString('latin1')
    const table = Number(/startxref\n(\d+)/.exec(file)?.[1])
    expect(file.slice(table, table + 4)).toBe('xref')
    const offsets = [...file.slice(table).matchAll(/(\d{10}) 00000 n/g)].map(([, offset]) => Number(offset))
    for (const [index, offset] of offsets.entries())
      expect(file.slice(offset)).toMatch(new RegExp(`^${index + 1} 0 obj`))
  })

  it('what is not there is a page that says so', async () => {
    const response = await app.request('/en/nowhere')
    expect(response.status).toBe(404)
    expect(await response.text()).toContain('There is no such page')
  })
})
