/** How fast an audience leaves while consent is asked again around each batch, and what a linked device costs in memory. */

import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { MEASURED_CORE, runPinned } from './pinned.ts'
import { type Options, type Row, round, spelled } from './row.ts'

const BYTES = 256
const CONTACTS = 20_000
const FEW = 2_000
const Answer = z.object({ planMs: z.number(), againMs: z.number(), feedMs: z.number(), liveBytes: z.number() })

export const exportFeed: Row = {
  name: 'export into a null destination, embedded engines (PGlite)',
  async measure(options) {
    const many = options.quick ? CONTACTS / 4 : CONTACTS
    const few = await exportOf(options, FEW)
    const all = await exportOf(options, many)
    const [feed, whole] = [all.feedMs, all.againMs + all.feedMs].map((ms) => (many / ms) * 1_000)
    // The same base stands in both, so it goes.
    const bytes = (all.liveBytes - few.liveBytes) / (many - FEW)
    return [
      {
        what: `batches of 1,000, withdrawals read before and after each, ${spelled(many)} contacts`,
        value: `${spelled(feed ?? 0)} contacts/s`,
        bar: 'reported (50,000/s is set for PostgreSQL)',
        note: `${spelled(whole ?? 0)}/s from approval on, which prepares the plan again (${spelled(all.againMs)} ms); the first plan took ${spelled(all.planMs)} ms`,
        numbers: { contacts: many, planMs: round(all.planMs), againMs: round(all.againMs), feedMs: round(all.feedMs) },
      },
      {
        what: 'live memory a linked device over a fixed base, in the middle of the feed',
        value: `${spelled(bytes)} B`,
        bar: `<= ${BYTES} B`,
        met: bytes <= BYTES,
        note: `contact, plan and row included; ${spelled(few.liveBytes / 2 ** 20)} MB with ${spelled(FEW)} contacts, ${spelled(all.liveBytes / 2 ** 20)} MB with ${spelled(many)}`,
        numbers: { bytes: round(bytes), liveBytesOfFew: few.liveBytes, liveBytes: all.liveBytes, few: FEW },
      },
    ]
  },
}

async function exportOf({ directory, say }: Options, contacts: number) {
  say(`${spelled(contacts)} contacts`)
  const own = await mkdtemp(join(directory, 'export-'))
  const input = { directory: own, contacts }
  const nodeOptions = ['--expose-gc']
  const asked = await runPinned('export-process', { core: MEASURED_CORE, input, nodeOptions, how: 'source' })
  return Answer.parse(asked)
}
