import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { interests, origin, siteConfig } from '../../test/fakes/web.ts'
import { compileRules } from './interest-rules.ts'
import { type PageSettings, pageReader } from './page.ts'

const settings: PageSettings = { ...siteConfig, rules: compileRules(interests), country: 'DE' }
const pages = pageReader(settings)
const pathOf = (rest: string) => pages.page(origin + rest)?.path

describe('paths', () => {
  test('words, dates and short numbers stay as they are', () => {
    const paths = [
      '/',
      '/solar/balkon-800',
      '/blog/2026/11/22/titel',
      '/2015-05-17/',
      '/files/20101209/xdotool-2.html',
      '/elasticsearch_2.0',
      '/wärmepumpe',
      '/index.html',
    ]
    expect(paths.map(pathOf)).toEqual(paths)
  })

  test('what names somebody is replaced, in whatever wrapping', () => {
    const pieces = (
      'max@example.com max%40example.com max%2540example.com bWF4QGV4YW1wbGUuY29t 6d6178406578616d706c652e636f6d max(at)example(dot)com ' +
      'max&%2364;example.com %EF%BD%8D%EF%BD%81%EF%BD%98%EF%BC%A0example.com 0171-2345678 +49-30-12345678 DE89370400440532013000 123456 ' +
      '3f2b8c1a-9d4e-4f6a-8b7c-0123456789ab kX9-aB3_dE5fG7hJ1kL2mQ %E0%A4%A 1111111111111111111111111111111111111111'
    ).split(' ')
    expect(pieces.map((piece) => pathOf(`/kunde/${piece}/rechnung`))).toEqual(pieces.map(() => '/kunde/:id/rechnung'))
  })

  test('of the query only allow-listed parameters stay, their values cleaned, and the fragment never', () => {
    expect(pathOf('/suche?q=herz&topic=solar&fbclid=1#unten')).toBe('/suche?topic=solar')
    expect(pathOf('/suche?topic=max%40example.com')).toBe('/suche?topic=:id')
    expect(pathOf('/suche?topic=a%26b%3Dc')).toBe('/suche?topic=a%26b%3Dc')
    expect(pageReader({ ...settings, hashRoutes: true }).page(`${origin}/app#/solar/max@example.com?x=1`)?.path).toBe(
      '/app#/solar/:id',
    )
  })

  test('an address of another site is no page of this one', () => {
    expect(pages.page('https://magazine.example.evil.example/')).toBeUndefined()
    expect(pages.page('javascript:alert(1)')).toBeUndefined()
    expect(pages.page('nonsense')).toBeUndefined()
  })

  test('a long one is cut between two characters', () => {
    const before = [...'/solar'.repeat(85)].length
    expect(before).toBeLessThan(512)
    for (const more of ['', 'x', 'xx', 'xxx']) {
      const path = pathOf(`${'/solar'.repeat(85)}${more}${'\u{1f600}'.repeat(4)}`)
      expect(path).toMatch(/^[^\p{Surrogate}]+$/u)
      expect(path?.length).toBeGreaterThan(510)
      expect(path?.length).toBeLessThanOrEqual(512)
    }
  })

  test('what lies beyond what is looked at of one address is not believed', () => {
    const long = `/${'solar/'.repeat(110)}roof`
    expect(pathOf(long)).toBe(long.slice(0, 512))
    const names = Array.from({ length: 40 }, (_, n) => `topic${n}`)
    const query = names.map((name) => `${name}=solar-storage-and-garden`).join('&')
    const { path } = pageReader({ ...settings, query: names }).page(`${origin}/roof?${query}`) ?? {}
    expect(path?.startsWith('/:id?topic0=solar-storage-and-garden&')).toBe(true)
    expect(path?.endsWith('&topic39=:id')).toBe(true)
  })

  test('no address, number or code survives anywhere in an address of a page', () => {
    // What the address itself says is nobody's name.
    const name = fc.stringMatching(/^[a-z]{3,10}$/).filter((text) => !'topic'.includes(text))
    const mail = fc.tuple(name, name).map(([user, host]) => `${user}@${host}.com`)
    const phone = fc.integer({ min: 10_000_000, max: 99_999_999 }).map((digits) => `0171${digits}`)
    const code = fc.uuid()
    const wrap = fc.constantFrom(
      (text: string) => text,
      encodeURIComponent,
      (text: string) => encodeURIComponent(encodeURIComponent(text)),
      (text: string) => Buffer.from(text).toString('base64url'),
      (text: string) => Buffer.from(text).toString('hex'),
    )
    const place = fc.constantFrom(
      (text: string) => `/a/${text}/b`,
      (text: string) => `/a?topic=${text}`,
      (text: string) => `/a?utm_campaign=${text}`,
      (text: string) => `/a?mc_eid=${text}`,
      (text: string) => `/a#${text}`,
    )
    fc.assert(
      fc.property(fc.oneof(mail, phone, code), wrap, place, (secret, wrapped, placed) => {
        const { path = '', campaign = '' } = pages.page(origin + placed(wrapped(secret))) ?? {}
        for (const form of [secret, wrapped(secret), secret.split('@')[0] ?? secret])
          expect(`${path} ${campaign}`).not.toContain(form)
      }),
      { numRuns: 300 },
    )
  })
})

describe('where a view came from', () => {
  test('of another site the host stays, of this one nothing', () => {
    expect(pages.referrer('https://www.search.example/find?q=max@example.com')).toBe('search.example')
    expect(pages.referrer(`${origin}/solar`)).toBe('')
    expect(pages.referrer('https://3f2b8c1a9d4e4f6a8b7c.shop.example/')).toBe('shop.example')
    for (const none of [undefined, '', 'android-app://x', 'http://203.0.113.7/', 'http://[2001:db8::1]/', 'nonsense'])
      expect(pages.referrer(none)).toBe('')
  })

  test('campaigns are words, and what names a recipient is none', () => {
    const campaign = (query: string) => pages.page(`${origin}/?${query}`)?.campaign
    expect(campaign('utm_source=google&utm_medium=cpc&utm_campaign=Herbst-2026')).toBe('google/cpc/herbst-2026')
    expect(campaign('utm_source=news&utm_campaign=3f2b8c1a9d4e4f6a8b7c0123')).toBe('news//')
    expect(campaign('utm_term=solar')).toBe('')
  })

  test('a link from a mail is known by its medium or by its sender', () => {
    const fromMail = (query: string) => pages.page(`${origin}/?${query}`)?.fromMail
    expect(['utm_medium=Email', 'mc_eid=1', 'utm_medium=cpc', ''].map(fromMail)).toEqual([true, true, false, false])
  })
})

test('rules and exclusions see the path decoded', () => {
  expect(pages.page(`${origin}/%6Bids/%73olar`)?.neverProfiled).toBe(true)
  expect(pages.page(`${origin}/%73olar/roof`)?.rules.map(({ id }) => id)).toEqual(['solar-path'])
})
