import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { whileLocked } from './file-lock.ts'

let file: string
beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), 'bauta-lock-')), 'keys.json')
})
afterEach(() => vi.restoreAllMocks())

const hour = 3_600_000
/** As a clock has it that was set since, or that of a file server. */
function heldSince(time: number) {
  writeFileSync(`${file}.lock`, '')
  utimesSync(`${file}.lock`, new Date(time), new Date(time))
}
/** Each look at it is a second later. */
function hurry(meanwhile = (_time: number) => {}) {
  let time = 0
  vi.spyOn(performance, 'now').mockImplementation(() => {
    time += 1_000
    meanwhile(time)
    return time
  })
}

test('whoever holds it is waited for, whatever the clocks say of when it was taken', () => {
  heldSince(Date.now() - hour)
  spawn('sh', ['-c', 'sleep 0.3 && touch "$0" && rm "$0.lock"', file])
  expect(whileLocked(file, () => existsSync(file))).toBe(true)
  expect(existsSync(`${file}.lock`)).toBe(false)
})

test('nobody is waited for who has held it for ten seconds, whatever the clocks say', () => {
  heldSince(Date.now() + hour)
  hurry()
  expect(whileLocked(file, () => 'done')).toBe('done')
})

test('where others take it again and again, the wait ends, also by a clock that is set back', () => {
  hurry(heldSince)
  let looks = 0
  vi.spyOn(Date, 'now').mockImplementation(() => {
    looks += 1
    if (looks > 100) throw new Error('it waits for ever')
    return -1_000 * looks
  })
  heldSince(0)
  expect(() => whileLocked(file, () => 'done')).toThrow('is held by another process')
})
