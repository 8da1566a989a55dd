/** Three times the load that the collector can answer, for a minute: what it still answers, what it holds, and how soon it is itself again. */

import type { Flood, FloodResult } from './flood-process.ts'
import { CONNECTIONS, loadServer, startServer, visitorsOf } from './load.ts'
import { MEASURING_CORE, runPinned } from './pinned.ts'
import { type Finding, type Row, round, spelled } from './row.ts'

const TIMES = 3
const GOODPUT = 0.8
const MEMORY_MB = 64
const RECOVERY_SECONDS = 5
/** More than the collector takes: the rest is refused. */
const FLOOD_CONNECTIONS = 4_096

export const overload: Row = {
  name: 'three times the capacity',
  async measure({ directory, quick, say }) {
    const findings: Finding[] = []
    for (const eventsPerRequest of [1, 10]) {
      const collector = await startServer('collector-process', directory)
      const visitors = await visitorsOf(collector)
      say(`the capacity first, ${eventsPerRequest} a request`)
      const load = { kind: 'closed', connections: CONNECTIONS, eventsPerRequest, visitors } as const
      const capacity = await loadServer(collector, { ...load, warmUpSeconds: 3, seconds: quick ? 3 : 15 })
      const before = collector.memory().peak
      const rate = capacity.requestsPerSecond * TIMES
      say(`then ${spelled(rate)} requests/s`)
      const input = {
        port: collector.port,
        connections: FLOOD_CONNECTIONS,
        eventsPerRequest,
        visitors,
        rate,
        seconds: quick ? 5 : 60,
        rateAfter: capacity.requestsPerSecond / 2,
        secondsAfter: 15,
      } satisfies Flood
      const flood = (await runPinned('flood-process', { core: MEASURING_CORE, input })) as FloodResult
      const more = collector.memory().peak - before
      await collector.stop()
      findings.push(...findingsOf(eventsPerRequest, capacity.requestsPerSecond, flood, more))
    }
    return findings
  },
}

function findingsOf(events: number, capacity: number, flood: FloodResult, more: number): Finding[] {
  const share = flood.good / capacity
  const { recoverySeconds } = flood
  const turned = `${spelled(flood.turnedAway)} turned away, ${spelled(flood.refused)} connections refused, ${spelled(flood.givenUp)} given up`
  const what = (text: string) => `${text}, ${events === 1 ? 'one event' : `${events} events`} a request`
  return [
    {
      what: what('answered 2xx, of what the same collector answers at its capacity'),
      value: `${round(share * 100)} %`,
      bar: `> ${GOODPUT * 100} %`,
      met: share > GOODPUT,
      note: `${spelled(flood.good)} of ${spelled(flood.offered)} requests/s against ${spelled(capacity)}; ${turned}; p50 ${spelled(flood.p50)}, p99 ${spelled(flood.p99)} ms; the generator used ${round(flood.busy * 100)} % of its core`,
      numbers: { share: round(share, 3), capacity: round(capacity), ...numbersOf(flood) },
    },
    {
      what: what('memory above that at capacity'),
      value: `${spelled(more / 2 ** 20)} MB`,
      bar: `<= ${MEMORY_MB} MB`,
      met: more <= MEMORY_MB << 20,
      numbers: { bytes: more },
    },
    {
      what: what('until all are answered within a quarter of a second again, at half the capacity'),
      value: recoverySeconds === null ? 'not within 15 s' : `${spelled(recoverySeconds, 1)} s`,
      bar: `<= ${RECOVERY_SECONDS} s`,
      met: recoverySeconds !== null && recoverySeconds <= RECOVERY_SECONDS,
      numbers: { seconds: recoverySeconds ?? -1 },
    },
  ]
}

function numbersOf({ recoverySeconds: _, ...flood }: FloodResult): Record<string, number> {
  return Object.fromEntries(Object.entries(flood).map(([name, value]) => [name, round(value, 2)]))
}
