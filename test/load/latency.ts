/** How long an accepted POST takes at 70 % of the peak that the same collector has just shown, and how much memory it holds then. */

import { CONNECTIONS, loadServer, startServer, visitorsOf } from './load.ts'
import { type Row, round, spelled } from './row.ts'

const P99_MS = 25
const MEMORY_MB = 200
const SHARE = 0.7

export const latency: Row = {
  name: 'accepted POST at 70 % load, and memory',
  async measure({ directory, quick, say }) {
    const collector = await startServer('collector-process', directory)
    const visitors = await visitorsOf(collector)
    const load = { connections: CONNECTIONS, eventsPerRequest: 1, visitors }
    say('the peak first')
    const peak = await loadServer(collector, { ...load, kind: 'closed', warmUpSeconds: 3, seconds: quick ? 2 : 8 })
    const rate = peak.requestsPerSecond * SHARE
    say(`then ${spelled(rate)} requests/s`)
    const open = { ...load, connections: 2 * CONNECTIONS, kind: 'open', rate, warmUpSeconds: 2 } as const
    const timed = await loadServer(collector, { ...open, seconds: quick ? 3 : 30 })
    const memory = collector.memory()
    await collector.stop()
    const megabytes = memory.peak / 2 ** 20
    return [
      {
        what: 'p99 of an accepted POST, counted from when it was due',
        value: `${spelled(timed.p99, 1)} ms`,
        bar: `< ${P99_MS} ms`,
        met: timed.p99 < P99_MS,
        note: `at ${spelled(timed.requestsPerSecond)} of ${spelled(peak.requestsPerSecond)} requests/s; median ${spelled(timed.p50, 1)}, p99.9 ${spelled(timed.p999, 1)}, longest ${spelled(timed.max, 1)} ms; of it the generator's own p99 ${spelled(timed.ownP99, 2)} ms`,
        numbers: { ...numbersOf(timed), peakRequestsPerSecond: round(peak.requestsPerSecond) },
      },
      {
        what: 'most memory the collector process held (resident), peak load included',
        value: `${spelled(megabytes)} MB`,
        bar: `< ${MEMORY_MB} MB`,
        met: megabytes < MEMORY_MB,
        note: `${spelled(memory.now / 2 ** 20)} MB at the end`,
        numbers: { peakBytes: memory.peak, endBytes: memory.now },
      },
    ]
  },
}

function numbersOf(timed: Awaited<ReturnType<typeof loadServer>>): Record<string, number> {
  const { requestsPerSecond, p50, p99, p999, max, ownP99 } = timed
  return Object.fromEntries(
    Object.entries({ requestsPerSecond, p50, p99, p999, max, ownP99 }).map(([name, value]) => [name, round(value, 2)]),
  )
}
