/** Finds and starts Chromium for the browser suites. Without one they are skipped, and say so. */

import { accessSync, constants } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { describe, test } from 'vitest'

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** BAUTA_CHROMIUM names another one; empty, it means none. */
export function findChromium(): string | undefined {
  const named = process.env.BAUTA_CHROMIUM
  return (named === undefined ? usual : [named]).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return path !== ''
  } catch {
    return false
  }
}

/** The caller closes it. The arguments keep the browser from reaching for any host of its own. */
export function launch(): Promise<Browser> {
  const executablePath = findChromium()
  if (!executablePath) throw new Error(missing)
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

const looked = process.env.BAUTA_CHROMIUM ?? usual.join(', ')
const missing =
  looked === '' ? 'BAUTA_CHROMIUM is set to none' : `no Chromium at ${looked}; install it or name it in BAUTA_CHROMIUM`

/** A suite that needs the browser: `describe`, or one skipped test that carries the reason. */
export function describeInChromium(name: string, suite: () => void): void {
  if (findChromium()) return void describe(name, suite)
  describe(name, () => {
    test('runs in Chromium', ({ skip }) => skip(missing))
  })
  process.stderr.write(`skipped "${name}": ${missing}\n`)
}
