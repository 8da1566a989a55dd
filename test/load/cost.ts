/** What a million events cost: processor seconds of collector, log and loader together, and bytes on disk, at prices that are named. */

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { loadServer, startServer, visitorsOf } from './load.ts'
import { type Row, round, spelled } from './row.ts'

/** Rented by the hour and the month, without discounts: what a virtual core and a gigabyte of SSD cost at the usual hosts in 2026, in euros. */
const CORE_HOUR = 0.04
const GIGABYTE_MONTH = 0.1
const BATCH = 10

export const cost: Row = {
  name: 'cost of a million events, one embedded process',
  async measure({ directory, quick, say }) {
    const server = await startServer('web-side-process', directory, {}, 'source')
    const { membersPort, directory: own } = z
      .object({ membersPort: z.int(), directory: z.string() })
      .parse(server.answer)
    const visitors = await visitorsOf(server)
    const sizes = async () => ({ ...(await settled(membersPort)), log: bytesIn(join(own, 'log')) })
    const before = await sizes()
    const secondsBefore = server.processorSeconds()
    say('events, and until all of them are in the profiles')
    // So long that what the night costs anyway counts for little.
    const seconds = quick ? 1 : 30
    const load = {
      kind: 'closed',
      connections: 8,
      seconds,
      warmUpSeconds: 0,
      eventsPerRequest: BATCH,
      freshIds: true,
      visitors,
    } as const
    const { answered } = await loadServer(server, load)
    const after = await sizes()
    const events = after.events - before.events
    // Requests that the end cut off may have brought more.
    if (events < answered * BATCH)
      throw new Error(`${answered * BATCH} events were accepted, ${events} are in the store`)
    const spent = server.processorSeconds() - secondsBefore
    await server.stop()
    const million = 1_000_000 / events
    const [log, store] = [(after.log - before.log) * million, (after.bytes - before.bytes) * million]
    const processor = spent * million
    const euros = { processor: (processor / 3_600) * CORE_HOUR, month: (store / 1e9) * GIGABYTE_MONTH }
    return [
      {
        what: 'processor, log and store',
        value: `${spelled(processor)} s, ${spelled(log / 1e6)} + ${spelled(store / 1e6)} MB`,
        bar: 'reported',
        note: `${spelled(euros.processor, 4)} EUR for the processor and ${spelled(euros.month, 4)} EUR a month for the store, at ${CORE_HOUR} EUR a core and hour and ${GIGABYTE_MONTH} EUR a GB and month; ${spelled(events)} events, ${BATCH} a request, of visitors who agreed to all; the log keeps its part for 48 hours, the store is as the night leaves it; without machines that stand by, replicas, network and people`,
        numbers: { events, processorSeconds: round(processor, 1), logBytes: round(log), storeBytes: round(store) },
      },
    ]
  },
}

/** Of the store when all is in it and merged. */
async function settled(port: number) {
  const answer = await fetch(`http://127.0.0.1:${port}/settled`)
  return z.object({ bytes: z.number(), events: z.int() }).parse(await answer.json())
}

function bytesIn(directory: string): number {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.reduce((sum, { parentPath, name }) => sum + sizeOf(join(parentPath, name)), 0)
}

/** A part may be merged away while one looks. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
