import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { bundleSnippet } from '../../collector/snippet/bundle.ts'
import { describeInChromium, launch } from './chromium.ts'
import { openSnippetWorld, ready, type SnippetWorld, type VisitOptions } from './snippet-world.ts'

const ALL = ['P1', 'P2', 'P3']
/** Longer than a batch waits. */
const SOON = 600

/** Writes down who touches what a browser keeps. */
const watchStorage = `
  window.touched = []
  for (const [name, owner] of [['sessionStorage', window], ['localStorage', window], ['indexedDB', window], ['caches', window], ['cookie', Document.prototype]]) {
    const own = Object.getOwnPropertyDescriptor(owner, name) || Object.getOwnPropertyDescriptor(Object.getPrototypeOf(owner), name)
    const note = () => window.touched.push(name)
    Object.defineProperty(owner, name, { configurable: true, get() { note(); return own.get.call(this) }, set(value) { note(); own.set && own.set.call(this, value) } })
  }`

describeInChromium('the snippet in Chromium', () => {
  let browser: Browser
  let world: SnippetWorld
  let js: string

  beforeAll(async () => {
    js = (await bundleSnippet()).js
    browser = await launch()
    world = await openSnippetWorld(browser, js)
  })
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()))
    world.serve(js)
    for (const path of ['events', 'consent', 'link', 'profile', 'visitor']) world.reply(`/v1/${path}`)
  })
  afterAll(async () => {
    await browser?.close()
    await world?.close()
  })

  const open = async (path = '/start', options: VisitOptions = {}): Promise<Page> =>
    (await world.visit(path, options)).page
  const command = (page: Page, ...call: unknown[]) =>
    page.evaluate(`window.bauta(...${JSON.stringify(call)})`) as Promise<unknown>
  const stored = (page: Page) => page.evaluate('JSON.stringify({ ...sessionStorage, ...localStorage })')
  /** Lets time pass until so many events have been heard: one batch leaves only after the answer to the one before. */
  const heard = async (page: Page, count: number) => {
    await world.until(async () => {
      await page.clock.runFor(SOON)
      expect(world.events().length).toBeGreaterThanOrEqual(count)
    })
    return world.events()
  }
  /** Until the page has taken in that all it said was taken. */
  const settled = (page: Page) =>
    world.until(async () => expect(await page.evaluate('JSON.parse(sessionStorage.bauta).events')).toEqual([]))
  /** Until it has taken in that it is to wait. */
  const toldToWait = (page: Page) =>
    world.until(async () => expect(await page.evaluate('JSON.parse(sessionStorage.bauta).wait')).toBeGreaterThan(0))

  async function tracesWithoutConsent(script: string) {
    world.serve(script)
    const page = await open('/start', { before: watchStorage })
    await page.evaluate("history.pushState(0, '', '/next')")
    await page.click('#outside')
    await page.click('#form button')
    await page.waitForURL('**/thanks*')
    await ready(page)
    await page.clock.runFor(60_000)
    const touched = await page.evaluate('window.touched.length')
    return { touched, requests: world.heard.length, cookies: (await page.context().cookies()).length }
  }

  test('before consent it stores nothing, reads nothing and sends nothing, whatever the visitor does', async () => {
    expect(await tracesWithoutConsent(js)).toEqual({ touched: 0, requests: 0, cookies: 0 })
  })

  test('and one that did would be caught', async () => {
    expect((await tracesWithoutConsent(`sessionStorage.bauta = '{}';${js}`)).touched).toBeGreaterThan(0)
    const early = `const { site } = document.currentScript.dataset
      fetch('${world.collectorUrl}/v1/events?site=' + site, { method: 'POST', body: '{}' });${js}`
    expect((await tracesWithoutConsent(early)).requests).toBeGreaterThan(0)
    const cookie = `document.cookie = 'a=1';${js}`
    expect((await tracesWithoutConsent(cookie)).cookies).toBe(1)
  })

  test('a refusal is told, and leaves neither cookie nor storage nor events', async () => {
    const page = await open('/start', { before: watchStorage })
    expect(await command(page, 'consent', [])).toMatchObject({ purposes: [] })
    await page.click('#outside')
    await page.clock.runFor(60_000)
    expect(world.heard.map(({ path, body }) => [path, body.purposes])).toEqual([['/v1/consent', []]])
    expect(await page.evaluate('window.touched')).toEqual([])
    expect(await page.context().cookies()).toEqual([])
  })

  test('a consent is told with all that proves it; then the page is counted, with what it says it is about', async () => {
    const page = await open()
    const answer = await command(page, 'consent', ALL, { method: 'settings' })
    expect(answer).toMatchObject({ purposes: ALL, receipt: expect.stringMatching(/^r0+$/) })
    expect(world.heard[0]?.body).toEqual({
      site: world.name(),
      notice: '2026-11',
      lang: 'en',
      purposes: ALL,
      method: 'settings',
      path: '/start',
    })
    const [view] = await heard(page, 1)
    expect(view).toMatchObject({ type: 'page_view', url: `${world.siteUrl}/start`, session: 1, step: 0 })
    expect(view?.interests?.toSorted()).toEqual([
      'data:energy.heat-pump',
      'data:solar',
      'ld:Energy',
      'ld:Roof',
      'ld:Solar power',
      'meta:heating',
    ])
    expect(world.heard.at(-1)).toMatchObject({ path: '/v1/events', cookie: 'bauta_test=1', mode: 'cors' })
  })

  test('what the site says of an earlier choice is not told again', async () => {
    await heard(await open('/start', { allow: ALL }), 1)
    expect(world.heard.map(({ path }) => path)).toEqual(['/v1/events'])
  })

  test.each([{ purposes: ['P1'] }, { purposes: ['P2', 'P3'] }, { purposes: [] }])(
    '$purposes sends no event',
    async ({ purposes }) => {
      const page = await open('/start', { allow: purposes, before: watchStorage })
      await page.click('#outside')
      await page.clock.runFor(60_000)
      expect(world.heard).toEqual([])
      expect(await page.evaluate('window.touched')).toEqual([])
    },
  )

  test('links off the site and files are captured, other links are not', async () => {
    const page = await open('/start', { allow: ALL })
    for (const id of ['anchor', 'mail', 'outside', 'file']) await page.click(`#${id}`)
    const events = await heard(page, 3)
    expect(events.map(({ type, url }) => [type, url])).toEqual([
      ['page_view', `${world.siteUrl}/start`],
      ['outbound', `${world.siteUrl}/start`],
      ['download', `${world.siteUrl}/files/guide.pdf`],
    ])
    expect(JSON.stringify(world.heard)).not.toContain('elsewhere')
  })

  test('of a form it is said that it was sent, and nothing that was in it', async () => {
    const page = await open('/start', { allow: ALL })
    await page.click('#form button')
    await page.waitForURL('**/thanks*')
    await ready(page)
    const events = await heard(page, 3)
    expect(events.map(({ type }) => type)).toContain('form_submit')
    const ofForm = events.filter(({ type }) => type === 'form_submit')
    expect(JSON.stringify(ofForm)).not.toContain('Luxemburg')
  })

  test("the site's own events carry their properties, also those said before the snippet was there", async () => {
    const before = `addEventListener('DOMContentLoaded', () => { window.early = window.bauta('cart_add', { category: 'solar' }) })`
    const page = await open('/start', { allow: ALL, before })
    await command(page, 'product_view', { category: 'solar', price: 12 })
    const events = await heard(page, 3)
    expect(events.map(({ type, props }) => [type, props])).toEqual([
      ['page_view', undefined],
      ['cart_add', { category: 'solar' }],
      ['product_view', { category: 'solar', price: 12 }],
    ])
    expect(await page.evaluate('Promise.race([window.early.then(() => "kept"), new Promise(() => {})])')).toBe('kept')
  })

  test.each([
    ['', ['/start', '/two', '/two?q=1', '/three', '/two?q=1']],
    ['data-hash', ['/start', '/two', '/two?q=1', '/three', '/two?q=1', '/two?q=1#/part']],
  ])('navigation without a page load is a view if the address changed (%s)', async (tag, expected) => {
    const page = await open('/start', { allow: ALL, tag })
    const go = (method: string, to: string) => page.evaluate(`history.${method}({}, '', '${to}')`)
    await go('pushState', '/two')
    await go('replaceState', '/two')
    await go('pushState', '/two')
    await go('replaceState', '/two?q=1')
    await go('pushState', '/three')
    await page.goBack()
    await page.evaluate("location.hash = '/part'")
    await command(page, 'sign_up')
    const events = await heard(page, expected.length + 1)
    const views = events.filter(({ type }) => type === 'page_view').map(({ url }) => url.replace(world.siteUrl, ''))
    expect(views).toEqual(expected)
  })

  test('a view says what the page is about once it has been built, and what ended before says what that was about', async () => {
    const page = await open('/start', { allow: ALL })
    await heard(page, 1)
    await page.clock.runFor(2_000)
    await page.evaluate("history.pushState({}, '', '/two'); document.body.dataset.interests = 'garden'")
    const [, engaged, view] = await heard(page, 3)
    expect(engaged).toMatchObject({ type: 'engaged', url: `${world.siteUrl}/start` })
    expect(engaged?.interests).not.toContain('data:garden')
    expect(view).toMatchObject({ type: 'page_view', url: `${world.siteUrl}/two` })
    expect(view?.interests).toContain('data:garden')
    expect(view?.interests).not.toContain('data:solar')
  })

  test('where there is no Navigation API, the address is looked at every second', async () => {
    const page = await open('/start', { allow: ALL, before: 'delete window.navigation' })
    await page.evaluate("history.pushState({}, '', '/two')")
    await page.clock.runFor(1_000)
    expect((await heard(page, 2)).map(({ url }) => url)).toEqual([`${world.siteUrl}/start`, `${world.siteUrl}/two`])
  })

  const hide = (hidden: boolean) => `Object.defineProperty(document, 'hidden', { configurable: true, value: ${hidden} })
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`

  test('engaged are the visible and active seconds since the page was last hidden, with the depth', async () => {
    const page = await open('/start', { allow: ALL })
    await page.clock.runFor(10_000)
    await page.evaluate(hide(true))
    await page.clock.runFor(20_000)
    await page.evaluate(hide(false))
    await page.evaluate('scrollTo(0, 1e6)')
    await page.keyboard.press('Shift')
    await page.clock.runFor(120_000)
    await page.evaluate(hide(true))
    const engaged = (await heard(page, 3)).filter(({ type }) => type === 'engaged')
    const [first, second] = engaged.map(({ props }) => props)
    expect(first).toEqual({ seconds: 10, depth: expect.any(Number) })
    expect(first?.depth).toBeLessThan(50)
    expect(second).toEqual({ seconds: 29, depth: 100 })
  })

  test.each([408, 429, 503])('after %i the same events are said again, not before Retry-After', async (status) => {
    world.reply('/v1/events', () => Response.json({ error: {} }, { status, headers: { 'Retry-After': '60' } }))
    const page = await open('/start', { allow: ALL })
    const [first] = await heard(page, 1)
    await toldToWait(page)
    // Chromium itself repeats at once what was answered 408 on a connection that it had used before.
    const count = world.events().length
    expect(count).toBeLessThanOrEqual(status === 408 ? 2 : 1)
    world.reply('/v1/events')
    await page.clock.runFor(55_000)
    expect(world.events()).toHaveLength(count)
    await page.clock.runFor(20_000)
    await world.until(() => expect(world.events()).toHaveLength(count + 1))
    expect(world.events().every(({ id }) => id === first?.id)).toBe(true)
    await command(page, 'sign_up')
    expect((await heard(page, count + 2)).slice(count).map(({ type }) => type)).toEqual(['page_view', 'sign_up'])
  })

  test('a beacon is sent only by a page that is left, and the next page says the same again', async () => {
    const page = await open('/start', { allow: ALL })
    await heard(page, 1)
    await settled(page)
    await page.clock.runFor(5_000)
    await page.click('#inside')
    await page.waitForURL('**/inside')
    await ready(page)
    await heard(page, 4)
    const bodies = world.heard.map(({ mode, body }) => [mode, body.events?.map(({ type }) => type)])
    expect(bodies).toEqual([
      ['cors', ['page_view']],
      ['no-cors', ['engaged']],
      ['cors', ['engaged', 'page_view']],
    ])
    const engaged = world.events().filter(({ type }) => type === 'engaged')
    expect(new Set(engaged.map(({ id }) => id)).size).toBe(1)
    expect(world.events().map(({ session, step }) => [session, step])).toEqual([
      [1, 0],
      [1, 1],
      [1, 1],
      [1, 2],
    ])
  })

  test('what was not taken survives a change of page, and waits there too', async () => {
    world.reply('/v1/events', () => Response.json({}, { status: 503, headers: { 'Retry-After': '60' } }))
    const page = await open('/start', { allow: ALL })
    await heard(page, 1)
    await toldToWait(page)
    const [first] = world.events()
    world.reply('/v1/events')
    await page.click('#inside')
    await page.waitForURL('**/inside')
    await ready(page)
    await page.clock.runFor(SOON)
    expect(world.heard).toHaveLength(1)
    await page.clock.runFor(90_000)
    await world.until(() => expect(world.heard).toHaveLength(2))
    expect(world.heard[1]?.body.events?.filter(({ type }) => type === 'page_view')).toHaveLength(2)
    expect(world.heard[1]?.body.events?.[0]?.id).toBe(first?.id)
  })

  test('the queue is bounded: the newest are kept, and one batch is never over the limits', async () => {
    world.reply('/v1/events', () => Response.json({}, { status: 503 }))
    const page = await open('/start', { allow: ALL })
    await heard(page, 1)
    const long = 'é'.repeat(250)
    const newest = (props: object) =>
      world.until(async () => {
        await page.clock.runFor(5_000)
        expect(world.heard.at(-1)?.body.events?.at(-1)?.props).toEqual(props)
      })
    for (let n = 0; n < 60; n++) await command(page, 'sign_up', { n })
    await newest({ n: 59 })
    expect(world.heard.at(-1)?.body.events).toHaveLength(50)
    for (let n = 0; n < 90; n++) await command(page, 'sign_up', { long, n })
    await newest({ long, n: 89 })
    expect(Buffer.byteLength(JSON.stringify(world.heard.at(-1)?.body))).toBeLessThan(64_000)
  })

  test("under default-src 'none' and the collector alone it works, and reaches no other host", async () => {
    const violations: string[] = []
    const page = await open('/start', {
      before: `addEventListener('securitypolicyviolation', (e) => console.error(e.violatedDirective))`,
    })
    page.on('console', (message) => message.type() === 'error' && violations.push(message.text()))
    await command(page, 'consent', ALL)
    expect(await command(page, 'link')).toBe('sealed')
    await heard(page, 1)
    await page.click('#inside')
    await page.waitForURL('**/inside')
    await ready(page)
    await page.evaluate('window.bauta("allow", ["P1", "P2"])')
    await heard(page, 2)
    expect(violations).toEqual([])
    expect([...world.hosts].toSorted()).toEqual(
      [world.siteUrl, world.collectorUrl].map((url) => new URL(url).host).toSorted(),
    )
  })

  test.each([
    ['Global Privacy Control', "'globalPrivacyControl', { value: true }", ['P1', 'P2']],
    ['Do Not Track', "'doNotTrack', { value: '1' }", ['P1']],
  ])('%s is taken off what is granted, and off what the site says', async (_name, property, left) => {
    const before = `Object.defineProperty(navigator, ${property})`
    const page = await open('/start', { before, allow: ['P1', 'P3'] })
    await page.clock.runFor(10_000)
    expect(world.heard).toEqual([])
    expect(await command(page, 'consent', ALL)).toMatchObject({ purposes: left })
    expect(world.heard[0]?.body.purposes).toEqual(left)
  })

  test('data-debug tells why nothing was sent, and why what was sent was refused', async () => {
    const said: string[] = []
    const { page } = await world.visit('/start', { tag: 'data-debug' })
    page.on('console', (message) => said.push(message.text()))
    await command(page, 'sign_up')
    expect(said).toContain('bauta: sign_up no consent')
    world.reply('/v1/events', () =>
      Response.json({ accepted: 1, refused: [{ index: 1, reason: 'unknown_type' }] }, { status: 202 }),
    )
    await command(page, 'consent', ALL)
    await command(page, 'sing_up')
    await heard(page, 2)
    await world.until(() => expect(said.join('\n')).toMatch(/bauta: events 202 .*refused/))
    expect(said.join('\n')).toMatch(/bauta: GPC\/DNT/)
  })

  test('without data-debug the console stays empty', async () => {
    const said: string[] = []
    const { page } = await world.visit('/start')
    page.on('console', (message) => said.push(message.text()))
    await command(page, 'sign_up')
    await command(page, 'consent', ALL)
    await heard(page, 1)
    expect(said).toEqual([])
  })

  test('who is forgotten leaves nothing in the browser, and nothing more is sent', async () => {
    const page = await open('/start', { allow: ALL })
    await heard(page, 1)
    expect(await stored(page)).toContain('session')
    expect(await command(page, 'forget')).toMatchObject({ receipt: expect.any(String) })
    await page.click('#outside')
    await page.clock.runFor(60_000)
    expect(await stored(page)).toBe('{}')
    expect(world.heard.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v1/events',
      'DELETE /v1/visitor',
    ])
  })

  test('a reset ends one id and begins another under the same consent', async () => {
    const page = await open('/start', { allow: ['P1', 'P3'] })
    await heard(page, 1)
    await command(page, 'reset')
    expect(world.heard.slice(1).map(({ method, path, body }) => [method, path, body.purposes, body.method])).toEqual([
      ['DELETE', '/v1/visitor', undefined, undefined],
      ['POST', '/v1/consent', ['P1', 'P3'], 'api'],
    ])
    expect((await heard(page, 2)).at(-1)).toMatchObject({ type: 'page_view', session: 1, step: 0 })
  })

  test('a reset that the collector refused grants nothing', async () => {
    const page = await open('/start', { allow: ALL })
    await heard(page, 1)
    world.reply('/v1/visitor', () => Response.json({ error: {} }, { status: 503 }))
    expect(await command(page, 'reset')).toBeFalsy()
    await page.clock.runFor(60_000)
    expect(world.heard.map(({ path }) => path)).toEqual(['/v1/events', '/v1/visitor'])
    expect(await stored(page)).toBe('{}')
  })

  test('a withdrawal waits for nothing, and the late answer to an older grant does not undo it', async () => {
    let grant = () => {}
    const granted = new Promise<void>((resolve) => {
      grant = resolve
    })
    world.reply('/v1/consent', async ({ body }) => {
      if (body.purposes?.length) await granted
      return Response.json({ purposes: body.purposes, receipt: 'r' })
    })
    const page = await open('/start', { allow: ALL })
    await heard(page, 1)
    await page.evaluate(`void window.bauta('consent', ['P1', 'P2'])`)
    await page.evaluate(`void (window.withdrawn = window.bauta('consent', []))`)
    expect(await stored(page)).toBe('{}')
    grant()
    await page.evaluate('window.withdrawn')
    await page.click('#outside')
    await page.clock.runFor(60_000)
    expect(world.heard.map(({ path, body }) => [path, body.purposes ?? world.types()])).toEqual([
      ['/v1/events', ['page_view']],
      ['/v1/consent', expect.any(Array)],
      ['/v1/consent', []],
    ])
    expect(await stored(page)).toBe('{}')
  })

  const choices = () => world.heard.flatMap(({ body }) => (body.purposes ? [[body.purposes, body.method]] : []))

  /** A reset whose deletion is answered only once the visitor has chosen again. */
  async function chooseDuringReset(...call: unknown[]) {
    let finish = () => {}
    const chosen = new Promise<void>((resolve) => {
      finish = resolve
    })
    world.reply('/v1/visitor', async () => {
      await chosen
      return Response.json({ receipt: 'r' }, { status: 202 })
    })
    const page = await open('/start', { allow: ALL })
    await heard(page, 1)
    await page.evaluate(`void (window.done = [bauta('reset')])`)
    await world.until(() => expect(world.heard.at(-1)?.path).toBe('/v1/visitor'))
    await page.evaluate(`void done.push(bauta(...${JSON.stringify(call)}))`)
    finish()
    const answers = await page.evaluate('Promise.all(done)')
    await page.click('#outside')
    await page.clock.runFor(SOON)
    return { page, answers }
  }

  test('a withdrawal while a reset is on its way is sent as one, and the reset grants nothing', async () => {
    const { page, answers } = await chooseDuringReset('consent', [], { method: 'settings' })
    expect(choices()).toEqual([[[], 'settings']])
    expect(answers).toEqual([false, expect.objectContaining({ purposes: [] })])
    expect(await stored(page)).toBe('{}')
    expect(world.types()).toEqual(['page_view'])
  })

  test('a narrower choice while a reset is on its way is the only one sent', async () => {
    await chooseDuringReset('consent', ['P1', 'P2'], { method: 'settings' })
    expect(choices()).toEqual([[['P1', 'P2'], 'settings']])
  })

  test('choices that wait for each other are each sent as they were made', async () => {
    const page = await open('/start', { allow: ALL })
    await page.evaluate(`void (window.done = [bauta('link'), bauta('consent', []), bauta('consent', ['P1', 'P2'])])`)
    await page.evaluate('Promise.all(done)')
    expect(choices()).toEqual([
      [[], 'banner'],
      [['P1', 'P2'], 'banner'],
    ])
  })

  test('what the site says while another command waits allows nothing that is chosen after it', async () => {
    world.reply('/v1/consent', () => Response.json({ error: {} }, { status: 503 }))
    const page = await open('/start', { allow: ['P1'] })
    await page.evaluate(`void (window.done = [bauta('link'), bauta('allow', ['P1']), bauta('consent', ['P1', 'P2'])])`)
    await page.evaluate('Promise.all(done)')
    expect(choices()).toEqual([[['P1', 'P2'], 'banner']])
    expect(await stored(page)).toBe('{}')
  })

  test('when the collector knows of no consent it stops, forgets, and tells the site', async () => {
    world.reply('/v1/events', () =>
      Response.json({ accepted: 0, refused: [{ index: 0, reason: 'no_consent' }] }, { status: 202 }),
    )
    const before = `addEventListener('bauta:no_consent', () => { window.askAgain = true })`
    const page = await open('/start', { allow: ALL, before })
    await heard(page, 1)
    await world.until(async () => expect(await page.evaluate('window.askAgain')).toBe(true))
    expect(await stored(page)).toBe('{}')
    await page.click('#outside')
    await page.clock.runFor(60_000)
    expect(world.heard).toHaveLength(1)
  })

  test('with a profile alone, one act that no profile may know ends nothing', async () => {
    world.reply('/v1/events', () =>
      Response.json({ accepted: 0, refused: [{ index: 0, reason: 'no_consent' }] }, { status: 202 }),
    )
    const page = await open('/start', { allow: ['P1', 'P3'] })
    await heard(page, 1)
    await command(page, 'sign_up')
    expect((await heard(page, 2)).map(({ type }) => type)).toEqual(['page_view', 'sign_up'])
  })

  test('link and profile answer who consented, and come to nothing without a request for who did not', async () => {
    const page = await open()
    expect([await command(page, 'link'), await command(page, 'profile')]).toEqual([undefined, undefined])
    expect(world.heard).toEqual([])
    await command(page, 'consent', ['P1'])
    expect(await command(page, 'link')).toBe('sealed')
    expect(await command(page, 'profile')).toMatchObject({ interests: [] })
    world.reply('/v1/profile', () => Response.json({ error: {} }, { status: 403 }))
    expect(await command(page, 'profile')).toBeFalsy()
  })
})
