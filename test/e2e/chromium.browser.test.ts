import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInChromium, launch } from './chromium.ts'

describeInChromium('Chromium', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await launch()
  }, 60_000)
  afterAll(() => browser?.close())
  test('starts', async () => {
    const page = await browser.newPage()
    await page.setContent('<h1>heard</h1>')
    expect(await page.textContent('h1')).toBe('heard')
  })
})
