import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readEnvironment } from '../process/environment.ts'
import { readHouse } from './house.ts'

const interests = `
halfLifeWeeks: 6
bands: { low: 1, medium: 4, high: 16 }
weights: { view: 1, engaged: 1, search: 3, download: 2, product_view: 2, cart_add: 4 }
interests:
  energy.solar: { name: { en: Solar } }
rules:
  - { id: solar-pages, interest: energy.solar, path: /solar/** }
`
const yaml = `
sites:
  demo:
    origins: [http://localhost:8080]
    languages: [en]
    interests: interests.yaml
    notices:
      - version: "2026-11"
        purposes: [P1, P2, P3, P4, P5]
        recipients: [letter]
        text: { en: We would like to know what interests you. }
person: { url: "http://127.0.0.1:8082" }
mail: { from: a@example.org, name: Demo }
destinations:
  letter:
    kind: folder
    processor: { name: Us, country: DE, agreement: none needed }
    fields: [first_name]
audiences:
  solar:
    site: demo
    selection: { attribute: country, equals: DE }
    segment: { interest: energy.solar, band: medium }
    destination: letter
    fields: [first_name]
`

function house(config: string, rules = interests) {
  const folder = mkdtempSync(join(tmpdir(), 'bauta-config-'))
  writeFileSync(join(folder, 'bauta.yaml'), config)
  writeFileSync(join(folder, 'interests.yaml'), rules)
  return () => readHouse(join(folder, 'bauta.yaml'))
}

test('a house is read with the interests of its sites', () => {
  const { config, interests } = house(yaml)()
  expect(config.audiences.solar).toMatchObject({ minimum: 50, interests: 3 })
  expect(Object.keys(interests.get('demo')?.interests ?? {})).toEqual(['energy.solar'])
})

test('all problems come together, each with its line', () => {
  const broken = yaml.replace('languages: [en]', 'langages: [en]').replace('country: DE', 'country: Germany')
  expect(house(broken)).toThrow(/bauta\.yaml:5: sites\.demo\.langages: .*\nbauta\.yaml:17: .*country/)
})

test('a file that is not YAML is refused with the line', () => {
  expect(house(`${yaml}\n  - : : [`)).toThrow(/bauta\.yaml:2\d: /)
})

test('what names something that is not there says what is there', () => {
  expect(house(yaml.replace('destination: letter', 'destination: latter'))).toThrow(
    /no destination is named "latter"; there is letter/,
  )
  expect(house(yaml.replace('recipients: [letter]', 'recipients: []'))).toThrow(
    /destination: no notice of the site demo for P4 names letter .*; .* give .* a new version/,
  )
  const mailElsewhere = yaml.replace('P4, P5]', 'P4]').replace(
    'person:',
    `      - version: mail
        purposes: [P5]
        recipients: [esp]
        text: { en: We would like to write to you now and then. }
person:`,
  )
  expect(house(mailElsewhere)).toThrow(/destination: no notice for P5 names letter/)
  expect(house(mailElsewhere.replace('[esp]', '[letter]'))).not.toThrow()
  expect(house(yaml.replace('    fields: [first_name]\naud', '    fields: [city]\naud'))).toThrow(
    /may not receive "first_name"; it may city/,
  )
})

test('rules that name no interest are refused with file and line', () => {
  expect(house(yaml, interests.replace('interest: energy.solar', 'interest: energy.solr'))).toThrow(
    /interests\.yaml:8: rules\[0\]\.interest: no interest is named energy\.solr/,
  )
})

test("people's pages on the host name of a site are refused, because cookies ignore ports", () => {
  expect(house(yaml.replace('http://127.0.0.1:8082', 'http://localhost:8082'))).toThrow(/host name of person\.url/)
})

test('segments are read with the rest, each mistake at its own line', () => {
  const segments = `segments:
  sunny:
    site: demo
    tree:
      any:
        - { segment: gloomy }
        - { interest: energy.solr, band: medium }
  gloomy: { site: demo, tree: { not: { seen: { weeks: 99 } } } }
`
  expect(house(yaml + segments)).toThrow(
    /bauta\.yaml:31: segments\.sunny\.tree\.any\[0\]\.segment: gloomy > not\.seen\.weeks: .*\nbauta\.yaml:32: segments\.sunny\.tree\.any\[1\]\.interest: no interest is named energy\.solr; nearest is energy\.solar\nbauta\.yaml:33: .*52/,
  )
  expect(house(yaml.replace('band: medium', 'band: great'))).toThrow(
    /audiences\.solar\.segment\.band: one of low, medium, high/,
  )
  expect(house(yaml.replace('{ interest: energy.solar, band: medium }', '{ segment: made-later }'))).not.toThrow()
})

test('the environment names every problem, and a secret that is missing by its variable', () => {
  expect(() => readEnvironment({ PORT: 'x', LOG_LEVEL: 'loud' }, '/')).toThrow(
    /LOG_LEVEL(.|\n)*PORT|PORT(.|\n)*LOG_LEVEL/,
  )
  const settings = readEnvironment({ BAUTA_DATA: 'data', BAUTA_SITE_KEY_MY_SHOP: 'k'.repeat(32) }, '/srv')
  expect(settings).toMatchObject({ dataDir: '/srv/data', ports: { web: 8080 } })
  expect(settings.siteKeys.get('my-shop')).toHaveLength(32)
  expect(() => settings.secret('ESP_TOKEN')).toThrow(/ESP_TOKEN/)
})
