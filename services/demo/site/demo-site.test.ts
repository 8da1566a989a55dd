import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { BautaConfig } from '../../../schemas/config.ts'
import { type InterestRule, Interests, isSpecial } from '../../../schemas/interest.ts'
import { demoSite } from './demo-site.ts'
import { readNotice } from './notice-text.ts'
import { downloads, pages } from './pages.ts'

const read = (name: string): unknown => parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'))
const interests = Interests.parse(read('interests.yaml'))
const { demo } = BautaConfig.parse(read('bauta.yaml')).sites
if (!demo) throw new Error('bauta.yaml has no site demo')
const app = demoSite({ name: 'demo', site: demo, personUrl: 'http://127.0.0.1:8082' })
const bodyOf = async (path: string) => (await app.request(path)).text()

/** `*` within a segment, `**` across them. */
const matches = (glob: string, path: string) =>
  new RegExp(`^${glob.replace(/\*\*|\*/g, (star) => (star === '**' ? '.*' : '[^/]*'))}$`).test(path)

function interestsOf(path: string, declared: readonly string[]): string[] {
  const hit = ({ path: glob, declared: data, meta, jsonld }: InterestRule) =>
    glob === undefined
      ? declared.includes(data ? `data:${data}` : meta ? `meta:${meta}` : `ld:${jsonld}`)
      : matches(glob, path)
  const named = interests.rules.filter(hit).map(({ interest }) => interest)
  return [...new Set(named)].filter((name) => !isSpecial(interests.interests, name)).sort()
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
      expect(interestsOf(path.split('?')[0] ?? '', declared), path).toEqual([...expected].sort())
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

  it('names its products and topics as the tracking plan lists them', () => {
    const { product_view, search } = demo.events
    const listed = (rule: object | undefined) => (rule && 'enum' in rule ? (rule.enum as string[]) : [])
    for (const { product, topic } of pages) {
      if (product) expect(listed(product_view?.properties.product)).toContain(product.product)
      if (product) expect(listed(product_view?.properties.category)).toContain(product.category)
      if (topic) expect(listed(search?.properties.topic)).toContain(topic)
    }
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
