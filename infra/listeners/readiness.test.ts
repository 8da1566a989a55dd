import { expect, test } from 'vitest'
import { Fault } from '../../schemas/fault.ts'
import { openLogger } from '../process/logger.ts'
import { failing, telling } from './readiness.ts'

const hangs = () => new Promise<never>(() => {})

test('an engine that fails and one that does not answer are named, and nobody waits for the latter', async () => {
  const fails = () => Promise.reject(new Error('gone'))
  expect(await failing({ log: async () => {}, store: fails, vault: hangs }, 50)).toEqual(['store', 'vault'])
})

test('when all answer, none is named', async () => {
  expect(await failing({ log: async () => {}, store: async () => 1 })).toEqual([])
})

test('the log says why an engine is missed, once, and when it is back', async () => {
  const lines: unknown[] = []
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const engine: { fault?: Fault } = { fault: new Fault('store_down', 'health: HTTP_503') }
  const checks = telling(openLogger({ level: 'info', service: 'test' }, stream), {
    store: async () => {
      if (engine.fault) throw engine.fault
    },
  })
  for (const _ of 'twice') expect(await failing(checks)).toEqual(['store'])
  delete engine.fault
  for (const _ of 'twice') expect(await failing(checks)).toEqual([])
  expect(lines).toMatchObject([
    { level: 'warn', engine: 'store', err: { message: 'health: HTTP_503' } },
    { level: 'info', engine: 'store' },
  ])
})
