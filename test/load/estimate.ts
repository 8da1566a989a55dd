/** How long an estimate of three conditions takes over a million profiles on one thread. */

import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { MEASURED_CORE, runPinned } from './pinned.ts'
import { median, type Row, round, spelled } from './row.ts'

const BAR_MS = 50
const PROFILES = 1_000_000
const Answer = z.object({ fillSeconds: z.number(), ms: z.array(z.number()), estimate: z.int() })

export const estimate: Row = {
  name: 'segment estimate, 3 conditions, one thread',
  async measure({ directory, quick, say }) {
    const profiles = quick ? PROFILES / 20 : PROFILES
    say(`${spelled(profiles)} profiles`)
    const own = await mkdtemp(join(directory, 'estimate-'))
    const input = { directory: own, profiles, times: 7 }
    const asked = await runPinned('estimate-process', { core: MEASURED_CORE, input, how: 'source' })
    const { fillSeconds, ms, estimate: found } = Answer.parse(asked)
    const [first = 0, ...rest] = ms
    return [
      {
        what: `${spelled(profiles)} profiles, over the tables as they are`,
        value: `${spelled(median(rest))} ms`,
        bar: `${BAR_MS} ms, set for a weekly snapshot that does not exist yet`,
        note: `median of ${rest.length}, the first ${spelled(first)} ms; ${spelled(profiles * 8)} signals, about ${spelled(found)} members; 10 M profiles are left out: filling them takes longer than all the rest`,
        numbers: { profiles, ms: ms.map((each) => round(each)), fillSeconds: round(fillSeconds, 1), estimate: found },
      },
    ]
  },
}
