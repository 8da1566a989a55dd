/** An export of consenting, linked contacts over PostgreSQL or PGlite into a destination that takes everything and keeps nothing. */

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'
import { clickhouseStore } from '../../infra/clickhouse/store.ts'
import { readHouse } from '../../infra/config/house.ts'
import { openPostgres } from '../../infra/distributed/postgres.ts'
import { openChdb } from '../../infra/embedded/chdb.ts'
import { openFileLog } from '../../infra/embedded/file-log/file-log.ts'
import { openPglite } from '../../infra/embedded/pglite.ts'
import { openPersonKeyring } from '../../infra/keys/person-keys.ts'
import { migrate } from '../../infra/migrate.ts'
import type { Destination } from '../../infra/ports/destination.ts'
import { defineStatement } from '../../infra/ports/sql.ts'
import { defineCommand } from '../../infra/ports/store.ts'
import { openLogger } from '../../infra/process/logger.ts'
import { InterestName } from '../../schemas/interest.ts'
import { weekOf } from '../../schemas/week.ts'
import { openAudiences } from '../../services/activation/audiences.ts'
import { openClaims } from '../../services/activation/runs/claims.ts'
import { openExportRuns } from '../../services/activation/runs/export-runs.ts'
import { openRuns } from '../../services/activation/runs/runs.ts'
import { answer, readInput, untilAsked } from './process-input.ts'

const { directory, contacts, postgres } = await readInput(
  z.object({ directory: z.string(), contacts: z.int(), postgres: z.string().optional() }),
)
const BATCH = 1_000
const house = readHouse('services/demo/bauta.yaml')
const config = {
  ...house.config,
  audiences: {
    bench: {
      site: 'demo',
      selection: { attribute: 'country', in: ['DE', 'AT'] },
      segment: { interest: InterestName.parse('energy.solar'), band: 'low' as const },
      destination: 'newsletter',
      fields: ['first_name', 'language'],
      interests: 3,
      minimum: 20,
    },
  },
}
const keyring = await openPersonKeyring({ directory: join(directory, 'keys'), kek: randomBytes(32), clock: Date.now })
const keys = keyring.activation
const store = clickhouseStore(await openChdb(join(directory, 'clickhouse')))
const log = await openFileLog({ path: join(directory, 'log'), partitions: 1 })
const pglite = postgres === undefined ? await openPglite(join(directory, 'sql')) : undefined
const one = pglite?.sql() ?? (await openPostgres({ url: postgres ?? '', password: undefined }))
const sql = { vault: one, links: one, runs: one, control: one }
await migrate({ store, sql })
await fill()

let firstAt = 0
let cpuAtFirst = process.cpuUsage()
let liveBytes = 0
let residentBytes = 0
let gcMs = 0
let gcCpuMs = 0
let taken = 0
const nothing: Destination = {
  name: 'newsletter',
  recipient: 'id',
  batchSize: BATCH,
  check: async () => {},
  async deliver(_, __, { people }) {
    if (firstAt === 0) {
      firstAt = performance.now()
      cpuAtFirst = process.cpuUsage()
    }
    taken += people.length
    // With the whole plan in hand, and nothing that is garbage.
    if (liveBytes === 0) {
      const began = performance.now()
      const before = process.cpuUsage()
      liveBytes = await live()
      residentBytes = process.memoryUsage().rss
      gcMs = performance.now() - began
      gcCpuMs = milliseconds(process.cpuUsage(before))
    }
    return people.map(() => 'accepted' as const)
  },
}

const logger = openLogger({ level: 'error', service: 'activation' })
const deps = { ...sql, store, log, keys, config, interests: house.interests, clock: Date.now, logger }
const destinations = new Map([['newsletter', nothing]])
const [audiences, book] = [openAudiences(deps), openRuns(deps)]
const exports = openExportRuns({ ...deps, destinations, audiences, book, claims: openClaims(book) })
const began = performance.now()
const held = await exports.start('bench', 'bench')
const planned = performance.now()
await exports.approve(held.run, 'bench')
await exports.settled()
const ended = performance.now() - gcMs
const feedCpuMs = milliseconds(process.cpuUsage(cpuAtFirst)) - gcCpuMs
const { state, reason } = await book.get(held.run)
if (state !== 'done' || taken !== contacts) throw new Error(`${taken} of ${contacts} left: ${state}, ${reason}`)
answer({
  planMs: planned - began,
  againMs: firstAt - planned,
  feedMs: ended - firstAt,
  feedCpuMs,
  liveBytes,
  residentBytes,
})
await untilAsked()
await one.close()
await pglite?.close()
await log.close()
await store.close()
process.exit(0)

function milliseconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1_000
}

/** Twice, because what is garbage outside the heap is let go of after the collection that finds it. */
async function live(): Promise<number> {
  if (!globalThis.gc) throw new Error('run with --expose-gc')
  globalThis.gc()
  await pause(50)
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Each contact has agreed to mail and merge and has one device; as many devices again are linked to nobody. */
async function fill() {
  const week = weekOf(Date.now())
  for (const { name, sql: statement } of [
    {
      name: 'profiles',
      sql: `INSERT INTO profiles SELECT 'demo', lower(hex(MD5(toString(number)))), {week: UInt16} + 20, '2026-11', {week: UInt16}, 'DE', 'mobile', 'de'
        FROM numbers({devices: UInt64})`,
    },
    {
      name: 'signals',
      sql: `INSERT INTO signals SELECT 'demo', ['energy.solar', 'garden', 'mobility.e-car', 'home.kitchen'][row % 4 + 1], lower(hex(MD5(toString(number)))),
        {week: UInt16} - intDiv(row, 4), 'rule', 'view', 1 + cityHash64(number, row) % 4
        FROM numbers({devices: UInt64}) ARRAY JOIN range(8) AS row`,
    },
  ])
    await store.command(
      defineCommand({ name: `fill_${name}`, sql: statement, params: z.object({ devices: z.int(), week: z.int() }) }),
      { devices: 2 * contacts, week },
    )

  const at = new Date(Date.now() - 86_400_000).toISOString()
  const page = defineStatement({
    name: 'fill_contacts',
    sql: `INSERT INTO vault.contacts (contact, source, source_id, email, email_key, attributes)
      SELECT c, 'crm', 'n' || n, 'n' || n || '@people.example', 'n' || n || '@people.example',
        '{"country": "DE", "language": "de", "first_name": "Kim"}'::jsonb
      FROM unnest($contacts::uuid[], $numbers::int[]) AS t (c, n)`,
    params: z.object({ contacts: z.array(z.string()), numbers: z.array(z.int()) }),
    row: z.unknown(),
  })
  const entries = defineStatement({
    name: 'fill_entries',
    sql: `INSERT INTO ledger.entries (sequence, contact, kind, purpose, voice, method, at, notice, commitment, hash)
      SELECT 2 * n + each.k, c, 'granted', each.purpose, 'person', 'double_opt_in', $at::timestamptz, 'newsletter-2026-11', '', ''
      FROM unnest($contacts::uuid[], $numbers::int[]) AS t (c, n), (VALUES (1, 'P5'), (2, 'P4')) AS each (k, purpose)`,
    params: page.params.extend({ at: z.string() }),
    row: z.unknown(),
  })
  const links = defineStatement({
    name: 'fill_links',
    sql: `INSERT INTO links.links (id, contact, site, sequence, key_id, sealed)
      SELECT gen_random_uuid(), c, 'demo', 2 * n + 2, $key_id, s FROM unnest($contacts::uuid[], $numbers::int[], $sealed::text[]) AS t (c, n, s)`,
    params: page.params.extend({ key_id: z.string(), sealed: z.array(z.string()) }),
    row: z.unknown(),
  })
  const head = defineStatement({
    name: 'fill_head',
    sql: 'UPDATE ledger.head SET sequence = $sequence::bigint',
    params: z.object({ sequence: z.int() }),
    row: z.unknown(),
  })
  for (let first = 0; first < contacts; first += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, contacts - first) }, (_, n) => first + n)
    const refs = numbers.map(() => randomUUID() as string)
    const sealed = numbers.map((n, at) => {
      const p = createHash('md5').update(String(n)).digest('hex')
      return keys.sealedLink.seal(p, [refs[at] ?? '', String(2 * n + 2)])
    })
    await sql.vault.run(page, { contacts: refs, numbers })
    await sql.vault.run(entries, { contacts: refs, numbers, at })
    await sql.links.run(links, { contacts: refs, numbers, key_id: keys.sealedLink.id, sealed })
  }
  await sql.vault.run(head, { sequence: 2 * contacts })
}
