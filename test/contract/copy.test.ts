/** What moves to other engines is all there, exports the same bytes, and what moved twice is refused. Over each target there is. */

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { clickhouseStore } from '../../infra/clickhouse/store.ts'
import { type CopiedEngines, copyEngines } from '../../infra/copy/copy-engines.ts'
import { countStore } from '../../infra/copy/copy-store.ts'
import { refuseHalfCopied } from '../../infra/copy/half-copied.ts'
import { openClickhouse } from '../../infra/distributed/clickhouse.ts'
import { openKafkaLog } from '../../infra/distributed/kafka/kafka-log.ts'
import { openFileLog } from '../../infra/embedded/file-log/file-log.ts'
import { openMemoryCache } from '../../infra/embedded/memory-cache.ts'
import type { Engines } from '../../infra/engines.ts'
import { migrateStore } from '../../infra/migrate.ts'
import { defineStatement } from '../../infra/ports/sql.ts'
import { closeAll } from '../../infra/process/close-all.ts'
import type { Settings } from '../../infra/process/environment.ts'
import { openLogger } from '../../infra/process/logger.ts'
import { weekOf } from '../../schemas/week.ts'
import { foldedTable } from '../../services/profiles/queries/fold.ts'
import { seenPage } from '../../services/profiles/queries/seen-page.ts'
import { openInstance } from '../../services/standalone.ts'
import { startClickhouse } from '../engines/clickhouse.ts'
import { openClickhouseStore, openPostgresSql } from '../engines/distributed.ts'
import { openEmbeddedSql } from '../engines/embedded.ts'
import { absent, foundEngines } from '../engines/found-engines.ts'
import { deleteTopics, quick, testKafka } from '../fakes/kafka.ts'
import { enrol, inviteMembers, type Member, prefer, visitorOf } from '../privacy/members.ts'
import { type Exported, openScene, type Scene } from '../privacy/scenario.ts'

interface Target {
  readonly name: string
  readonly skip: boolean
  open(): Promise<CopiedEngines & { close(): Promise<void> }>
}

const found = foundEngines()
const missing = (['kafka', 'postgres', 'clickhouse'] as const).filter((kind) => !found[kind])

const targets: Target[] = [
  {
    name: 'files, PGlite and chdb behind HTTP',
    skip: false,
    async open() {
      const path = await mkdtemp(join(tmpdir(), 'bauta-copy-'))
      const sql = await openEmbeddedSql()
      // A store in a process of its own, as one process holds one.
      const engine = await startClickhouse()
      const config = { url: engine.url, username: 'default', password: '', database: 'default', cluster: undefined }
      const store = clickhouseStore(openClickhouse(config))
      await migrateStore(store)
      const log = await openFileLog({ path, partitions: 3, lingerMs: 5, retryMs: 1 })
      const close = () =>
        closeAll([
          () => rm(path, { recursive: true }),
          () => engine.stop(),
          () => sql.close(),
          () => store.close(),
          () => log.close(),
        ])
      return { sql, store, log, close }
    },
  },
  {
    name:
      missing.length > 0
        ? `engines across the network (skipped: ${missing.map(absent).join('; ')})`
        : `${found.kafka?.name}, ${found.postgres?.name} and ${found.clickhouse?.name}`,
    skip: missing.length > 0,
    async open() {
      const config = testKafka(found.kafka?.url ?? '')
      const [sql, store, log] = [
        await openPostgresSql(),
        await openClickhouseStore(),
        await openKafkaLog(config, quick),
      ]
      const close = () =>
        closeAll([() => deleteTopics(config), () => sql.close(), () => store.close(), () => log.close()])
      return { sql, store, log, close }
    },
  },
]

const LEFT_BEHIND = `folded_${'a'.repeat(32)}`
const today = new Date().toISOString().slice(0, 10)

let scene: Scene
let members: Member[]
let before: string
/** Of one who ended before the move. */
let gone: Member
beforeAll(async () => {
  scene = await openScene()
  members = await inviteMembers(scene, 24)
  await enrol(scene, members)
  gone = members[23] as Member
  await gone.visitor.consent([])
  await prefer(scene, members[22] as Member, 'no_merge').catch(() => {})
  for (let n = 100; n < 110; n += 1) {
    const stranger = visitorOf(scene, n)
    await stranger.consent(['P1', 'P2', 'P3'])
    await stranger.read(n % 2 ? '/solar/roof' : '/garden/pond', 3)
  }
  await scene.instance.caughtUp()
  // The scene's days are over, and what they brought is forgotten; this one was taken today.
  const taken = { topic: 'events', partition: 0, id: '77', first: 5, day: today }
  await scene.engines.store.append('seen', [taken], 'test:seen')
  // What a fold leaves that is killed before its quarter is in place.
  const folded = foldedTable(LEFT_BEHIND)
  await scene.engines.store.command(folded.create, {})
  await scene.engines.store.command(folded.fill, { quarter: Math.floor(weekOf(scene.now()) / 13) })
  before = whatLeft(await scene.exportAudience('solar-file'))
})
afterAll(() => scene.close())

/** A run's name is drawn at random by whoever starts it, from nothing; all else is compared byte by byte. */
const whatLeft = ({ run, state, csv, manifest }: Exported): string =>
  JSON.stringify({ state, csv, manifest }).replaceAll(run, 'RUN')

function openOn(target: CopiedEngines, settings: Settings) {
  const engines: Engines = { ...target, cache: openMemoryCache(), edge: undefined, close: async () => {} }
  return openInstance(settings, {
    clock: scene.now,
    log: openLogger({ level: 'silent', service: 'test' }),
    listeners: () => ({}),
    serving: false,
    openEngines: async () => engines,
  })
}

describe.each(targets)('a copy to $name', ({ open, skip }) => {
  let target: Awaited<ReturnType<typeof open>>
  let copied: Awaited<ReturnType<typeof copyEngines>>
  beforeAll(async () => {
    if (skip) return
    target = await open()
    copied = await copyEngines({ from: scene.engines, to: target })
  })
  afterAll(() => target?.close())

  test.skipIf(skip)('brings contacts, consents, links, signals and stops', async () => {
    const rows = Object.fromEntries(copied.map(({ table, rows }) => [table, rows]))
    expect(rows).toMatchObject({
      'vault.contacts': 24,
      'links.links': expect.any(Number),
      stops: 1,
      profiles: expect.any(Number),
    })
    for (const table of [
      'ledger.entries',
      'links.links',
      'runs.audit',
      'signals',
      'profiles',
      'events',
      'seen',
      'device_consents',
    ])
      expect(rows[table], table).toBeGreaterThan(0)
    expect(rows[LEFT_BEHIND]).toBeUndefined()
    await refuseHalfCopied(target.sql.control)
  })

  test.skipIf(skip)('knows in every partition which ids were taken before', async () => {
    for (const partition of [0, 2]) {
      const question = {
        topic: 'events',
        partition,
        before: 0,
        since: today,
        after: 0,
        afterId: '' as const,
        limit: 10,
      }
      expect(await target.store.ask(seenPage, question)).toMatchObject([{ id: '000000000000004d', day: today }])
    }
  })

  test.skipIf(skip)('is refused where something is already, and leaves it as it is', async () => {
    await expect(copyEngines({ from: scene.engines, to: target })).rejects.toMatchObject({ code: 'conflict' })
  })

  test.skipIf(skip)('exports the same bytes as before', async () => {
    expect(before.match(/x[0-9a-f]{32}/g)?.length).toBeGreaterThan(20)
    const dataDir = await mkdtemp(join(tmpdir(), 'bauta-moved-'))
    const instance = await openOn(target, { ...scene.settings, dataDir })
    try {
      const ask = async (method: string, path: string, body?: unknown) => {
        const headers = { authorization: `Bearer ${instance.localToken}`, 'content-type': 'application/json' }
        const sent = body === undefined ? {} : { body: JSON.stringify(body) }
        const answer = await instance.admin.fetch(
          new Request(`http://house.example/api/v1${path}`, { method, headers, ...sent }),
        )
        return (await answer.json()) as { run: string; state: string; waterfall: Record<string, number> }
      }
      await instance.caughtUp()
      const { run } = await ask('POST', '/runs', { audience: 'solar-file' })
      let state = ''
      while (!['done', 'partly_done', 'failed', 'recalled'].includes(state)) {
        await pause(20)
        state = (await ask('GET', `/runs/${run}`)).state
        if (state === 'held') await ask('POST', `/runs/${run}/approve`)
      }
      const read = (ending: string) => readFile(join(dataDir, 'exports', 'solar-file', `${run}${ending}`), 'utf8')
      const after = { run, state, waterfall: {}, csv: await read('.csv'), manifest: await read('.json') }
      expect(whatLeft(after)).toBe(before)
    } finally {
      await instance.close()
      await rm(dataDir, { recursive: true })
    }
  })
})

test('where only a database holds something, nothing is copied at all', async () => {
  const target = await (targets[0] as Target).open()
  try {
    const used = defineStatement({
      name: 'used',
      sql: "INSERT INTO links.used (nonce, day) VALUES ('n', '2026-11-20')",
      params: z.object({}),
      row: z.unknown(),
    })
    await target.sql.links.run(used, {})
    await expect(copyEngines({ from: scene.engines, to: target })).rejects.toThrow(/links\.used holds something/)
    expect(await countStore(target.store)).toBe(0)
  } finally {
    await target.close()
  }
})

test('control: a row that is lost on the way is told, and nothing starts on what arrived until the target was emptied', async () => {
  const target = await (targets[0] as Target).open()
  try {
    const { append } = target.store
    const losing: typeof append = (table, rows, token) =>
      append(table, table === 'signals' ? rows.slice(1) : rows, token)
    const to = { ...target, store: { ...target.store, append: losing } }
    await expect(copyEngines({ from: scene.engines, to })).rejects.toThrow(/signals has \d+ rows here/)
    const settings = { ...scene.settings, engines: 'distributed' } as const
    await expect(openOn(target, settings)).rejects.toThrow(/nothing may run on half of it/)
  } finally {
    await target.close()
  }
})
