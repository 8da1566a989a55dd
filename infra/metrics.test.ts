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
