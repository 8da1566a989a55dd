import { describe, expect, test } from 'vitest'
import { ReceiptId, VisitorId } from '../../schemas/ids.ts'
import { DAY_MS } from '../../schemas/week.ts'
import { now, siteConfig, webKeys } from '../../test/fakes/web.ts'
import {
  authenticate,
  choose,
  clearCookie,
  findCookie,
  findCookies,
  heedSignals,
  readVisitor,
  setCookie,
  type Visitor,
  writeVisitor,
} from './visitor.ts'

const key = webKeys.cookie('demo')
const notices = new Map(siteConfig.notices.map((notice) => [notice.version, notice]))
const today = Math.floor(now / DAY_MS)
const visitor: Visitor = {
  vid: VisitorId.parse('v'.repeat(22)),
  first: today,
  expires: today + 395,
  purposes: ['P1', 'P2', 'P3'],
  notice: '2026-11',
  receipt: ReceiptId.parse(`r${'0'.repeat(32)}`),
}
const read = (value: string, at = now) => readVisitor(value, key, { notices, now: at })

describe('a cookie', () => {
  test('is read as it was written', () => {
    expect(read(writeVisitor(visitor, key))).toEqual(visitor)
  })

  test('with any character changed, or of another site, is no consent', () => {
    const value = writeVisitor(visitor, key)
    const changed = [...value].map(
      (character, at) => value.slice(0, at) + (character === '0' ? '1' : '0') + value.slice(at + 1),
    )
    for (const other of [...changed, '', `${value}0`, value.replaceAll('~', '.')]) expect(read(other)).toBeUndefined()
    expect(read(writeVisitor(visitor, webKeys.cookie('other')))).toBeUndefined()
  })

  test('counts for 395 days from its first issue, whatever its end claims', () => {
    const greedy = writeVisitor({ ...visitor, expires: today + 2_000 }, key)
    const startOfToday = today * DAY_MS
    for (const value of [writeVisitor(visitor, key), greedy]) {
      expect(read(value, startOfToday + 395 * DAY_MS - 1)).toBeDefined()
      expect(read(value, startOfToday + 395 * DAY_MS)).toBeUndefined()
    }
  })

  test('under a notice that is retired or unknown is no consent, though its issuer is known', () => {
    for (const notice of ['2026-10', '2020-01']) {
      const value = writeVisitor({ ...visitor, notice }, key)
      expect(read(value)).toBeUndefined()
      expect(authenticate(value, key)).toBeDefined()
    }
  })

  test('is for the host alone, out of reach of scripts, and never outlives its end', () => {
    const [pair, ...attributes] = setCookie('demo', visitor, key, now).split('; ')
    expect(pair).toBe(`__Host-bauta_demo=${writeVisitor(visitor, key)}`)
    expect(attributes).toEqual([
      `Max-Age=${(395 * DAY_MS - (now % DAY_MS)) / 1_000}`,
      'Path=/',
      'Secure',
      'HttpOnly',
      'SameSite=Lax',
    ])
    expect(clearCookie('demo')).toMatch(/^__Host-bauta_demo=; Max-Age=0; Path=\/; Secure/)
  })

  test('is found among others, and not when there are two of it', () => {
    expect(findCookie('a=1; __Host-bauta_demo=x; __Host-bauta_demo2=y', 'demo')).toBe('x')
    expect(findCookie('__Host-bauta_demo=x; __Host-bauta_demo=y', 'demo')).toBeUndefined()
    expect(findCookie(undefined, 'demo')).toBeUndefined()
  })

  test('is known by its whole name, where one begins', () => {
    const [name, own] = ['__Host-bauta_demo', '__Host-bauta_demo=x']
    for (const header of [`${own};y${name}=1`, `y${name}=1;${own}`, `a=${name}=1; ${own}`, `a=b ${name}=1;\t${own}`])
      expect(findCookie(header, 'demo')).toBe('x')
    for (const header of [`a=b ${own}`, `y${own}`, `a=${own}`, `${name}2=x`, `${name} =x`])
      expect(findCookie(header, 'demo')).toBeUndefined()
    expect(findCookies(`${own}; ${name}=; y${name}=1;${name}=z`, 'demo')).toEqual(['x', '', 'z'])
  })
})

describe('a choice', () => {
  const said = (purposes: Visitor['purposes']) => ({
    purposes,
    notice: '2026-11',
    receipt: ReceiptId.parse(`r${'1'.repeat(32)}`),
    now: now + 10 * DAY_MS,
    freshId: VisitorId.parse('f'.repeat(22)),
  })

  test('for the first time begins an id and 395 days', () => {
    const made = choose(undefined, said(['P2', 'P1']))
    expect(made).toMatchObject({ vid: 'f'.repeat(22), first: today + 10, expires: today + 405, purposes: ['P1', 'P2'] })
  })

  test('for more, or for less of statistics, keeps id, first day and end', () => {
    const { vid, first, expires } = visitor
    for (const purposes of [
      ['P1', 'P3'],
      ['P1', 'P2', 'P3'],
    ] as const)
      expect(choose({ ...visitor, purposes: ['P1', 'P3'] }, said([...purposes]))).toMatchObject({
        vid,
        first,
        expires,
        purposes,
      })
  })

  test('against the profile ends the id, and what is left goes on under another, no longer than before', () => {
    const { first, expires } = visitor
    const next = choose(visitor, said(['P1', 'P2']))
    expect(next).toMatchObject({ vid: 'f'.repeat(22), first, expires, purposes: ['P1', 'P2'] })
  })

  test('without storage leaves nothing, whatever else it names', () => {
    for (const purposes of [[], ['P2', 'P3']] as const) expect(choose(visitor, said([...purposes]))).toBeUndefined()
  })
})

test('GPC takes the profile, DNT statistics too, and nothing is ever given', () => {
  expect(heedSignals(['P1', 'P2', 'P3'], { gpc: true, dnt: false })).toEqual(['P1', 'P2'])
  expect(heedSignals(['P1', 'P2', 'P3'], { gpc: false, dnt: true })).toEqual(['P1'])
  expect(heedSignals(['P1'], { gpc: false, dnt: false })).toEqual(['P1'])
})
