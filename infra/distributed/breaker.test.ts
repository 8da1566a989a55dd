import { expect, test } from 'vitest'
import { type BreakerOptions, createBreaker } from './breaker.ts'

function world(options: Partial<BreakerOptions> = {}) {
  const at = { time: 1_000_000 }
  const breaker = createBreaker({ now: () => at.time, inARow: 1_000, ...options })
  const calls = (outcomes: string) => {
    for (const outcome of outcomes) if (breaker.allows()) outcome === '+' ? breaker.succeeded() : breaker.failed()
  }
  return { at, breaker, calls }
}

test('half of twenty calls must fail before it opens', () => {
  const { breaker, calls } = world()
  calls('+-'.repeat(9))
  calls('-')
  expect(breaker.state()).toBe('closed')
  calls('+')
  expect(breaker.state()).toBe('closed')
  calls('-')
  expect([breaker.state(), breaker.allows()]).toEqual(['open', false])
})

test('what failed more than thirty seconds ago counts no more', () => {
  const { at, breaker, calls } = world()
  calls('-'.repeat(19))
  at.time += 31_000
  calls('+'.repeat(19))
  calls('-')
  expect(breaker.state()).toBe('closed')
})

test('failures in a row open it at once, and a success between them does not', () => {
  const { breaker, calls } = world({ inARow: 3 })
  calls('--+--')
  expect(breaker.state()).toBe('closed')
  calls('-')
  expect(breaker.state()).toBe('open')
})

test('after five seconds three probes may pass and no more; all three close it, one failure opens it again', () => {
  const { at, breaker, calls } = world({ inARow: 1 })
  calls('-')
  at.time += 4_999
  expect(breaker.allows()).toBe(false)
  at.time += 1
  expect([breaker.allows(), breaker.allows(), breaker.allows(), breaker.allows()]).toEqual([true, true, true, false])
  breaker.succeeded()
  breaker.succeeded()
  expect(breaker.state()).toBe('half_open')
  breaker.failed()
  expect(breaker.state()).toBe('open')
  at.time += 5_000
  calls('+++')
  expect(breaker.state()).toBe('closed')
})

test('probes whose end nobody told do not keep it half open for ever', () => {
  const { at, breaker, calls } = world({ inARow: 1 })
  calls('-')
  at.time += 5_000
  expect([breaker.allows(), breaker.allows(), breaker.allows(), breaker.allows()]).toEqual([true, true, true, false])
  at.time += 5_000
  expect(breaker.allows()).toBe(true)
})
