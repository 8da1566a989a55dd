/** Records of the log as the collector would write them, and a house with two sites, for tests of the web side. */

import type { House } from '../../infra/config/house.ts'
import type { DeadLetter, DeadLetters } from '../../infra/control/dead-letters.ts'
import { deadLetterId } from '../../infra/control/dead-letters.ts'
import { macKey } from '../../infra/keys/handles.ts'
import { BautaConfig } from '../../schemas/config.ts'
import { DedupId, EventPseudonym, ReceiptId, WebPseudonym } from '../../schemas/ids.ts'
import { InterestName, Interests, SignalKind } from '../../schemas/interest.ts'
import type { RecordOf } from '../../schemas/topics.ts'
import { dayOf, weekOf } from '../../schemas/week.ts'

/** The store deletes by its own clock, so what tests store must be of today. */
export const NOW = Date.now()
export const WEEK = weekOf(NOW)

const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0')
export const dedupId = (n: number) => DedupId.parse(hex(n, 16))
export const webPseudonym = (n: number) => WebPseudonym.parse(hex(n, 32))
export const receiptId = (n: number) => ReceiptId.parse(`r${hex(n, 32)}`)
export const interest = (name: string) => InterestName.parse(name)

export function signalRecord(n: number, change: Partial<RecordOf<'signals'>> = {}): RecordOf<'signals'> {
  const signals = [{ interest: interest('energy.solar'), rule: 'solar-pages', kind: 'view' as const, n: 1 }]
  const traits = { country: 'DE', device: 'desktop' as const, language: 'de' }
  return {
    id: dedupId(n),
    site: 'demo',
    p: webPseudonym(n),
    week: WEEK,
    until: WEEK + 50,
    notice: '2026-11',
    traits,
    signals,
    ...change,
  }
}

export function eventRecord(n: number, change: Partial<RecordOf<'events'>> = {}): RecordOf<'events'> {
  const e = EventPseudonym.parse(`e${hex(n, 32)}`)
  const page = { type: 'page_view', path: `/${n}`, referrer: '', campaign: '', seconds: 0 }
  const traits = { country: 'DE', device: 'desktop' as const, language: 'de' }
  return { id: dedupId(n), site: 'demo', day: dayOf(NOW), e, session: 0, step: 0, ...page, traits, ...change }
}

export function stopRecord(n: number, receipt?: ReceiptId): RecordOf<'stops'> {
  return { site: 'demo', p: webPseudonym(n), kind: 'stop', day: dayOf(NOW), ...(receipt && { receipt }) }
}

export function consentRecord(
  n: number,
  purposes: RecordOf<'device_consents'>['purposes'],
): RecordOf<'device_consents'> {
  const proof = { notice: '2026-11', noticeHash: 'a'.repeat(64), language: 'de', method: 'banner' as const, path: '/' }
  return { receipt: receiptId(n), site: 'demo', purposes, ...proof, at: new Date(NOW).toISOString() }
}

const config = BautaConfig.parse({
  sites: Object.fromEntries(
    ['demo', 'quiet'].map((site) => [
      site,
      {
        origins: [`https://${site}.example`],
        languages: ['de'],
        interests: 'interests.yaml',
        profile: site === 'demo',
        notices: [
          { version: '2026-11', purposes: ['P1', 'P2', 'P3'], text: { de: 'Ein Text, der lang genug ist.' } },
          {
            version: '2025-01',
            purposes: ['P1', 'P2', 'P3'],
            retired: true,
            text: { de: 'Ein Text, der lang genug ist.' },
          },
        ],
      },
    ]),
  ),
  person: { url: 'https://person.example' },
  mail: { from: 'news@person.example', name: 'News' },
  segments: { solar: { site: 'demo', tree: { interest: 'energy.solar', band: 'medium' } } },
})
const interests = Interests.parse({
  halfLifeWeeks: 6,
  bands: { low: 1, medium: 4, high: 16 },
  weights: { ...Object.fromEntries(SignalKind.options.map((kind) => [kind, 1])), search: 3 },
  interests: Object.fromEntries(
    ['energy', 'energy.solar', 'garden', 'garden.remedies', 'health'].map((name) => [
      name,
      { name: { de: `${name}!` }, special: ['garden.remedies', 'health'].includes(name) },
    ]),
  ),
  rules: [],
})
export const house: House = {
  config,
  interests: new Map([
    ['demo', interests],
    ['quiet', interests],
  ]),
}
export const demoInterests = interests

/** The key of dead letters. */
export const fingerprint = macKey({ id: 'test', bytes: Buffer.alloc(32, 5) })

/** Dead letters in memory. */
export function fakeDeadLetters(): DeadLetters & { readonly all: Map<string, DeadLetter> } {
  const all = new Map<string, DeadLetter>()
  return {
    all,
    async add(letter) {
      const id = deadLetterId(letter)
      all.set(id, { ...letter, id })
    },
    list: async () => [...all.values()],
    get: async (id) => all.get(id),
    withFingerprint: async (wanted) => [...all.values()].filter(({ fingerprint }) => fingerprint === wanted),
    remove: async (id) => void all.delete(id),
    async positions({ topic, partition, from, until }) {
      const there = [...all.values()].filter((each) => each.topic === topic && each.partition === partition)
      return there.map(({ position }) => position).filter((position) => position >= from && position < until)
    },
    expire: async () => {},
  }
}
