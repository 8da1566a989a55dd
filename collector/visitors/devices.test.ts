import { randomBytes } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { DAY_MS } from '../../schemas/week.ts'
import { now, webKeys, webWorld } from '../../test/fakes/web.ts'
import { devicesOf } from './devices.ts'
import { newReceipt, newVisitorId, setCookie } from './visitor.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')
function heldMegabytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed / 2 ** 20
}

const COUNT = 10_000
const OTHERS = 8_000

test('of a device that is remembered nothing is kept but its own cookie', async () => {
  const { deps } = await webWorld()
  const site = deps.sites.get('demo')
  if (!site) throw new Error('the site is missing')
  const today = Math.floor(now / DAY_MS)
  const device = { first: today, expires: today + 395, notice: '2026-11' }
  const devices = devicesOf(deps)
  /** A string of its own, as a server makes of the bytes that came in. */
  const header = () => {
    const visitor = { ...device, vid: newVisitorId(), purposes: ['P1' as const, 'P2' as const], receipt: newReceipt() }
    const [own] = setCookie('demo', visitor, webKeys.cookie('demo'), now).split(';')
    return Buffer.from(`a=${randomBytes(OTHERS / 2).toString('hex')}; ${own}`).toString('latin1')
  }
  const last = header()
  const before = heldMegabytes()
  for (let n = 1; n < COUNT; n += 1) expect(devices.issuedTo(site, header())).toBeDefined()
  const known = devices.issuedTo(site, last)
  // Their headers are 80 MB, they themselves some 11.
  expect(heldMegabytes() - before).toBeLessThan(40)
  expect(known && devices.issuedTo(site, last)).toBe(known)
})
