/** Durable POSTs of one event against plain node:http that does the same work without a disk, and against node:http that does nothing. */

import type { Loaded, Server } from './load.ts'
import { CONNECTIONS, loadServer, startServer, visitorsOf } from './load.ts'
import { type Finding, median, type Row, round, spelled } from './row.ts'

const BAR = 0.6
const yardsticks = ['work', 'remembering', 'bare'] as const
type Against = (typeof yardsticks)[number]

export const singlePosts: Row = {
  name: 'one event a request, durable',
  async measure({ directory, quick, say }) {
    const collector = await startServer('collector-process', directory)
    const others = new Map<Against, Server>()
    for (const kind of yardsticks) others.set(kind, await startServer('yardstick-process', directory, { kind }))
    const visitors = await visitorsOf(collector)
    const [rounds, seconds] = quick ? [1, 2] : [3, 5]
    const load = { kind: 'closed', connections: CONNECTIONS, seconds, eventsPerRequest: 1, visitors } as const
    const ours: Loaded[] = []
    const theirs = new Map<Against, Loaded[]>(yardsticks.map((kind) => [kind, []]))
    // In turns, so that whatever else the machine does falls on all of them.
    for (let round = 0; round < rounds; round += 1) {
      const warmUpSeconds = round === 0 ? 3 : 1
      say(`round ${round + 1} of ${rounds}`)
      ours.push(await loadServer(collector, { ...load, warmUpSeconds }))
      for (const [kind, server] of others) theirs.get(kind)?.push(await loadServer(server, { ...load, warmUpSeconds }))
    }
    for (const server of [collector, ...others.values()]) await server.stop()
    return yardsticks.map((kind) => findingOf(kind, ours, theirs.get(kind) ?? []))
  },
}

const words: Readonly<Record<Against, string>> = {
  work: 'against node:http that parses, checks and computes the same MACs, without a disk',
  remembering: 'the same, where node:http too computes P, E and partition once a visitor',
  bare: 'against a bare node:http 204',
}

function findingOf(kind: Against, ours: readonly Loaded[], theirs: readonly Loaded[]): Finding {
  const ratios = ours.map((each, n) => each.requestsPerSecond / (theirs[n]?.requestsPerSecond ?? Number.NaN))
  const [own, other] = [ours, theirs].map((all) => median(all.map(({ requestsPerSecond }) => requestsPerSecond)))
  const ratio = median(ratios)
  const generator = Math.max(...theirs.map(({ busy }) => busy))
  const bar = kind === 'work' ? { bar: `>= ${BAR}`, met: ratio >= BAR } : { bar: 'reported' }
  const limited =
    generator > 0.95 ? `; the generator's core was full (${round(generator * 100)} %), so this is an upper bound` : ''
  return {
    what: words[kind],
    value: `${spelled(ratio, 2)}`,
    ...bar,
    note: `${spelled(own ?? 0)} against ${spelled(other ?? 0)} requests/s, median of ${ours.length}${limited}`,
    numbers: {
      ratio: round(ratio, 3),
      ratios: ratios.map((each) => round(each, 3)),
      collector: ours.map((each) => round(each.requestsPerSecond)),
      yardstick: theirs.map((each) => round(each.requestsPerSecond)),
      collectorBusy: ours.map((each) => round(each.serverBusy, 2)),
      yardstickBusy: theirs.map((each) => round(each.serverBusy, 2)),
      generatorBusy: theirs.map((each) => round(each.busy, 2)),
    },
  }
}
