/** Starts servers and loads them, for the rows that ask how fast the door is. */

import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { type BenchVisitor, consentAll } from './bench-visitors.ts'
import type { Load, LoadResult } from './generator-process.ts'
import { MEASURED_CORE, MEASURING_CORE, type Pinned, runPinned, startPinned } from './pinned.ts'

/** As docker-compose.yml starts a collector. */
const AS_IN_PRODUCTION = ['--max-semi-space-size=16']

export interface Server extends Pinned {
  readonly port: number
  readonly url: string
}

export async function startServer(
  script: string,
  directory: string,
  input: Readonly<Record<string, unknown>> = {},
  how: 'bundle' | 'source' = 'bundle',
): Promise<Server> {
  const own = await mkdtemp(join(directory, `${script}-`))
  const pinned = await startPinned(script, {
    core: MEASURED_CORE,
    input: { directory: own, ...input },
    how,
    nodeOptions: script === 'collector-process' ? AS_IN_PRODUCTION : [],
  })
  const { port } = z.object({ port: z.int() }).parse(pinned.answer)
  return { ...pinned, port, url: `http://127.0.0.1:${port}` }
}

export interface Loaded extends LoadResult {
  /** Share of its core that the server used, all of its threads together. */
  readonly serverBusy: number
}

export async function loadServer(server: Server, load: Omit<Load, 'port'>): Promise<Loaded> {
  const before = server.processorSeconds()
  const input = { ...load, port: server.port } satisfies Load
  const result = (await runPinned('generator-process', { core: MEASURING_CORE, input: input })) as LoadResult
  const total = load.seconds + load.warmUpSeconds
  if (result.otherwise > result.answered / 1_000)
    throw new Error(`${result.otherwise} requests were not answered as they should be, ${result.answered} were`)
  return { ...result, serverBusy: Math.min(1, (server.processorSeconds() - before) / total) }
}

/** So many that none of them meets the limit of requests that a visitor may make. */
const VISITORS = 5_000

export async function visitorsOf(server: Server): Promise<BenchVisitor[]> {
  return consentAll(server.url, VISITORS)
}

export const CONNECTIONS = 256
