/**
 * `npm run bench`: measures each row of the numbers to reach, prints a table, and keeps it in docs/bench.json and docs/bench.md.
 * `-- --rows 1,2` measures some and keeps the others as they stand; `-- --quick` only shows that it works, and keeps nothing.
 */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { batches } from './batches.ts'
import { cost } from './cost.ts'
import { demoReady } from './demo-ready.ts'
import { estimate } from './estimate.ts'
import { exportFeed } from './export-feed.ts'
import { freshness } from './freshness.ts'
import { type Kept, keep, tableOf } from './keep.ts'
import { latency } from './latency.ts'
import { describeMachine } from './machine.ts'
import { overload } from './overload.ts'
import type { Row } from './row.ts'
import { singlePosts } from './single-posts.ts'
import { snippet } from './snippet.ts'

const rows: Readonly<Record<string, Row>> = {
  1: singlePosts,
  2: batches,
  3: latency,
  4: freshness,
  5: estimate,
  6: exportFeed,
  7: snippet,
  8: demoReady,
  9: overload,
  10: cost,
}

const { values } = parseArgs({
  options: { rows: { type: 'string' }, quick: { type: 'boolean', default: false }, directory: { type: 'string' } },
})
const say = (line: string) => void process.stderr.write(`${line}\n`)
const wanted = values.rows?.split(',') ?? Object.keys(rows)
const unknown = wanted.filter((number) => !rows[number])
if (unknown.length > 0) {
  say(`there is no row ${unknown.join(', ')}; there are ${Object.keys(rows).join(', ')}`)
  process.exit(2)
}

const directory = await mkdtemp(join(values.directory ?? tmpdir(), 'bauta-bench-'))
const machine = describeMachine(directory)
const measured: Record<string, Kept> = {}
try {
  for (const number of wanted) {
    const row = rows[number]
    if (!row) continue
    say(`${number} ${row.name}`)
    const options = { quick: values.quick, directory, say: (line: string) => say(`  ${line}`) }
    const at = new Date().toISOString().slice(0, 16)
    try {
      measured[number] = { name: row.name, at, machine, findings: await row.measure(options) }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      say(`  not measured: ${error instanceof Error ? error.stack : reason}`)
      measured[number] = { name: row.name, at, machine, findings: [], failed: reason }
    }
    // After each row, so that whoever loses patience loses only the rest.
    if (!values.quick) await keep(measured)
  }
} finally {
  await rm(directory, { recursive: true, force: true })
}
process.stdout.write(`${tableOf(measured)}\n`)
say(values.quick ? 'quick: nothing was kept' : 'kept in docs/bench.json and docs/bench.md')
process.exit(Object.values(measured).some(({ failed }) => failed !== undefined) ? 1 : 0)
