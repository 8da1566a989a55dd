import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { inTurn } from './in-turn.ts'

const going = { signal: new AbortController().signal }
const elsewhere = JSON.stringify({ place: 'another machine', pid: 1, began: '1', turn: 'x' })
let lock: string
beforeEach(() => {
  lock = join(mkdtempSync(join(tmpdir(), 'bauta-turn-')), 'solar.lock')
})
afterEach(() => vi.useRealTimers())

test('one at a time, and whoever fails lets the next one in', async () => {
  const at: string[] = []
  const work = (name: string) =>
    inTurn(lock, going, async () => {
      at.push(`${name} begins`)
      await sleep(30)
      at.push(`${name} ends`)
      if (name === 'a') throw new Error('a bug')
    })
  const [a, b, c] = await Promise.allSettled(['a', 'b', 'c'].map(work))
  expect([a?.status, b?.status, c?.status]).toEqual(['rejected', 'fulfilled', 'fulfilled'])
  expect(at.map((each) => each.split(' ')[1])).toEqual(['begins', 'ends', 'begins', 'ends', 'begins', 'ends'])
  expect(existsSync(lock)).toBe(false)
})

test('whoever waits and is to stop does not begin', async () => {
  writeFileSync(lock, elsewhere)
  const stopping = new AbortController()
  const waiting = inTurn(lock, stopping, async () => 'begun')
  stopping.abort(new Error('closing'))
  await expect(waiting).rejects.toThrow('closing')
  expect(readFileSync(lock, 'utf8')).toBe(elsewhere)
})

test('a process that was killed at it keeps nobody waiting', async () => {
  const module = fileURLToPath(new URL('./in-turn.ts', import.meta.url))
  const code = `import { inTurn } from ${JSON.stringify(module)}
    await inTurn(process.argv[1], { signal: new AbortController().signal }, () => new Promise(() => {
      console.log('at it')
      setInterval(() => {}, 1000)
    }))`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code, lock])
  await once(child.stdout, 'data')
  let begun = false
  const waiting = inTurn(lock, going, async () => {
    begun = true
  })
  await sleep(100)
  expect(begun).toBe(false)
  child.kill('SIGKILL')
  await once(child, 'exit')
  await waiting
  expect(existsSync(lock)).toBe(false)
})

test('one of another machine is waited for as long as it touches its lock, and a minute more', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  writeFileSync(lock, elsewhere)
  let [looks, begun] = [0, false]
  const asked = {
    get signal() {
      looks += 1
      return going.signal
    },
  }
  const waiting = inTurn(lock, asked, async () => {
    begun = true
  })
  /** The second of two looks began after the first. */
  const looked = async () => {
    for (const before = looks; looks < before + 2; ) await sleep(1)
  }
  const pass = async (ms: number) => {
    vi.advanceTimersByTime(ms)
    await looked()
  }
  await looked()
  await pass(50_000)
  utimesSync(lock, new Date(), new Date(Date.now() + 5_000))
  await looked()
  await pass(50_000)
  expect(begun).toBe(false)
  vi.advanceTimersByTime(11_000)
  await waiting
})
