import { describe, expect, test } from 'vitest'
import type { MemberRow } from '../../../schemas/audience.ts'
import { Address, CrmText } from '../../../schemas/contact.ts'
import type { ContactRef } from '../../../schemas/ids.ts'
import { InterestName, Interests } from '../../../schemas/interest.ts'
import { LedgerEntry, termsOf } from '../../../schemas/ledger.ts'
import type { Profile, ResolvedSegment } from '../../../schemas/segment.ts'
import {
  contactRef,
  idOf,
  linkId,
  NOW,
  pseudonym,
  testConfig,
  testInterests,
  week,
} from '../../../test/fakes/activation.ts'
import { type OpenedLink, packedLinks } from '../packed/links.ts'
import { packedProfiles } from '../packed/profiles.ts'
import { admit, type Contact, counted, noCounts, type Person } from './admit.ts'
import { openPlanner } from './plan.ts'

const solar = InterestName.parse('energy.solar')
const profile = (views: Record<number, number>, interest = solar): Profile => ({
  seenWeek: week,
  traits: { country: 'DE', device: 'mobile', language: 'de' },
  signals: Object.entries(views).map(([at, n]) => ({ interest, week: Number(at), kind: 'view', n })),
})
const person = (n: number, more: Partial<Person> = {}): Person => ({
  ref: contactRef(n),
  address: Address.parse(`p${n}@example.org`),
  mailHash: undefined,
  fields: { first_name: CrmText.parse('Ada') },
  facts: [
    { purpose: 'P4', state: 'granted' },
    { purpose: 'P5', state: 'granted' },
  ],
  from: 0,
  since: 1,
  notices: ['all'],
  ...more,
})
/** Of that contact to that device. */
const link = (n: number, contact: number, device: number, more: Partial<OpenedLink> = {}): OpenedLink => ({
  id: linkId(n),
  contact: contactRef(contact),
  site: 'demo',
  sequence: 1,
  pseudonym: pseudonym(device),
  shared: false,
  ending: false,
  ...more,
})
const segment: ResolvedSegment = { interest: solar, band: 'medium' }
function plan(
  links: OpenedLink[],
  devices: Record<number, Profile>,
  {
    people = [person(1)],
    recipient = 'id' as 'id' | 'address',
    interests = 3,
    stopped = [] as number[],
    chosen = segment,
    rules = testInterests,
  } = {},
) {
  const packed = packedLinks(links)
  const profiles = packedProfiles()
  for (const [n, each] of Object.entries(devices)) {
    const device = packed.devices.find(pseudonym(Number(n)))
    if (device !== undefined) profiles.set(device, each)
  }
  const worlds = { links: packed, profiles, stopped: new Set(stopped.map(pseudonym)) }
  const exportId = (ref: ContactRef) => idOf(Number(ref.slice(-12)))
  const audience = { site: 'demo', interests }
  const fingerprint = ({ id }: MemberRow) => `of ${id}`
  const planner = openPlanner(worlds, {
    ...{ audience, segment: chosen, interests: rules, week, recipient, exportId, fingerprint },
  })
  for (const each of people) planner.add(each)
  const { members, ...rest } = planner.finish(noCounts)
  const orphaned = packed.orphaned().map(({ id }) => id)
  return { ...rest, members: [...members], shared: packed.shared(), orphaned }
}

describe('a plan', () => {
  test('a contact is a member if one of its devices is, with the bands of all of them, each counted once', () => {
    const { linked, members, waterfall } = plan([link(1, 1, 1), link(2, 1, 2)], {
      1: profile({ [week]: 14 }),
      2: profile({ [week]: 2 }),
    })
    expect([1, 2, 3].map((n) => linked.byDevice(pseudonym(n)))).toEqual([0, 0, undefined])
    expect([linked.byContact(contactRef(1)), linked.find(idOf(1)), linked.size]).toEqual([0, 0, 1])
    expect(members).toMatchObject([
      {
        row: {
          id: idOf(1),
          interests: [
            { interest: 'energy', band: 'high' },
            { interest: 'energy.solar', band: 'high' },
          ],
        },
      },
    ])
    expect(members[0]?.row).not.toHaveProperty('address')
    expect(waterfall).toMatchObject({ linked: 1, inSegment: 1 })
    const twice = plan([link(1, 1, 1), link(2, 1, 1)], { 1: profile({ [week]: 14 }) })
    expect(twice.members).toMatchObject([{ row: { interests: [{ band: 'medium' }, { band: 'medium' }] } }])
    const halves = plan([link(1, 1, 1), link(2, 1, 2)], { 1: profile({ [week]: 3 }), 2: profile({ [week]: 3 }) })
    expect(halves).toMatchObject({ members: [], waterfall: { linked: 1, inSegment: 0 } })
  })

  test('as many interests go along as the audience says, special ones never, an address only where people are known by it', () => {
    const both = profile({ [week]: 8 })
    const health = profile({ [week]: 99 }, InterestName.parse('health'))
    const mixed = { ...both, signals: [...both.signals, ...health.signals] }
    const { members } = plan([link(1, 1, 1)], { 1: mixed }, { recipient: 'address', interests: 1 })
    expect(members[0]?.row).toEqual({
      id: idOf(1),
      address: 'p1@example.org',
      interests: [{ interest: 'energy', band: 'medium' }],
      fields: { first_name: 'Ada' },
    })
    expect(JSON.stringify(plan([link(1, 1, 1)], { 1: mixed }, { interests: 10 }).members[0]?.row)).not.toContain(
      'health',
    )
  })

  test('what became special later decides neither who is in it nor what leaves of them', () => {
    const rules = Interests.parse({
      ...testInterests,
      interests: { ...testInterests.interests, 'energy.debts': { name: { en: 'Debts' }, special: true } },
    })
    const debts = profile({ [week]: 99 }, InterestName.parse('energy.debts'))
    const read = profile({ [week]: 5 })
    const mixed = { ...read, signals: [...read.signals, ...debts.signals] }
    const energy: ResolvedSegment = { interest: InterestName.parse('energy'), band: 'medium' }
    for (const chosen of [energy, { count: { weeks: 4, min: 5 } }]) {
      expect(plan([link(1, 1, 1)], { 1: debts }, { rules, chosen })).toMatchObject({
        members: [],
        waterfall: { linked: 1, inSegment: 0 },
      })
      expect(plan([link(1, 1, 1)], { 1: mixed }, { rules, chosen }).members[0]?.row.interests).toEqual([
        { interest: 'energy', band: 'medium' },
        { interest: 'energy.solar', band: 'medium' },
      ])
    }
  })

  test("a device of two contacts is nobody's, also if one of them is not selected, and its links are told", () => {
    const shared = plan([link(1, 1, 1), link(2, 2, 1)], { 1: profile({ [week]: 9 }) })
    expect(shared).toMatchObject({ members: [], shared: [linkId(1), linkId(2)], orphaned: [] })
  })

  test('when one link of a shared device ends, the others end too', () => {
    const left = plan([link(1, 1, 1, { shared: true })], { 1: profile({ [week]: 9 }) })
    expect(left).toMatchObject({ members: [], shared: [], orphaned: [linkId(1)] })
  })

  test('a device that stopped, or is about to, is nobody’s, and neither is a link of an earlier consent or another site', () => {
    const devices = { 1: profile({ [week]: 9 }) }
    expect(plan([link(1, 1, 1)], devices).members).toHaveLength(1)
    expect(plan([link(1, 1, 1)], devices, { stopped: [1] }).members).toEqual([])
    expect(plan([link(1, 1, 1, { ending: true })], devices).members).toEqual([])
    expect(plan([link(1, 1, 1)], devices, { people: [person(1, { since: 2 })] }).members).toEqual([])
    expect(plan([link(1, 1, 1, { site: 'shop' })], devices).members).toEqual([])
    expect(plan([link(1, 1, 1)], {}).waterfall).toMatchObject({ linked: 0 })
  })

  test('weeks before the merge do not count, neither for membership nor for bands', () => {
    const devices = { 1: profile({ [week - 1]: 80, [week]: 5 }) }
    expect(plan([link(1, 1, 1)], devices).members).toMatchObject([{ row: { interests: [{ band: 'high' }, {}] } }])
    const fromNow = plan([link(1, 1, 1)], devices, { people: [person(1, { from: week })] })
    expect(fromNow.members).toMatchObject([{ row: { interests: [{ band: 'medium' }, { band: 'medium' }] } }])
    expect(plan([link(1, 1, 1)], devices, { people: [person(1, { from: week + 1 })] }).members).toEqual([])
  })

  test('members stand by export id', () => {
    const people = [1, 2, 3, 4, 5].map((n) => person(n))
    const devices = Object.fromEntries(people.map((_, n) => [n + 1, profile({ [week]: 9 })]))
    const { members } = plan(
      people.map((_, n) => link(n + 1, n + 1, n + 1)),
      devices,
      { people },
    )
    expect(members.map(({ row }) => row.id)).toEqual([1, 2, 3, 4, 5].map((n) => idOf(n)).sort())
  })
})

describe('admit', () => {
  let sequence = 0
  const said = (kind: LedgerEntry['kind'], purpose: LedgerEntry['purpose'], notice = 'all') => {
    sequence += 1
    const [voice, method, at] = ['person', 'double_opt_in', '2026-11-01T12:00:00Z'] as const
    return LedgerEntry.parse({ sequence, contact: contactRef(1), kind, purpose, voice, method, at, notice })
  }
  const contact = (entries: LedgerEntry[], more: Partial<Contact> = {}): Contact => ({
    ref: contactRef(1),
    address: Address.parse('p1@example.org'),
    locked: false,
    suppressed: false,
    mailHash: 'h',
    fields: {},
    entries,
    ...more,
  })
  const config = testConfig()
  const reached = (each: Contact, recipient: 'id' | 'address' = 'id') => {
    const mail = termsOf(config, NOW, { recipient: 'letter' })
    return admit(each, { mail, merge: termsOf(config, NOW, { site: 'demo', recipient: 'letter' }), recipient })
  }
  const both = () => [said('granted', 'P5'), said('granted', 'P4')]

  test('each step stops who does not pass it', () => {
    expect(reached(contact(both(), { locked: true, suppressed: true })).reached).toBe('selected')
    expect(reached(contact(both(), { suppressed: true })).reached).toBe('notLocked')
    expect(reached(contact([said('granted', 'P4')])).reached).toBe('notSuppressed')
    expect(reached(contact([said('granted', 'P5')])).reached).toBe('mayMail')
    expect(reached(contact(both()))).toMatchObject({
      reached: 'mayMerge',
      person: { from: 0, notices: ['all', 'all'] },
    })
    expect(reached(contact(both(), { address: undefined }), 'address').reached).toBe('notSuppressed')
  })

  test('a consent to merge whose notice does not name the destination is none for it', () => {
    expect(reached(contact([said('granted', 'P5'), said('granted', 'P4', 'other')])).reached).toBe('mayMail')
    expect(reached(contact([said('granted', 'P5'), said('granted', 'P4', 'later')])).person).toMatchObject({
      from: week - 2,
    })
  })

  test('the notices of a person are those that name the destination, whatever was agreed to for another one since', () => {
    const entries = [...both(), said('granted', 'P5', 'other-mail'), said('granted', 'P4', 'other')]
    expect(reached(contact(entries)).person?.notices).toEqual(['all', 'all'])
  })

  test('an objection to everything ends both', () => {
    expect(reached(contact([...both(), said('objected', 'all')])).reached).toBe('notSuppressed')
  })

  test('counts are of all who passed a step', () => {
    const steps = ['selected', 'mayMerge', 'notSuppressed'] as const
    expect(steps.reduce(counted, noCounts)).toEqual({
      selected: 3,
      notLocked: 2,
      notSuppressed: 2,
      mayMail: 1,
      mayMerge: 1,
    })
  })
})
