/** How fast an audience leaves while consent is asked again around each batch, over PostgreSQL and over PGlite, and what a linked device costs in memory. */

import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { createPostgresDatabase } from '../engines/distributed.ts'
import { absent, foundEngines } from '../engines/found-engines.ts'
import { MEASURED_CORE, runPinned } from './pinned.ts'
import { type Finding, type Options, type Row, round, spelled } from './row.ts'

const BYTES = 256
const CONTACTS_A_SECOND = 50_000
/** Of few, the blocks that packed records begin with are the most. */
const FEW = 20_000
const Answer = z.object({
  planMs: z.number(),
  againMs: z.number(),
  feedMs: z.number(),
  feedCpuMs: z.number(),
  liveBytes: z.number(),
  residentBytes: z.number(),
})
type Answer = z.infer<typeof Answer>

export const exportFeed: Row = {
  name: 'export into a null destination, batches of 1,000, withdrawals read before and after each',
  async measure(options) {
    const [few, many] = options.quick ? [2_000, 10_000] : [FEW, 200_000]
    const embedded = await exportOf(options, few)
    const findings = [feedOf('embedded (PGlite)', few, embedded)]
    const { postgres } = foundEngines()
    if (!postgres) return [...findings, notFound(absent('postgres'))]
    const one = await overPostgres(options, few)
    const all = await overPostgres(options, many)
    return [feedOf(postgres.name, many, all, CONTACTS_A_SECOND), ...findings, memoryOf(few, one, many, all)]
  },
}

function feedOf(
  engine: string,
  contacts: number,
  { planMs, againMs, feedMs, feedCpuMs }: Answer,
  bar?: number,
): Finding {
  const feed = (contacts / feedMs) * 1_000
  const own = (1_000 * feedCpuMs) / contacts
  return {
    what: `${engine}, ${spelled(contacts)} contacts`,
    value: `${spelled(feed)} contacts/s`,
    bar: bar === undefined ? 'reported' : `>= ${spelled(bar)}/s`,
    ...(bar !== undefined && { met: feed >= bar }),
    note: `${spelled(own)} us of processor a contact here, the rest is the database's; the plan takes ${spelled(planMs)} ms, and again ${spelled(againMs)} ms once it is approved: ${spelled((contacts / (againMs + feedMs)) * 1_000)}/s with that`,
    numbers: {
      contacts,
      planMs: round(planMs),
      againMs: round(againMs),
      feedMs: round(feedMs),
      feedCpuMs: round(feedCpuMs),
    },
  }
}

function memoryOf(few: number, one: Answer, many: number, all: Answer): Finding {
  const [live, resident] = [all.liveBytes - one.liveBytes, all.residentBytes - one.residentBytes]
  const bytes = live / (many - few)
  return {
    what: 'live memory a linked device over a fixed base, in the middle of the feed',
    value: `${spelled(bytes)} B`,
    bar: `<= ${BYTES} B`,
    met: bytes <= BYTES,
    note: `contact, device, address hash, interests and fields of the row included; ${spelled(one.liveBytes / 2 ** 20)} MB with ${spelled(few)} contacts, ${spelled(all.liveBytes / 2 ** 20)} MB with ${spelled(many)}; what the process holds (resident) grows by ${spelled(resident / (many - few))} B, pages of the plan that are garbage by then included`,
    numbers: {
      bytes: round(bytes),
      few,
      many,
      liveFew: one.liveBytes,
      live: all.liveBytes,
      residentFew: one.residentBytes,
      resident: all.residentBytes,
    },
  }
}

function notFound(reason: string): Finding {
  return {
    what: 'over PostgreSQL',
    value: 'not measured',
    bar: `>= ${spelled(CONTACTS_A_SECOND)}/s`,
    note: reason,
    numbers: {},
  }
}

async function overPostgres(options: Options, contacts: number): Promise<Answer> {
  const { url, drop } = await createPostgresDatabase()
  return exportOf(options, contacts, url).finally(drop)
}

async function exportOf({ directory, say }: Options, contacts: number, postgres?: string): Promise<Answer> {
  say(`${spelled(contacts)} contacts over ${postgres === undefined ? 'PGlite' : 'PostgreSQL'}`)
  const own = await mkdtemp(join(directory, 'export-'))
  const input = { directory: own, contacts, ...(postgres !== undefined && { postgres }) }
  const nodeOptions = ['--expose-gc']
  const asked = await runPinned('export-process', { core: MEASURED_CORE, input, nodeOptions, how: 'source' })
  return Answer.parse(asked)
}
