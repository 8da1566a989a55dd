import { expect, test } from 'vitest'
import { openLogger } from '../../../infra/process/logger.ts'
import { Fault } from '../../../schemas/fault.ts'
import { tellFailures } from './tell-failures.ts'

const batch = { topic: 'stops', partition: 3, first: 10, last: 11, records: [], replayed: false, fresh: false } as const

/** What the log says while a batch fails with these, one after the other, and then goes in. */
async function said(failures: readonly Error[]) {
  const lines: { level: string; count?: number; err?: { message?: string } }[] = []
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const left = [...failures]
  const load = tellFailures(openLogger({ level: 'info', service: 'profiles' }, stream), async () => {
    const failure = left.shift()
    if (failure) throw failure
  })
  for (const failure of failures) await expect(load(batch)).rejects.toBe(failure)
  await load(batch)
  return lines
}

test('a batch that is tried again says why at first, then ever more rarely, and when it is over', async () => {
  const lines = await said(
    Array.from({ length: 9 }, () => new Fault('store_down', 'append to events_in: TOO_MANY_PARTS')),
  )
  expect(lines.map(({ level, count }) => `${level} ${count}`)).toEqual([
    'warn 1',
    'warn 2',
    'warn 4',
    'warn 8',
    'info 9',
  ])
  expect(lines[0]).toMatchObject({
    topic: 'stops',
    partition: 3,
    first: 10,
    last: 11,
    err: { message: 'append to events_in: TOO_MANY_PARTS' },
  })
})

test('one that no trying helps is an error each time; one that goes in says nothing', async () => {
  const [line] = await said([new Fault('config_invalid', 'CLICKHOUSE_USER lacks a grant')])
  expect(line).toMatchObject({ level: 'error', err: { message: 'CLICKHOUSE_USER lacks a grant' } })
  expect(await said([])).toEqual([])
})
