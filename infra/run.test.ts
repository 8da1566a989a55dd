import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { type Life, run } from './run.ts'

function host() {
  const exits: number[] = []
  const process = Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) })
  return { process, exits }
}
const closable = (name: string, closed: string[]) => ({ close: async () => void closed.push(name) })

test('what was opened is closed in reverse when the work is done, and its code is the answer', async () => {
  const closed: string[] = []
  const { process } = host()
  const work = async (life: Life) => {
    life.open(closable('first', closed))
    life.atEnd(() => void closed.push('second'))
    return 6
  }
  expect(await run(work, { process, deadlineMs: 1_000 })).toBe(6)
  expect(closed).toEqual(['second', 'first'])
  expect(process.listenerCount('SIGINT') + process.listenerCount('SIGTERM')).toBe(0)
})

test('so it is when the work fails, one close fails, or both; the work is what is told', async () => {
  const closed: string[] = []
  const work = async (life: Life) => {
    life.open(closable('first', closed))
    life.atEnd(() => Promise.reject(new Error('close')))
    throw new Error('work')
  }
  await expect(run(work, { process: host().process, deadlineMs: 1_000 })).rejects.toThrow('work')
  expect(closed).toEqual(['first'])
})

test.each(['SIGINT', 'SIGTERM'])('%s ends servers, lets work finish, closes all and answers 130', async (signal) => {
  const steps: string[] = []
  const { process, exits } = host()
  const work = async (life: Life) => {
    life.open(closable('closed', steps))
    process.emit(signal)
    await life.ended
    steps.push('finished')
    return 0
  }
  expect(await run(work, { process, deadlineMs: 60_000 })).toBe(130)
  expect(steps).toEqual(['finished', 'closed'])
  expect(exits).toEqual([])
})

test('work that does not look at the signal is closed under', async () => {
  const closed: string[] = []
  const { process } = host()
  const work = (life: Life) => {
    life.open(closable('closed', closed))
    process.emit('SIGTERM')
    return new Promise<number>(() => {})
  }
  expect(await run(work, { process, deadlineMs: 200 })).toBe(130)
  expect(closed).toEqual(['closed'])
})

test('the second signal ends the process at once, and so does the deadline when a close hangs', async () => {
  const { process, exits } = host()
  const hanging = (life: Life) => {
    life.atEnd(() => new Promise(() => {}))
    process.emit('SIGINT')
    return Promise.resolve(0)
  }
  void run(hanging, { process, deadlineMs: 50 })
  process.emit('SIGINT')
  expect(exits).toEqual([130])
  await expect.poll(() => exits).toEqual([130, 130])
})
