/** A small world for tests of activation: keys, log, store and destination by hand, on real databases; all that leaves is written down. */

import { randomUUID } from 'node:crypto'
import pino from 'pino'
import * as z from 'zod'
import type { Destination, Shipment } from '../../infra/ports/destination.ts'
import type { ActivationKeys } from '../../infra/ports/keys.ts'
import type { Log, LogEntry, Position } from '../../infra/ports/log.ts'
import { type Database, defineStatement, type Sql } from '../../infra/ports/sql.ts'
import type { Store } from '../../infra/ports/store.ts'
import type { Batch, Delivery, RunManifest } from '../../schemas/audience.ts'
import { BautaConfig } from '../../schemas/config.ts'
import { ContactRef, ExportId, LinkId, WebPseudonym } from '../../schemas/ids.ts'
import { Interests } from '../../schemas/interest.ts'
import type { LedgerEntry } from '../../schemas/ledger.ts'
import { weekOf } from '../../schemas/week.ts'
import { testMac, testSealing } from './vault.ts'

export const NOW = Date.parse('2026-11-20T03:00:00Z')
export const week = weekOf(NOW)

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
export const contactRef = (n: number) => ContactRef.parse(uuid(n))
export const linkId = (n: number) => LinkId.parse(uuid(n))
export const pseudonym = (n: number) => WebPseudonym.parse(String(n).padStart(32, '0'))
export const idOf = (n: number, destination = 'letter') =>
  ExportId.parse(`x${testMac(`export ${destination}`).mac([contactRef(n)])}`)

export function testActivationKeys(): ActivationKeys {
  return {
    link: { open: async (sealed, aad) => testSealing('hpke').open(sealed, aad) },
    linkRequest: testMac('link-request'),
    sealedLink: testSealing('sealed-link'),
    suppression: testMac('suppression'),
    export: (destination) => testMac(`export ${destination}`),
    fingerprint: testMac('fingerprint'),
  }
}

export const testInterests = Interests.parse({
  halfLifeWeeks: 6,
  bands: { low: 1, medium: 4, high: 16 },
  weights: { view: 1, engaged: 1, search: 2, download: 2, product_view: 2, cart_add: 3 },
  interests: {
    energy: { name: { en: 'Energy' } },
    'energy.solar': { name: { en: 'Solar' } },
    garden: { name: { en: 'Garden' } },
    health: { name: { en: 'Health' }, special: true },
  },
  rules: [],
})

const text = { en: 'I agree that the two are brought together, and what that means stands here.' }
export const testSettings = {
  sites: {
    demo: {
      origins: ['https://site.example'],
      languages: ['en'],
      interests: 'interests.yaml',
      notices: [
        { version: 'banner', purposes: ['P1', 'P2', 'P3'], text },
        { version: 'old-banner', purposes: ['P1', 'P2', 'P3'], retired: true, text },
        { version: 'all', purposes: ['P4', 'P5'], recipients: ['letter', 'esp'], scope: 'existing', text },
        { version: 'later', purposes: ['P4'], recipients: ['letter'], scope: 'from_grant', text },
        { version: 'other', purposes: ['P4'], recipients: ['esp'], scope: 'existing', text },
        { version: 'other-mail', purposes: ['P5'], recipients: ['esp'], text },
      ],
    },
  },
  person: { url: 'https://person.example' },
  mail: { from: 'a@person.example', name: 'A' },
  segments: { solar: { site: 'demo', tree: { interest: 'energy.solar', band: 'medium' } } },
  destinations: {
    letter: {
      kind: 'folder',
      processor: { name: 'L', country: 'DE', agreement: '1' },
      fields: ['first_name'],
      minimum: 20,
    },
    esp: {
      kind: 'folder',
      processor: { name: 'E', country: 'DE', agreement: '2' },
      fields: ['first_name'],
      minimum: 20,
    },
  },
  audiences: {
    'solar-readers': {
      site: 'demo',
      selection: { source: 'crm' },
      segment: { segment: 'solar' },
      destination: 'letter',
      fields: ['first_name'],
      minimum: 20,
    },
  },
}
export const testConfig = (change: object = {}) => BautaConfig.parse({ ...testSettings, ...change })

/** Profiles as the store pages them. */
export interface Visitor {
  readonly p: string
  readonly until?: number
  readonly notice?: string
  /** Of energy.solar, by week. */
  readonly views: Readonly<Record<number, number>>
  readonly interest?: string
}
export const visitor = (n: number, views = 8, more: Partial<Visitor> = {}): Visitor => ({
  p: pseudonym(n),
  views: { [week]: views },
  ...more,
})

export function fakeStore(visitors: readonly Visitor[]): Store {
  const sorted = visitors.toSorted((a, b) => (a.p < b.p ? -1 : 1))
  return {
    async ask(query, params) {
      const { after, limit } = z.object({ after: z.string(), limit: z.int() }).parse(params)
      const page = sorted.filter(({ p }) => p > after).slice(0, limit)
      return page.map(({ p, until = week + 10, notice = 'banner', views, interest = 'energy.solar' }) =>
        query.row.parse({
          pseudonym: p,
          until,
          notice,
          seenWeek: Math.max(...Object.keys(views).map(Number)),
          country: 'DE',
          device: 'mobile',
          language: 'de',
          signals: Object.entries(views).map(([at, n]) => [interest, at, 'view', n]),
        }),
      )
    },
    append: async () => {},
    command: async () => {},
    healthy: async () => {},
    close: async () => {},
  }
}

/** One partition of stops, in memory. */
export function memoryLog(): Log & { readonly entries: LogEntry[]; down: boolean; meanwhile: () => Promise<void> } {
  const entries: LogEntry[] = []
  return {
    entries,
    down: false,
    meanwhile: async () => {},
    partitions: 4,
    append: async (more) => void entries.push(...more),
    consume: () => Promise.reject(new Error('nobody consumes here')),
    async readToEnd(topic, from?: Position) {
      if (this.down) throw new Error('no leader')
      await this.meanwhile()
      const records = entries.filter((each) => each.topic === topic).map(({ record }) => record)
      return { upTo: { 0: records.length }, records: records.slice(from?.[0] ?? 0) as never }
    },
    scan: () => Promise.reject(new Error('nobody scans here')),
    expire: async () => {},
    healthy: async () => {},
    close: async () => {},
  }
}
export const stopOf = (n: number): LogEntry => ({
  topic: 'stops',
  partition: 0,
  record: { site: 'demo', p: pseudonym(n), kind: 'stop', day: '2026-11-20' },
})

export interface Call {
  readonly run: string
  readonly number: number
  readonly batch: Batch
}
type Answer = (call: Call, calls: readonly Call[]) => Delivery | Promise<Delivery>
export const accept: Answer = ({ batch }) => batch.people.map(() => 'accepted')

export interface FakeDestination extends Destination {
  readonly calls: Call[]
  /** Who is there now, by id. */
  readonly holds: Map<string, string>
  readonly manifests: RunManifest[]
  answer: Answer
}

/** Shows its rows at once, or `whole`, as a file at the end. `meanwhile` is what happens while a batch is on its way. */
export function fakeDestination(name: string, { whole = false, batchSize = 20 } = {}): FakeDestination {
  const calls: Call[] = []
  const holds = new Map<string, string>()
  const manifests: RunManifest[] = []
  const parts = new Map<string, Batch>()
  const show = (batch: Batch) => {
    for (const person of batch.people)
      if (batch.op === 'upsert') holds.set(person.id, JSON.stringify(person))
      else holds.delete(person.id)
  }
  const finish = async ({ run }: Shipment, manifest: RunManifest, lastLook: () => Promise<ReadonlySet<string>>) => {
    manifests.push(manifest)
    const ended = await lastLook()
    holds.clear()
    const own = [...parts].filter(([key]) => key.startsWith(run)).map(([, batch]) => batch)
    for (const batch of [...own.filter(({ op }) => op === 'upsert'), ...own.filter(({ op }) => op === 'remove')])
      show(batch)
    for (const id of ended) holds.delete(id)
  }
  return {
    name,
    recipient: 'id',
    batchSize,
    calls,
    holds,
    manifests,
    answer: accept,
    check: async () => {},
    async deliver({ run }, number, batch) {
      const call = { run, number, batch }
      calls.push(call)
      const delivery = await this.answer(call, calls)
      const finished = manifests.some((each) => each.run === run)
      if (whole && !finished) parts.set(`${run} ${number}`, batch)
      else {
        const taken = batch.people.filter((_, n) => delivery !== 'unknown' && delivery[n] === 'accepted')
        show({ op: batch.op, people: taken } as Batch)
      }
      return delivery
    },
    ...(whole ? { finish } : {}),
  }
}

/** Fills and empties the databases of a test, whose ledger has reached `from`. */
export function seeds(sql: Readonly<Record<Database, Sql>>, from = 0) {
  let sequence = from
  const run = <P extends z.ZodObject>(
    name: string,
    statement: string,
    params: P,
    values: z.input<P>,
    on: Database = 'vault',
  ) => sql[on].run(defineStatement({ name, sql: statement, params, row: z.unknown() }), values)

  return {
    async clear() {
      sequence = 0
      const nothing = z.object({})
      const tables = [
        ...['vault.orders', 'vault.suppressions', 'ledger.entries', 'links.requests', 'links.links', 'links.used'],
        ...[
          'links.spoilt',
          'links.former',
          'runs.exceptions',
          'runs.batches',
          'runs.acknowledged',
          'runs.watched',
          'runs.audit',
          'control.audiences',
        ],
        ...['control.segments', 'control.schedules', 'control.audit', 'runs.runs', 'vault.contacts'],
      ]
      await run('clear', `TRUNCATE ${tables.join(', ')} CASCADE`, nothing, {})
      await run('clear_head', "UPDATE ledger.head SET sequence = 0, hash = ''", nothing, {})
    },

    async contact(n: number, more: { attributes?: object; locked?: boolean; source?: string; lists?: string[] } = {}) {
      const { attributes = { first_name: `Ada${n}` }, locked = false, source = 'crm', lists = [] } = more
      await run(
        'seed_contact',
        `INSERT INTO vault.contacts (contact, source, source_id, email, email_key, locked, lists, attributes)
         VALUES ($c::uuid, $source, $c, $email, $email, $locked, $lists::text[], $attributes::text::jsonb)`,
        z.object({
          c: z.string(),
          source: z.string(),
          email: z.string(),
          locked: z.boolean(),
          lists: z.array(z.string()),
          attributes: z.string(),
        }),
        { c: contactRef(n), source, email: `p${n}@example.org`, locked, lists, attributes: JSON.stringify(attributes) },
      )
    },

    async order(n: number, day: string, cents: number, category = 'pv') {
      await run(
        'seed_order',
        `INSERT INTO vault.orders (source, order_id, contact, day, cents, currency, category)
         VALUES ('shop', $id, $c::uuid, $day::date, $cents::bigint, 'EUR', $category)`,
        z.object({ id: z.string(), c: z.string(), day: z.string(), cents: z.int(), category: z.string() }),
        { id: randomUUID(), c: contactRef(n), day, cents, category },
      )
    },

    /** Answers with its sequence. */
    async said(n: number, entry: Partial<LedgerEntry> & Pick<LedgerEntry, 'kind' | 'purpose'>): Promise<number> {
      sequence += 1
      const {
        kind,
        purpose,
        voice = 'person',
        method = 'double_opt_in',
        at = '2026-11-01T12:00:00Z',
        claimedAt = at,
        notice = 'all',
      } = entry
      await run(
        'seed_entry',
        `INSERT INTO ledger.entries (sequence, contact, kind, purpose, voice, method, at, claimed_at, notice, commitment, hash)
         VALUES ($sequence::bigint, $c::uuid, $kind, $purpose, $voice, $method, $at::timestamptz, $claimed_at::timestamptz, $notice, '', '')`,
        z.object({
          sequence: z.int(),
          c: z.string(),
          kind: z.string(),
          purpose: z.string(),
          voice: z.string(),
          method: z.string(),
          at: z.string(),
          claimed_at: z.string(),
          notice: z.string(),
        }),
        { sequence, c: contactRef(n), kind, purpose, voice, method, at, claimed_at: claimedAt, notice },
      )
      await run('seed_head', 'UPDATE ledger.head SET sequence = $n::bigint', z.object({ n: z.int() }), { n: sequence })
      return sequence
    },

    async link(n: number, device: number, bySequence: number, id = linkId(sequence * 1_000 + device)) {
      await run(
        'seed_link',
        `INSERT INTO links.links (id, contact, site, sequence, key_id, sealed)
         VALUES ($id::uuid, $c::uuid, 'demo', $sequence::bigint, 'k', $sealed)`,
        z.object({ id: z.string(), c: z.string(), sequence: z.int(), sealed: z.string() }),
        {
          id,
          c: contactRef(n),
          sequence: bySequence,
          sealed: testActivationKeys().sealedLink.seal(pseudonym(device), [contactRef(n), String(bySequence)]),
        },
        'links',
      )
    },

    /** What others hold, or let rest, is free from now on: leases go by the database's clock, which a test cannot set. */
    async leasesRunOut() {
      await run('leases_run_out', 'UPDATE runs.runs SET lease_until = NULL', z.object({}), {}, 'runs')
    },

    async suppress(n: number, day = '2026-11-20') {
      await run(
        'seed_suppression',
        "INSERT INTO vault.suppressions (hash, reason, since) VALUES ($hash, 'bounced', $day::date)",
        z.object({ hash: z.string(), day: z.string() }),
        { hash: testActivationKeys().suppression.mac([`p${n}@example.org`]), day },
      )
    },

    async lock(n: number) {
      await run(
        'seed_lock',
        'UPDATE vault.contacts SET locked = true WHERE contact = $c::uuid',
        z.object({ c: z.string() }),
        {
          c: contactRef(n),
        },
      )
    },

    /** A contact that agreed to mail and merge, linked to the visitor of its own number. */
    async member(n: number, device = n, notice = 'all') {
      await this.contact(n)
      await this.said(n, { kind: 'granted', purpose: 'P5' })
      await this.link(n, device, await this.said(n, { kind: 'granted', purpose: 'P4', notice }))
    },

    /** Many such, at once. */
    async members(numbers: readonly number[]) {
      const first = sequence
      sequence += 2 * numbers.length
      const every = z.object({ cs: z.array(z.string()), ns: z.array(z.int()), first: z.int() })
      const values = { cs: numbers.map(contactRef), ns: [...numbers], first }
      await run(
        'seed_contacts',
        `INSERT INTO vault.contacts (contact, source, source_id, email, email_key, attributes)
         SELECT c, 'crm', c::text, 'p' || n || '@example.org', 'p' || n || '@example.org', jsonb_build_object('first_name', 'Ada' || n)
         FROM unnest($cs::uuid[], $ns::int[]) each (c, n) WHERE $first::int >= 0`,
        every,
        values,
      )
      await run(
        'seed_entries',
        `INSERT INTO ledger.entries (sequence, contact, kind, purpose, voice, method, at, claimed_at, notice, commitment, hash)
         SELECT $first::int + 2 * (at - 1) + p, c, 'granted', 'P' || (6 - p), 'person', 'double_opt_in', '2026-11-01T12:00:00Z',
           '2026-11-01T11:00:00Z', 'all', '', ''
         FROM unnest($cs::uuid[], $ns::int[]) WITH ORDINALITY each (c, n, at), generate_series(1, 2) p`,
        every,
        values,
      )
      await run('seed_head', 'UPDATE ledger.head SET sequence = $n::bigint', z.object({ n: z.int() }), { n: sequence })
      const by = numbers.map((_, at) => first + 2 * at + 2)
      const { sealedLink } = testActivationKeys()
      await run(
        'seed_links',
        `INSERT INTO links.links (id, contact, site, sequence, key_id, sealed)
         SELECT id, c, 'demo', by, 'k', sealed FROM unnest($ids::uuid[], $cs::uuid[], $by::int[], $sealed::text[]) each (id, c, by, sealed)`,
        z.object({
          ids: z.array(z.string()),
          cs: z.array(z.string()),
          by: z.array(z.int()),
          sealed: z.array(z.string()),
        }),
        {
          ids: numbers.map((n, at) => linkId((by[at] ?? 0) * 1_000 + n)),
          cs: values.cs,
          by,
          sealed: numbers.map((n, at) => sealedLink.seal(pseudonym(n), [contactRef(n), String(by[at])])),
        },
        'links',
      )
    },

    /** All that a table holds, for tests that look at it. */
    async all(table: string): Promise<Record<string, unknown>[]> {
      const select = defineStatement({
        name: 'all',
        sql: `SELECT * FROM ${table} each ORDER BY each::text`,
        params: z.object({}),
        row: z.record(z.string(), z.unknown()),
      })
      return sql.vault.run(select, {})
    },
  }
}
export type Seeds = ReturnType<typeof seeds>

export const quiet = pino({ level: 'silent' })
export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)
