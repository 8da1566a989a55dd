import { expect, test } from 'vitest'
import { type LogEntry, SavedForLater } from '../infra/ports/log.ts'
import { WebPseudonym } from '../schemas/ids.ts'
import { CountRecord } from '../schemas/topics.ts'
import { gather } from './gather.ts'

const entry = (n: number): LogEntry => {
  const record = {
    id: String(n).padStart(16, '0'),
    site: 'demo',
    day: '2026-11-22',
    hour: n,
    type: 'purchase',
    path: '/',
  }
  return { topic: 'counts', partition: 0, record: CountRecord.parse(record) }
}
const hours = (entries: readonly LogEntry[]) => entries.map(({ record }) => ('hour' in record ? record.hour : -1))

test('what several requests say at once is appended together, all of it, and not in its order', async () => {
  const appended: number[][] = []
  const append = gather({ append: async (entries) => void appended.push(hours(entries)) }, () => 0)
  await Promise.all([append([entry(1), entry(2)]), append([entry(3)])])
  await append([entry(4)])
  expect(appended.map((each) => each.toSorted())).toEqual([[1, 2, 3], [4]])
  expect(appended[0]).not.toEqual([1, 2, 3])
})

test('an append that fails fails every request in it, and none after it', async () => {
  let fails = true
  const append = gather({ append: async () => (fails ? Promise.reject(new Error('disk full')) : undefined) })
  const both = await Promise.allSettled([append([entry(1)]), append([entry(2)])])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  fails = false
  await expect(append([entry(3)])).resolves.toBeUndefined()
})

test('a stop that is saved for later fails its own request, and nobody else who spoke at the same time', async () => {
  const p = WebPseudonym.parse('0'.repeat(32))
  const stop: LogEntry = { topic: 'stops', partition: 0, record: { site: 'demo', p, kind: 'stop', day: '2026-11-22' } }
  const appended: string[][] = []
  const append = gather({
    async append(entries) {
      if (entries.includes(stop)) throw new SavedForLater()
      appended.push(entries.map(({ topic }) => topic))
    },
  })
  const [ended, others] = await Promise.allSettled([append([entry(1), stop]), append([entry(2)])])
  expect([ended?.status, others?.status]).toEqual(['rejected', 'fulfilled'])
  expect(appended).toEqual([['counts', 'counts']])
  await expect(append([stop])).rejects.toBeInstanceOf(SavedForLater)
})
