import pino from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openChores } from './chores.ts'

/** As pino counts. */
const ERROR = 50
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

function world() {
  const lines: { level: number; name: string }[] = []
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) })
  const errors = () => lines.filter(({ level }) => level >= ERROR).map(({ name }) => name)
  return { chores: openChores({ clock: () => 7, log }), errors }
}

test('are done after a minute and then each hour, and one that fails keeps none of the others from it', async () => {
  const { chores, errors } = world()
  const done: unknown[] = []
  const broken = async () => {
    throw new Error('broken')
  }
  chores.start({ broken, other: (now) => done.push(now) })
  await vi.advanceTimersByTimeAsync(MINUTE_MS - 1)
  expect(done).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  await vi.advanceTimersByTimeAsync(HOUR_MS)
  expect([done, errors()]).toEqual([
    [7, 7],
    ['broken', 'broken'],
  ])
  await chores.close()
  await vi.advanceTimersByTimeAsync(2 * HOUR_MS)
  expect(done.length).toBe(2)
})

test('nobody waits to stop them, only then for the end of the one under way, and its failure is no error', async () => {
  const { chores, errors } = world()
  const steps: string[] = []
  let closeEngine = () => {}
  const engine = new Promise<void>((_, reject) => {
    closeEngine = () => reject(new Error('closed'))
  })
  chores.start({
    async long(_, signal) {
      signal.addEventListener('abort', () => steps.push('told'))
      await engine.finally(() => steps.push('ended'))
    },
    next: () => steps.push('next'),
  })
  await vi.advanceTimersByTimeAsync(MINUTE_MS)
  chores.stop()
  steps.push('stopped')
  const closed = chores.close().then(() => steps.push('closed'))
  closeEngine()
  await closed
  expect(steps).toEqual(['told', 'stopped', 'ended', 'closed'])
  expect(errors()).toEqual([])
})
