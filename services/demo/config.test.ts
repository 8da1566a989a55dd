import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { readHouse } from '../../infra/config/house.ts'
import { BautaConfig } from '../../schemas/config.ts'
import { Interests, isSpecial } from '../../schemas/interest.ts'

const read = (name: string): unknown => parse(readFileSync(new URL(name, import.meta.url), 'utf8'))

it('the house reads its files as one, without a complaint', () => {
  expect(readHouse(fileURLToPath(new URL('bauta.yaml', import.meta.url))).interests.has('demo')).toBe(true)
})

it("the demo's bauta.yaml is a configuration, and its audience may reach its destination", () => {
  const config = BautaConfig.parse(read('bauta.yaml'))
  expect(Object.keys(config.audiences)).toEqual(['solar-autumn'])
  expect(config.sites.demo?.profile).toBe(true)
})

it('a destination that no notice names is refused', () => {
  const config = structuredClone(read('bauta.yaml')) as { sites: { demo: { notices: { recipients?: string[] }[] } } }
  for (const notice of config.sites.demo.notices) notice.recipients = []
  expect(BautaConfig.safeParse(config).error?.message).toContain('names newsletter among its recipients')
})

it("the demo's interests.yaml is a tree with health closed to profiles", () => {
  const { interests } = Interests.parse(read('interests.yaml'))
  const special = (Object.keys(interests) as (keyof typeof interests)[]).filter((name) => isSpecial(interests, name))
  expect(Object.keys(interests).length).toBeGreaterThan(18)
  expect(special).toEqual(['health', 'health.allergies'])
})

it('every notice speaks every language of the site, with a line for each of its purposes', () => {
  const { sites } = BautaConfig.parse(read('bauta.yaml'))
  for (const { purposes, text } of sites.demo?.notices ?? [])
    for (const language of sites.demo?.languages ?? []) {
      const lines = (text[language] ?? '').trim().split('\n')
      for (const purpose of purposes) expect(lines.filter((line) => line.startsWith(`${purpose} `))).toHaveLength(1)
    }
})
