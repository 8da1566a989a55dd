import { expect, test } from 'vitest'
import { openMetrics } from './metrics.ts'

test('what should never happen is counted from nought, so that the first time is an increase', async () => {
  const metrics = openMetrics()
  const shown = () => metrics.registry.metrics()
  expect(await shown()).toContain('bauta_dead_letters_total{topic="events"} 0')
  expect(await shown()).toContain('bauta_log_foreign_records_total{topic="stops"} 0')
  metrics.foreign('stops')
  expect(await shown()).toContain('bauta_log_foreign_records_total{topic="stops"} 1')
})

test('a figure that cannot be asked for is left out, and all others are there', async () => {
  const metrics = openMetrics()
  let answer = async () => new Map([['events', 3]])
  metrics.watchEach('bauta_log_lag', 'Records', 'topic', () => answer())
  expect(await metrics.registry.metrics()).toContain('bauta_log_lag{topic="events"} 3')
  answer = () => Promise.reject(new Error('away'))
  const shown = await metrics.registry.metrics()
  expect(shown).not.toContain('bauta_log_lag{')
  expect(shown).toContain('bauta_dead_letters_total{topic="events"} 0')
})
