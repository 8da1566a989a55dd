import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Life, run } from './run.ts'

function host() {
  const exits: number[] = []
  const exit = (code: number) => {
    exits.push(code)
    process.emit('exit')
  }
  const process = Object.assign(new EventEmitter(), { exit })
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
  await once(process, 'exit')
  expect(exits).toEqual([130, 130])
})

test('what is opened after the closing began is closed at once, and the work goes no further', async () => {
  const steps: string[] = []
  const { process } = host()
  const keep: ((life: Life) => unknown)[] = [
    (life) => life.open(closable('engine', steps)),
    (life) => life.atEnd(() => void steps.push('file')),
  ]
  for (const each of keep) {
    const slow = async (life: Life) => {
      process.emit('SIGTERM')
      await life.ended
      await pause(60)
      each(life)
      steps.push('served')
      return 0
    }
    expect(await run(slow, { process, deadlineMs: 20 })).toBe(130)
  }
  await pause(120)
  expect(steps).toEqual(['engine', 'file'])
})

test('the deadline is for all that is still alive when everything was closed, and so is the second signal', async () => {
  const { process, exits } = host()
  const main = async () => {
    process.emit('SIGTERM')
    return 0
  }
  expect(await run(main, { process, deadlineMs: 100 })).toBe(130)
  expect(exits).toEqual([])
  process.emit('SIGTERM')
  expect(exits).toEqual([130])
  await once(process, 'exit')
  expect(exits).toEqual([130, 130])
})

const lives = [
  { says: 'with nothing left alive a process does not wait for the deadline', deadlineMs: 60_000, left: '' },
  { says: 'with something left alive a process ends at it', deadlineMs: 200, left: 'setInterval(() => {}, 1_000)' },
]
test.each(lives)('$says', async ({ deadlineMs, left }) => {
  const script = `
    import { run } from ${JSON.stringify(new URL('./run.ts', import.meta.url).href)}
    ${left}
    const hold = setInterval(() => {}, 1_000)
    const main = async (life) => {
      console.log('open')
      await life.ended
      clearInterval(hold)
      return 0
    }
    process.exitCode = await run(main, { process, deadlineMs: ${deadlineMs} })`
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  const tooLate = setTimeout(() => child.kill('SIGKILL'), 40_000)
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([130, null])
  clearTimeout(tooLate)
})
