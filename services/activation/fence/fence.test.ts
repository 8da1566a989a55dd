import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contactRef, idOf, pseudonym, range } from '../../../test/fakes/activation.ts'
import { type Linked, packedPeople } from '../packed/people.ts'
import { type Negative, type News, raiseFence } from './fence.ts'

const mailHash = (n: number) => String(n).padStart(32, 'f')
const person = (n: number): Linked => ({
  id: idOf(n),
  contact: contactRef(n),
  mailHash: mailHash(n),
  devices: [pseudonym(n), pseudonym(n + 100)],
})
const [one, two, three] = [person(1), person(2), person(3)] as const
const objects = ({ contact }: Linked): Negative => ({ contact, fact: { purpose: 'all', state: 'objected' } })
const quiet: News = { negatives: [], stops: [], locked: [], suppressed: [] }

test('who objects before the release stays in, who objects after it is to be recalled', () => {
  const fence = raiseFence(packedPeople([one, two, three]))
  expect(fence.take({ ...quiet, negatives: [objects(one)] })).toEqual([])
  expect(fence.release([one.id, two.id])).toEqual([two.id])
  expect(fence.take({ ...quiet, negatives: [objects(two), objects(three)] })).toEqual([two.id])
  expect(fence.release([three.id])).toEqual([])
})

test('a device that stops is enough though another is left, a lock and a suppression are too, and nobody is recalled twice', () => {
  const fence = raiseFence(packedPeople([one, two, three]))
  fence.release([one.id, two.id, three.id])
  expect(fence.take({ ...quiet, stops: [pseudonym(101), pseudonym(9)] })).toEqual([one.id])
  expect(fence.take({ ...quiet, negatives: [objects(one)], stops: one.devices })).toEqual([])
  expect(fence.take({ ...quiet, locked: [two.contact], suppressed: [mailHash(3), mailHash(9)] })).toEqual([
    two.id,
    three.id,
  ])
})

test('a withdrawal of mail tracking changes nothing', () => {
  const fence = raiseFence(packedPeople([one]))
  expect(
    fence.take({ ...quiet, negatives: [{ contact: one.contact, fact: { purpose: 'P6', state: 'withdrawn' } }] }),
  ).toEqual([])
  expect(fence.release([one.id])).toEqual([one.id])
})

test('who left in an earlier attempt is recalled without being released again', () => {
  const fence = raiseFence(packedPeople([one, two]), [one.id])
  expect(fence.take({ ...quiet, negatives: [objects(one), objects(two)] })).toEqual([one.id])
})

/** Everyone is released once, in batches of three, with news read before and after each. Answers with who is out at the end. */
function exported(schedule: readonly { readonly at: number; readonly who: number }[], release: 'fenced' | 'open') {
  const people = range(1, 12).map(person)
  const fence = raiseFence(packedPeople(people))
  const out = new Set<string>()
  const violations: string[] = []
  const ended = new Set<string>()
  let time = 0
  let read = 0
  const news = (): News => {
    time += 1
    const due = schedule.filter(({ at }) => at >= read && at < time)
    read = time
    const due_people = due.map(({ who }) => person(who))
    for (const { id } of due_people) ended.add(id)
    return { ...quiet, negatives: due_people.map(objects) }
  }
  const recall = (gone: readonly string[]) => {
    for (const id of gone) out.delete(id)
  }
  for (let first = 0; first < people.length; first += 3) {
    const ids = people.slice(first, first + 3).map(({ id }) => id)
    recall(fence.take(news()))
    const leaving = release === 'fenced' ? fence.release(ids) : ids
    violations.push(...leaving.filter((id) => ended.has(id)))
    for (const id of leaving) out.add(id)
    recall(fence.take(news()))
  }
  return { out, ended, violations }
}
const schedules = fc.array(fc.record({ at: fc.integer({ min: 0, max: 8 }), who: fc.integer({ min: 1, max: 12 }) }), {
  maxLength: 12,
})

test('whatever the interleaving, who has withdrawn before a batch is not in it, and at the end nobody who has withdrawn is out', () => {
  fc.assert(
    fc.property(schedules, (schedule) => {
      const { out, ended, violations } = exported(schedule, 'fenced')
      expect(violations).toEqual([])
      expect([...ended].filter((id) => out.has(id))).toEqual([])
      expect(out.size).toBe(12 - ended.size)
    }),
    { numRuns: 3_000 },
  )
})

test('control: with the fence open the same interleavings show violations', () => {
  const broken = fc.check(
    fc.property(schedules, (schedule) => exported(schedule, 'open').violations.length === 0),
    { numRuns: 3_000 },
  )
  expect(broken.failed).toBe(true)
})
