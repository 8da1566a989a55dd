import { mkdtempSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AxeResults } from 'axe-core'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Listener, listen } from '../../infra/listeners/http.ts'
import { openTestSql, type TestSql } from '../engines/test-engines.ts'
import { openTestVault } from '../fakes/vault.ts'
import { describeInChromium, launch } from './chromium.ts'

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

describeInChromium('pages for people', () => {
  let browser: Browser
  let sql: TestSql
  let vault: Awaited<ReturnType<typeof openTestVault>>
  let listener: Listener
  let page: Page
  const outside: string[] = []

  beforeAll(async () => {
    sql = await openTestSql()
    vault = await openTestVault(sql, mkdtempSync(join(tmpdir(), 'bauta-pages-')))
    listener = await listen(vault.person as never, { host: '127.0.0.1', port: 0, name: 'person pages' })
    browser = await launch()
    // axe is put in by the test; a policy that lets nothing run would keep it out.
    const context = await browser.newContext({ bypassCSP: true, locale: 'de-DE' })
    page = await context.newPage()
    page.on('request', (request) => {
      if (!request.url().startsWith(base())) outside.push(request.url())
    })
  })
  afterAll(async () => {
    await browser?.close()
    await listener?.close()
    await vault?.close()
    await sql?.close()
  })
  /** Until the page that it leads to is there. */
  const press = (button: Locator) => Promise.all([button.page().waitForEvent('load'), button.click()])
  const base = () => `http://127.0.0.1:${listener.port}`

  async function findings(): Promise<string[]> {
    await page.addScriptTag({ path: axe })
    const { violations } = (await page.evaluate('axe.run()')) as AxeResults
    return violations.map(({ id }) => id)
  }

  test('axe finds nothing on any page or mail, in light and in dark, and the buttons do what they say', async () => {
    const look = async (scheme: 'light' | 'dark') => {
      await page.emulateMedia({ colorScheme: scheme })
      expect(await findings()).toEqual([])
    }
    const both = async () => {
      await look('light')
      await look('dark')
    }
    await vault.subscribe('ada@example.org', ['P4', 'P5', 'P6'])
    await page.goto(base() + (await vault.link('ada@example.org')))
    await both()
    await press(page.getByRole('button'))
    expect(await page.title()).toContain('bestätigt')
    await both()

    await page.goto(`${base()}/preferences`)
    await both()
    await page.getByLabel('E-Mail-Adresse').fill('ada@example.org')
    await press(page.getByRole('button'))
    await both()
    await page.goto(base() + (await vault.link('ada@example.org')))
    await both()
    await press(page.getByRole('button', { name: 'Der Zusammenführung widersprechen' }))
    expect(await page.getByRole('region', { name: 'Passend zu Ihnen' }).textContent()).toContain('widersprochen')
    await both()

    for (const path of ['/nowhere', '/confirm?token=x']) {
      await page.goto(base() + path)
      await both()
    }
    for (const { html } of vault.mailer.sent) {
      await page.setContent(html)
      await look('light')
    }
    expect(outside).toEqual([])
    // Control: a page with a fault is found.
    await page.setContent('<html><body><input type="text"></body></html>')
    expect(await findings()).toContain('label')
  })

  test('under its own policy a page is styled, and its form is sent', async () => {
    const strict = await (await browser.newContext({ locale: 'en' })).newPage()
    const complaints: string[] = []
    strict.on('console', (message) => complaints.push(message.text()))
    await vault.subscribe('bo@example.org', ['P5'], { language: 'en' })
    await strict.goto(base() + (await vault.link('bo@example.org')))
    expect(await strict.evaluate("getComputedStyle(document.querySelector('main')).maxWidth")).not.toBe('none')
    await press(strict.getByRole('button'))
    expect(await strict.title()).toContain('confirmed')
    expect(complaints).toEqual([])
  })
})
