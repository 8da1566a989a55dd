/** Events a second in batches of ten, each batch on disk before its answer, the collector on one core. */

import { CONNECTIONS, type Loaded, loadServer, startServer, visitorsOf } from './load.ts'
import { median, type Row, round, spelled } from './row.ts'

const BAR = 25_000
const BATCH = 10

export const batches: Row = {
  name: 'events in batches of 10, durable',
  async measure({ directory, quick, say }) {
    const collector = await startServer('collector-process', directory)
    const visitors = await visitorsOf(collector)
    const [rounds, seconds] = quick ? [1, 2] : [3, 6]
    const loads: Loaded[] = []
    for (let round = 0; round < rounds; round += 1) {
      say(`round ${round + 1} of ${rounds}`)
      const warmUpSeconds = round === 0 ? 3 : 1
      const load = { kind: 'closed', connections: CONNECTIONS, seconds, warmUpSeconds } as const
      loads.push(await loadServer(collector, { ...load, eventsPerRequest: BATCH, visitors }))
    }
    const { peak } = collector.memory()
    await collector.stop()
    const events = loads.map(({ requestsPerSecond }) => requestsPerSecond * BATCH)
    const best = median(events)
    return [
      {
        what: 'events a second, collector on one core',
        value: `${spelled(best)}/s`,
        bar: `>= ${spelled(BAR)}/s`,
        met: best >= BAR,
        note: `median of ${rounds}; the collector used ${round(median(loads.map(({ serverBusy }) => serverBusy)) * 100)} % of its core, the generator ${round(median(loads.map(({ busy }) => busy)) * 100)} % of the other`,
        numbers: { eventsPerSecond: events.map((each) => round(each)), peakMemoryBytes: peak },
      },
    ]
  },
}
