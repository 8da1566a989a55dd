import { chmodSync, mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { createKekFile } from '../../infra/keys/key-encryption-key.ts'
import { readEnvironment } from '../../infra/process/environment.ts'
import { type DoctorDeps, examine } from './doctor.ts'

const interests = `
halfLifeWeeks: 6
bands: { low: 1, medium: 4, high: 16 }
weights: { view: 1, engaged: 1, search: 3, download: 2, product_view: 2, cart_add: 4 }
interests: { garden: { name: { en: Garden } } }
rules: []
`
const yaml = `
sites:
  shop:
    origins: [https://www.shop.co.uk]
    collector: https://data.shop.co.uk
    languages: [en]
    interests: interests.yaml
    notices: [{ version: "1", purposes: [P1], text: { en: We would like to remember you. } }]
person: { url: "https://people.shop-letters.co.uk" }
mail: { from: a@shop.co.uk, name: Shop }
`
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bauta-doctor-'))
  mkdirSync(join(root, 'data', 'log'), { recursive: true })
  chmodSync(join(root, 'data'), 0o700)
  writeFileSync(join(root, 'interests.yaml'), interests)
  writeFileSync(join(root, 'bauta.yaml'), yaml)
  createKekFile(join(root, 'kek'))
})

function examined(change: Partial<DoctorDeps> = {}) {
  const settings = readEnvironment({ BAUTA_DATA: 'data', BAUTA_KEK_FILE: 'kek' }, root)
  return examine({ settings, clock: Date.now, down: async () => undefined, pending: async () => [], ...change })
}
const ill = async (change?: Partial<DoctorDeps>) => (await examined(change)).filter(({ ok }) => !ok)

test('a sound installation has no findings, and says so check by check', async () => {
  expect(await ill()).toEqual([])
  expect((await examined()).map(({ check }) => check)).toEqual([
    'configuration',
    'keys',
    'data directory',
    'disk',
    'clock',
    'instance',
    'migrations',
    'site shop',
  ])
})

test('each fault is named with what mends it', async () => {
  chmodSync(join(root, 'kek'), 0o644)
  expect(await ill()).toMatchObject([{ check: 'keys', mend: expect.stringContaining('bauta keys init') }])
  chmodSync(join(root, 'kek'), 0o600)

  chmodSync(join(root, 'data'), 0o755)
  expect(await ill()).toMatchObject([{ check: 'data directory', says: expect.stringContaining('chmod 700') }])
  chmodSync(join(root, 'data'), 0o700)

  const later = Date.now() / 1_000 + 86_400
  utimesSync(mkdirSync(join(root, 'data', 'log', 'x'), { recursive: true }) ?? '', later, later)
  expect(await ill()).toMatchObject([{ check: 'clock', mend: expect.stringContaining('timedatectl') }])
  expect(await ill({ clock: () => later * 1_000 })).toEqual([])

  const clock = () => later * 1_000
  expect(await ill({ clock, pending: async () => ['0003_x.sql'] })).toMatchObject([
    { check: 'migrations', mend: 'bauta migrate' },
  ])
  expect(await ill({ clock, down: async () => ['store'] })).toMatchObject([
    { check: 'instance', says: 'store does not answer' },
  ])
})

test('a cookie that browsers would drop is found before the first visitor is lost', async () => {
  const write = (from: string, to: string) => writeFileSync(join(root, 'bauta.yaml'), yaml.replace(from, to))
  write('https://data.shop.co.uk', 'https://data.elsewhere.co.uk')
  expect(await ill()).toMatchObject([{ check: 'site shop', says: expect.stringContaining('no registrable domain') }])
  write('https://www.shop.co.uk', 'http://www.shop.co.uk')
  expect(await ill()).toMatchObject([{ check: 'site shop', says: expect.stringContaining('not https') }])
})

test('a broken configuration is reported with its lines, and the other checks go on', async () => {
  writeFileSync(join(root, 'bauta.yaml'), yaml.replace('languages: [en]', 'languages: en'))
  expect(await ill()).toMatchObject([
    { check: 'configuration', says: expect.stringMatching(/bauta\.yaml:6: sites\.shop\.languages/) },
  ])
})
