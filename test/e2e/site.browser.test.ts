import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { pages } from '../../services/demo/site/pages.ts'
import { faults } from './axe.ts'
import { describeInChromium, launch } from './chromium.ts'
import { serveDemoSite } from './demo-site-server.ts'

/** Result pages are one page with nine words: one of them stands for all. */
const shown = pages.filter(({ kind, topic }) => kind !== 'results' || topic === 'garden')

describeInChromium('demonstration site', () => {
  let browser: Browser
  let site: Awaited<ReturnType<typeof serveDemoSite>>
  beforeAll(async () => {
    site = await serveDemoSite()
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    await site?.close()
  })
  beforeEach(() => {
    site.said.length = 0
    site.interests.length = 0
  })

  /** A visitor of their own; with a choice, the banner is closed. */
  async function visitor(choice?: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext(options)
    if (choice) await context.addCookies([{ name: 'suedseite_choice', value: choice, url: site.url }])
    return context.newPage()
  }
  const agreed = 'P1.P2.P3@2026-11'

  async function faultsOf(page: Page, paths: readonly string[]): Promise<string[]> {
    const found: string[] = []
    for (const path of paths) {
      await page.goto(site.url + path)
      found.push(...(await faults(page)).map((fault) => `${path} ${fault}`))
    }
    return found
  }

  test('axe finds nothing on any page, in either language', async () => {
    const languages = await Promise.all(
      (['de', 'en'] as const).map(async (language) =>
        faultsOf(
          await visitor('none'),
          shown.filter((page) => page.language === language).map(({ path }) => path),
        ),
      ),
    )
    expect(languages.flat()).toEqual([])
  })

  test('axe finds nothing at night, on a telephone, with the banner open', async () => {
    const paths = [
      '/de',
      '/en',
      '/de/solar/balcony-first-summer',
      '/en/shop/iron-pan',
      '/de/newsletter',
      '/en/about-me',
    ]
    const telephone = { viewport: { width: 390, height: 844 } }
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await visitor(undefined, { colorScheme, ...telephone })
      await page.goto(`${site.url}/de`)
      await page.locator('#banner').waitFor()
      expect(await faults(page)).toEqual([])
      await page.check('#choose-P1')
      expect(await faultsOf(page, ['/en'])).toEqual([])
      expect(await faultsOf(await visitor('none', { colorScheme, ...telephone }), paths)).toEqual([])
    }
  })

  test('axe finds nothing in what the scripts put on a page', async () => {
    site.interests.push({ id: 'energy.solar', name: 'Solarstrom', band: 'medium' })
    const page = await visitor(agreed)
    await page.goto(`${site.url}/de/about-me`)
    await page.locator('#interests li').waitFor()
    expect(await faults(page)).toEqual([])
    await page.goto(`${site.url}/de/shop/morning-800`)
    await page.click('#add-to-cart')
    // Its colours are settled when it has faded in.
    await page.locator('.toast.shown').waitFor()
    await page.evaluate('Promise.all(document.getAnimations().map((each) => each.finished))')
    expect(await faults(page)).toEqual([])
    await page.goto(`${site.url}/de/checkout`)
    await page.locator('#cart-rows tr').waitFor()
    expect(await faults(page)).toEqual([])
    await page.goto(`${site.url}/de/login`)
    await page.fill('#name', 'Ada')
    await page.click('#login button')
    expect(await faults(page)).toEqual([])
    expect(await faultsOf(page, ['/de/nowhere'])).toEqual([])
  })

  test('axe would find a field without a label', async () => {
    const page = await visitor('none')
    await page.goto(`${site.url}/de/newsletter`)
    await page.evaluate('document.querySelector("label[for=email]").remove()')
    expect(await faults(page)).toContain('label: #email')
  })

  test('no page is wider than a narrow telephone', async () => {
    const page = await visitor('none', { viewport: { width: 320, height: 640 } })
    for (const path of ['/de', '/de/insulation/straw-hemp-clay', '/de/checkout', '/en/about-me', '/de/privacy']) {
      await page.goto(site.url + path)
      expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(320)
    }
  })

  test('refusing is a button of the same size, look and level as accepting, reached first', async () => {
    const page = await visitor()
    await page.goto(`${site.url}/de`)
    const look = (choice: string) =>
      page.evaluate(`{
        const button = document.querySelector('[data-choice=${choice}]')
        const { width, height, top } = button.getBoundingClientRect()
        const { backgroundColor, color, fontSize, fontWeight, borderColor } = getComputedStyle(button)
        const style = { backgroundColor, color, fontSize, fontWeight, borderColor, parent: button.parentElement.className }
        ;({ width: Math.round(width), height, top, ...style })
      }`)
    expect(await look('none')).toMatchObject({ parent: 'banner-buttons' })
    expect(await look('none')).toEqual(await look('all'))
    expect(await page.locator('#banner button').first().getAttribute('data-choice')).toBe('none')
    expect(await page.locator('#banner :checked').count()).toBe(0)
  })

  /** All that a visitor who refuses keeps, and all that the snippet hears of it. */
  async function afterRefusal(page: Page) {
    await page.goto(`${site.url}/de/shop/iron-pan`)
    await page.click('[data-choice=none]')
    await page.goto(`${site.url}/de/solar/east-west-roof`)
    await page.waitForLoadState('networkidle')
    return {
      bannerOpen: await page.locator('#banner').isVisible(),
      cookies: (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`),
      storage: await page.evaluate('Object.keys(localStorage).length + Object.keys(sessionStorage).length'),
      said: [...site.said],
    }
  }
  const onlyTheRefusal = { bannerOpen: false, cookies: ['suedseite_choice=none'], storage: 0, said: [] }

  test('a refusal leaves only itself behind, and nobody is told', async () => {
    expect(await afterRefusal(await visitor())).toEqual(onlyTheRefusal)
  })

  test('a site that numbers those who refuse would be found out', async () => {
    const page = await visitor()
    await page.route('**/assets/choice.js', async (route) => {
      const body = (await (await route.fetch()).text()).replace(
        "const none = 'none'",
        'const none = String(Date.now())',
      )
      await route.fulfill({ body, contentType: 'text/javascript' })
    })
    expect(await afterRefusal(page)).not.toEqual(onlyTheRefusal)
  })

  test('who accepts is known on the next page without being asked, and can withdraw there', async () => {
    const page = await visitor()
    await page.goto(`${site.url}/en/shop/iron-pan`)
    await page.click('[data-choice=all]')
    await expect.poll(() => site.said.length).toBe(2)
    expect(site.said[0]).toEqual(['consent', ['P1', 'P2', 'P3'], { method: 'banner' }])
    // The product was on show before the choice, and is told after it.
    expect(site.said[1]).toEqual(['product_view', { product: 'iron-pan', category: 'kitchen', price: 79 }])
    await page.goto(`${site.url}/en`)
    await expect.poll(() => site.said.at(-1)).toEqual(['allow', ['P1', 'P2', 'P3']])
    expect(await page.locator('#banner').isVisible()).toBe(false)

    await page.click('#open-choices')
    expect(await page.locator('#banner :checked').count()).toBe(3)
    await page.click('[data-choice=none]')
    await expect.poll(() => site.said.at(-1)).toEqual(['consent', [], { method: 'banner' }])
    expect((await page.context().cookies()).map(({ value }) => value)).toEqual(['none'])
  })

  const openHome = async (page: Page) => {
    await page.goto(`${site.url}/en`)
    await page.waitForLoadState('networkidle')
    return page
  }

  test('who accepts and reads on before the collector has answered is not asked again', async () => {
    const page = await openHome(await visitor())
    await page.route('**/said', () => {})
    await page.click('[data-choice=all]')
    await page.goto(`${site.url}/en/about-me`)
    await page.unroute('**/said')
    await page.goto(`${site.url}/en`)
    await expect.poll(() => site.said.at(-1)).toEqual(['allow', ['P1', 'P2', 'P3']])
    expect(await page.locator('#banner').isVisible()).toBe(false)
  })

  test.each([
    [undefined, []],
    ['none', ['none']],
    ['P1.P2@2026-11', ['P1.P2@2026-11']],
  ])('a choice that the collector could not take leaves the one before it: %s', async (before, after) => {
    const page = await openHome(await visitor(before))
    await page.evaluate('window.bauta = async () => undefined')
    if (before) await page.click('#open-choices')
    await page.click('[data-choice=all]')
    await page.locator('.toast.shown').waitFor()
    expect((await page.context().cookies()).map(({ value }) => value)).toEqual(after)
  })

  test('purposes are chosen one by one, and none of the others without P1', async () => {
    const page = await visitor()
    await page.goto(`${site.url}/de`)
    expect(await page.isDisabled('#choose-P3')).toBe(true)
    await page.check('#choose-P1')
    await page.check('#choose-P3')
    await page.click('[data-choice=some]')
    await expect.poll(() => site.said).toEqual([['consent', ['P1', 'P3'], { method: 'settings' }]])
  })

  test('a choice made under another notice is asked for again; a refusal is not', async () => {
    for (const [choice, asked] of [
      ['P1.P2.P3@2025-01', true],
      ['none', false],
    ] as const) {
      const page = await visitor(choice)
      await page.goto(`${site.url}/de`)
      await page.waitForLoadState('networkidle')
      expect(await page.locator('#banner').isVisible()).toBe(asked)
    }
    expect(site.said).toEqual([])
  })

  test('who agreed is asked again when the collector knows nothing of it', async () => {
    const page = await visitor(agreed)
    await page.goto(`${site.url}/de`)
    await expect.poll(() => site.said.length).toBe(1)
    await page.evaluate("dispatchEvent(new Event('bauta:no_consent'))")
    expect(await page.locator('#banner').isVisible()).toBe(true)
    expect(await page.context().cookies()).toEqual([])
  })

  /** What arrives at the person listener. */
  async function subscribe(choice: string, ticks: readonly string[]): Promise<URLSearchParams> {
    const page = await visitor(choice)
    let posted: string | null = null
    await page.route(`${site.personUrl}/**`, async (route) => {
      posted = route.request().postData()
      await route.fulfill({ body: 'thank you' })
    })
    await page.goto(`${site.url}/de/newsletter`)
    await page.fill('#email', 'ada@example.org')
    for (const tick of ticks) await page.check(`#${tick}`)
    await page.click('#newsletter button')
    await page.waitForURL(`${site.personUrl}/subscribe`)
    return new URLSearchParams(posted ?? '')
  }

  test('the newsletter form takes a link along only for who agreed to profile and merge', async () => {
    const joined = await subscribe(agreed, ['P5', 'P4'])
    expect(joined.getAll('purposes')).toEqual(['P5', 'P4'])
    expect(Object.fromEntries(joined)).toMatchObject({
      email: 'ada@example.org',
      site: 'demo',
      notice: 'newsletter-2026-11',
      language: 'de',
      form_url: `${site.url}/de/newsletter`,
      link_token: 'token-of-this-browser',
    })
    expect((await subscribe(agreed, ['P5'])).get('link_token')).toBe('')
    expect((await subscribe('P1.P2@2026-11', ['P5', 'P4'])).get('link_token')).toBe('')
    expect((await subscribe('none', ['P5', 'P4'])).get('link_token')).toBe('')
  })

  test('what the site knows appears while one looks, and is deleted with a receipt', async () => {
    const page = await visitor(agreed)
    await page.goto(`${site.url}/en/about-me`)
    await page.getByText('Nothing yet.').waitFor()
    site.interests.push({ id: 'energy.solar', name: 'Solar power', band: 'medium' })
    await page.getByText('Solar power').waitFor()
    await page.click('#forget')
    await page.getByRole('link', { name: `r${'0'.repeat(32)}` }).waitFor()
    expect(await page.locator('#interests li').count()).toBe(0)
    expect((await page.context().cookies()).map(({ value }) => value)).toEqual(['none'])
  })

  test('the shop counts a cart and a purchase, and logging out ends the profile', async () => {
    const page = await visitor(agreed)
    await page.goto(`${site.url}/de/shop/rain-barrel`)
    await page.click('#add-to-cart')
    await page.click('.product .arrow')
    await page.click('#order')
    await expect.poll(() => site.said.at(-1)).toEqual(['purchase', { value: 179, items: 1 }])
    expect(site.said.map(([command]) => command)).toContain('cart_add')
    await page.goto(`${site.url}/de/login`)
    await page.fill('#name', 'Ada')
    await page.click('#login button')
    expect(await page.textContent('#login-link')).toBe('Ada')
    await page.click('#logout')
    await expect.poll(() => site.said.at(-1)).toEqual(['reset'])
  })

  test('logging out tells nothing of who agreed to nothing', async () => {
    const page = await visitor('none')
    await page.goto(`${site.url}/en/login`)
    await page.fill('#name', 'Ada')
    await page.click('#login button')
    await page.click('#logout')
    await page.getByText('Logged out.').waitFor()
    await page.waitForLoadState('networkidle')
    expect(site.said).toEqual([])
  })

  test('nobody but the site itself is called', async () => {
    const page = await visitor(agreed)
    const hosts = new Set<string>()
    const blocked: string[] = []
    page.on('request', (request) => hosts.add(new URL(request.url()).host))
    page.on('console', (message) => message.type() === 'error' && blocked.push(message.text()))
    for (const path of ['/de', '/en/storage/how-big-a-battery', '/de/about-me']) {
      await page.goto(site.url + path)
      await page.waitForLoadState('load')
    }
    expect([...hosts]).toEqual([new URL(site.url).host])
    expect(blocked).toEqual([])
  })
})
