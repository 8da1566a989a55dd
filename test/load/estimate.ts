/** How long an estimate of three conditions takes over a million and ten million profiles on one thread, beside the same count over the tables. */

import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { BOTH_CORES, MEASURED_CORE, startPinned } from './pinned.ts'
import { type Finding, median, type Options, type Row, round, spelled } from './row.ts'

const sizes = [
  { profiles: 1_000_000, bar: 50, times: { snapshot: 15, tables: 3 } },
  // Over the tables it is only asked to see that both say the same.
  { profiles: 10_000_000, bar: 150, times: { snapshot: 15, tables: 1 } },
] as const
const small = { ...sizes[0], profiles: 50_000 }
const Filled = z.object({ seconds: z.number(), signals: z.number() })
const Taken = z.object({ seconds: z.number(), bytes: z.number() })
const Asked = z.object({ snapshot: z.array(z.number()), tables: z.array(z.number()), estimate: z.int() })

export const estimate: Row = {
  name: 'segment estimate from the snapshot, 3 conditions, one thread',
  async measure(options) {
    const findings: Finding[] = []
    for (const size of options.quick ? [small] : sizes) findings.push(await estimateOver(options, size))
    return findings
  },
}

type Size = Omit<(typeof sizes)[number], 'profiles'> & { readonly profiles: number }

async function estimateOver({ directory, say }: Options, { profiles, bar, times }: Size): Promise<Finding> {
  const own = await mkdtemp(join(directory, 'estimate-'))
  const start = (step: 'fill' | 'take' | 'ask', core: typeof MEASURED_CORE | typeof BOTH_CORES) =>
    startPinned('estimate-process', { core, input: { directory: own, profiles, step, times }, how: 'source' })
  say(`${spelled(profiles)} profiles are made up`)
  const filling = await start('fill', BOTH_CORES)
  const filled = Filled.parse(filling.answer)
  await filling.stop()
  say('a snapshot is taken')
  const taking = await start('take', BOTH_CORES)
  const taken = { ...Taken.parse(taking.answer), memory: taking.memory().peak }
  await taking.stop()
  evict(own)
  say('asked')
  const asking = await start('ask', MEASURED_CORE)
  const { snapshot, tables, estimate: found } = Asked.parse(asking.answer)
  await asking.stop()
  rmSync(own, { recursive: true })
  const [cold = 0, ...warm] = snapshot
  const ratio = median(tables) / median(warm)
  return {
    what: `${spelled(profiles)} profiles`,
    value: `${spelled(median(warm))} ms`,
    bar: `<= ${bar} ms`,
    met: median(warm) <= bar,
    note: `median of ${warm.length}, longest ${spelled(Math.max(...warm))} ms; cold, with nothing in memory, ${spelled(cold)} ms; the same count over the tables takes ${spelled(median(tables))} ms, ${spelled(ratio)} times as long; about ${spelled(found)} members, ${spelled(filled.signals)} signals; the snapshot took ${spelled(taken.seconds)} s on two cores, ${spelled(taken.memory / 2 ** 20)} MB of memory at most and ${spelled(taken.bytes / 2 ** 20)} MB on disk`,
    numbers: {
      profiles,
      signals: filled.signals,
      warm: warm.map((each) => round(each, 1)),
      cold: round(cold, 1),
      tables: tables.map((each) => round(each)),
      fillSeconds: round(filled.seconds, 1),
      takeSeconds: round(taken.seconds, 1),
      takeMemory: taken.memory,
      bytes: taken.bytes,
    },
  }
}

/** Out of the machine's own cache, file by file, so that nobody else's is emptied. */
function evict(directory: string): void {
  // What is not on disk yet stays in it.
  execFileSync('sync', ['--file-system', directory])
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true }))
    if (entry.isFile())
      execFileSync('dd', [`if=${join(entry.parentPath, entry.name)}`, 'iflag=nocache', 'count=0', 'status=none'])
}
