import { describe, expect, test } from 'vitest'
import type { DevicePurpose } from '../../schemas/consent.ts'
import { VisitorId } from '../../schemas/ids.ts'
import { DAY_MS, dayOf, weekOf } from '../../schemas/week.ts'
import { interests, now, origin, siteConfig, webKeys, wireEvent } from '../../test/fakes/web.ts'
import { compileSite } from '../site.ts'
import { pseudonymsOf } from '../visitors/pseudonyms.ts'
import { type AdmissionContext, admit } from './admit.ts'

const vid = VisitorId.parse('v'.repeat(22))
const pseudonyms = pseudonymsOf(webKeys, 4, 'demo', vid)
const site = compileSite('demo', siteConfig, interests)
const expires = Math.floor(now / DAY_MS) + 300

function context(purposes: DevicePurpose[] | undefined, more: Partial<AdmissionContext> = {}): AdmissionContext {
  const visitor = purposes && { purposes, notice: '2026-11', expires, pseudonyms }
  const traits = { country: 'AT', device: 'desktop', language: 'de' } as const
  return { site, visitor, bot: false, traits, received: now, behind: 0, diagnose: true, ...more }
}
const all: DevicePurpose[] = ['P1', 'P2', 'P3']
const refusal = (event: unknown, more = context(all)) => {
  const admission = admit(more, event)
  return admission.ok ? admission.records.map(({ topic }) => topic).join() : admission.refused
}
function signalsOf(event: object) {
  const admission = admit(context(['P1', 'P3']), wireEvent(event))
  const [entry] = admission.ok ? admission.records : []
  return entry?.topic === 'signals'
    ? entry.record.signals.map(({ rule, kind, n }) => `${rule} ${kind} ${n}`)
    : undefined
}

describe('purposes', () => {
  test('each opens its own topic and no other', () => {
    const cases: [DevicePurpose[] | undefined, string][] = [
      [undefined, 'no_consent'],
      [['P1'], 'no_consent'],
      [['P1', 'P2'], 'events'],
      [['P1', 'P3'], 'signals'],
      [all, 'events,signals'],
    ]
    for (const [purposes, expected] of cases) expect(refusal(wireEvent(), context(purposes))).toBe(expected)
  })

  test('the two records share neither pseudonym nor id, and tell day or week and no time', () => {
    const event = wireEvent({ session: 1, step: 2, referrer: 'https://search.example/x' })
    const admission = admit(context(all), event)
    if (!admission.ok) throw new Error(admission.refused)
    const [events, signals] = admission.records
    expect(events?.record).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      site: 'demo',
      day: '2026-11-22',
      e: pseudonyms.e('2026-11-22'),
      session: 1,
      step: 2,
      type: 'page_view',
      path: '/solar/roof',
      referrer: 'search.example',
      campaign: '',
      seconds: 0,
      traits: { country: 'AT', device: 'desktop', language: 'de' },
    })
    expect(signals?.record).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      site: 'demo',
      p: pseudonyms.p,
      week: weekOf(now),
      until: weekOf((expires - 1) * DAY_MS),
      notice: '2026-11',
      traits: { country: 'AT', device: 'desktop', language: 'de' },
      signals: [{ interest: 'solar', rule: 'solar-path', kind: 'view', n: 1 }],
    })
    expect(signals?.record).not.toHaveProperty('id', events?.topic === 'events' && events.record.id)
    expect(new Set(admission.records.map(({ partition }) => partition)).size).toBe(1)
    expect(JSON.stringify(signals)).not.toContain(pseudonyms.e('2026-11-22'))
    expect(JSON.stringify(events)).not.toContain(pseudonyms.p)
  })

  test('acts that the person side dates only count, and make no signal', () => {
    for (const event of [{ type: 'purchase' }, { type: 'form_submit' }, { type: 'keep', props: { topic: 'solar' } }]) {
      expect(refusal(wireEvent({ ...event, interests: ['data:solar'] }))).toBe('counts')
      expect(refusal(wireEvent(event), context(['P1', 'P3']))).toBe('no_consent')
    }
    const click = wireEvent({ url: `${origin}/solar/?utm_medium=email&utm_campaign=herbst` })
    const admission = admit(context(all), click)
    expect(admission.ok && admission.records.map(({ record }) => record)).toMatchObject([
      { type: 'mail_click', hour: 12, path: '/solar/' },
      { signals: [] },
    ])
  })

  test('pages that are never profiled leave no signal', () => {
    expect(refusal(wireEvent({ url: `${origin}/kids/solar` }))).toBe('events')
    expect(refusal(wireEvent({ url: `${origin}/kids/solar` }), context(['P1', 'P3']))).toBe('no_consent')
  })
})

describe('signals', () => {
  test('come of paths, of what the page declares, and of a product', () => {
    expect(signalsOf({ url: `${origin}/` })).toEqual([])
    expect(signalsOf({ interests: ['data:Solar', 'data:solar', 'ld:garten', 'meta:solar', 'data:other'] })).toEqual([
      'solar-path view 1',
      'solar-declared view 2',
      'garden-ld view 1',
    ])
    expect(signalsOf({ type: 'product_view', url: `${origin}/shop`, props: { category: 'solar' } })).toEqual([
      'solar-category product_view 1',
    ])
  })

  test('of engaged time there is one for each thirty seconds, to a limit', () => {
    const engaged = (seconds: number) => signalsOf({ type: 'engaged', props: { seconds } })
    expect([0, 14, 15, 90, 86_400].map(engaged)).toEqual([
      [],
      [],
      ...[1, 3, 60].map((n) => [`solar-path engaged ${n}`]),
    ])
  })

  test('there are none of special interests, nor of anything below them', () => {
    expect(signalsOf({ url: `${origin}/health/hay-fever` })).toEqual([])
  })
})

describe('what is refused', () => {
  test('has a reason from the closed list', () => {
    const cases: [object, string][] = [
      [{ id: '00000000-0000-1000-8000-000000000000' }, 'schema'],
      [{ extra: 1 }, 'schema'],
      [{ url: 'https://other.example/' }, 'schema'],
      [{ url: `${origin}/${'a'.repeat(2_048)}` }, 'too_large'],
      [{ type: 'unheard_of' }, 'unknown_type'],
      [{ type: 'search', props: { topic: 'solar', q: 'roof' } }, 'schema'],
      [{ type: 'search', props: { topic: 'other' } }, 'schema'],
      [{ type: 'search', props: { topic: 'max%40example.com' } }, 'personal_data'],
      [{ type: 'search', props: { 'max@example.com': 1 } }, 'personal_data'],
      [
        { type: 'search', props: { topic: 'x'.repeat(250), other: 'x'.repeat(250), third: 'max@example.com' } },
        'schema',
      ],
      [{ props: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`p${n}`, 1])) }, 'schema'],
      [{ time: now - DAY_MS - 1 }, 'too_old'],
    ]
    for (const [more, reason] of cases) expect(refusal(wireEvent(more))).toBe(reason)
    expect(refusal(wireEvent(), context(all, { bot: true }))).toBe('bot')
    for (const nothing of [null, 'x', [], 1]) expect(refusal(nothing)).toBe('schema')
  })

  test('a day whose key is gone is too old, as nothing could be written under it', () => {
    const received = now + 3 * DAY_MS
    expect(refusal(wireEvent({ time: received }), context(all, { received }))).toBe('too_old')
  })
})

test('a wrong clock is put right by what it says of now, and no event lies ahead', () => {
  const dayFor = (time: number, behind: number) => {
    const admission = admit(context(['P1', 'P2'], { behind }), wireEvent({ time }))
    const [entry] = admission.ok ? admission.records : []
    return entry?.topic === 'events' ? entry.record.day : admission
  }
  const years = 5_000 * DAY_MS
  expect(dayFor(now - years - 13 * 3_600_000, years)).toBe(dayOf(now - DAY_MS))
  expect(dayFor(now + years, -years)).toBe(dayOf(now))
  expect(dayFor(now + 2 * DAY_MS, 0)).toBe(dayOf(now))
})
