/** How long an estimate of three conditions takes over a million and ten million profiles on one thread, beside the same count over the tables. */

import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { BOTH_CORES, MEASURED_CORE, runPinned } from './pinned.ts'
import { type Finding, median, type Options, type Row, round, spelled } from './row.ts'

const sizes = [
  { profiles: 1_000_000, bar: 50 },
  { profiles: 10_000_000, bar: 150 },
] as const
const TIMES = 15
const Filled = z.object({ fillSeconds: z.number(), takeSeconds: z.number(), bytes: z.number() })
const Asked = z.object({ snapshot: z.array(z.number()), tables: z.array(z.number()), estimate: z.int() })

export const estimate: Row = {
  name: 'segment estimate from the snapshot, 3 conditions, one thread',
  async measure(options) {
    const findings: Finding[] = []
    for (const { profiles, bar } of options.quick ? [{ profiles: 50_000, bar: 50 }] : sizes)
      findings.push(await estimateOver(options, profiles, bar))
    return findings
  },
}

async function estimateOver({ directory, say }: Options, profiles: number, bar: number): Promise<Finding> {
  const own = await mkdtemp(join(directory, 'estimate-'))
  const run = (step: 'fill' | 'ask', core: typeof MEASURED_CORE | typeof BOTH_CORES) =>
    runPinned('estimate-process', { core, input: { directory: own, profiles, step, times: TIMES }, how: 'source' })
  say(`${spelled(profiles)} profiles are made up, and a snapshot is taken`)
  const { fillSeconds, takeSeconds, bytes } = Filled.parse(await run('fill', BOTH_CORES))
  evict(own)
  say('asked')
  const { snapshot, tables, estimate: found } = Asked.parse(await run('ask', MEASURED_CORE))
  rmSync(own, { recursive: true })
  const [cold = 0, ...warm] = snapshot
  const [, ...counted] = tables
  const ratio = median(counted) / median(warm)
  return {
    what: `${spelled(profiles)} profiles`,
    value: `${spelled(median(warm))} ms`,
    bar: `<= ${bar} ms`,
    met: median(warm) <= bar,
    note: `median of ${warm.length}, longest ${spelled(Math.max(...warm))} ms; cold, with nothing in memory, ${spelled(cold)} ms; the same count over the tables takes ${spelled(median(counted))} ms, ${spelled(ratio)} times as long; about ${spelled(found)} members of ${spelled(profiles * 8)} signals; the snapshot took ${spelled(takeSeconds)} s on two cores and ${spelled(bytes / 2 ** 20)} MB`,
    numbers: {
      profiles,
      warm: warm.map((each) => round(each, 1)),
      cold: round(cold, 1),
      tables: tables.map((each) => round(each)),
      fillSeconds: round(fillSeconds, 1),
      takeSeconds: round(takeSeconds, 1),
      bytes,
    },
  }
}

/** Out of the machine's own cache, file by file, so that nobody else's is emptied. */
function evict(directory: string): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true }))
    if (entry.isFile())
      execFileSync('dd', [`if=${join(entry.parentPath, entry.name)}`, 'iflag=nocache', 'count=0', 'status=none'])
}
