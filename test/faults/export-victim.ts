/**
 * The process that the export test kills: `export-victim JSON`. It exports one audience over a real database into a real destination, and
 * before its n-th effect says on stdout what that was to be, and kills itself. Two people withdraw while the first batch leaves.
 */

import { writeSync } from 'node:fs'
import * as z from 'zod'
import { folderDestination } from '../../infra/destinations/folder/folder.ts'
import { listmonkDestination } from '../../infra/destinations/listmonk/listmonk.ts'
import { openPostgres } from '../../infra/distributed/postgres.ts'
import { openPglite } from '../../infra/embedded/pglite.ts'
import type { Destination } from '../../infra/ports/destination.ts'
import { defineStatement, type Sql, type SqlSession } from '../../infra/ports/sql.ts'
import { negativesSince } from '../../services/activation/queries/contacts.ts'
import { fakeStore, seeds, visitor } from '../fakes/activation.ts'
import { approve, call, openWorld, start } from '../fakes/activation-run.ts'

const Given = z.object({
  engine: z.union([z.object({ postgres: z.string() }), z.object({ pglite: z.string() })]),
  destination: z.union([z.object({ folder: z.string() }), z.object({ listmonk: z.string() })]),
  people: z.array(z.int()),
  withdrawing: z.array(z.int()),
  /** Before which effect it dies; 0 for one that lives. */
  dieAt: z.int(),
  /** Empties the database and fills it. */
  fresh: z.boolean(),
  /** Without asking again whether people may still leave: the broken build. */
  careless: z.boolean(),
})
const given = Given.parse(JSON.parse(process.argv[2] ?? ''))
const say = (text: string) => writeSync(1, `${text}\n`)
const BATCH = 8

const engine = await openDatabase()
const sql = { vault: engine, links: engine, runs: engine, control: engine }
const seed = seeds(sql)
if (given.fresh) {
  await seed.clear()
  await seed.members(given.people)
}

const effects: string[] = []
function effect(what: string): void {
  effects.push(what)
  if (effects.length !== given.dieAt) return
  say(what)
  process.kill(process.pid, 'SIGKILL')
}

const mortal = mortalSql(engine)
const world = await openWorld(sql, {
  deps: {
    ...{ vault: careful(mortal), links: mortal, runs: mortal, control: mortal },
    store: fakeStore(given.people.map((n) => visitor(n))),
    destinations: new Map([['letter', mortalDestination(openDestination())]]),
  },
})
await seed.leasesRunOut()
await settle()
say(`done ${effects.join(',')}`)
await engine.close()
process.exit(0)

async function openDatabase(): Promise<Sql> {
  if ('postgres' in given.engine) return openPostgres({ url: given.engine.postgres, password: undefined })
  const pglite = await openPglite(given.engine.pglite)
  return { ...pglite.sql(), close: () => pglite.close() }
}

function openDestination(): Destination {
  const { destination } = given
  if ('folder' in destination)
    return folderDestination({ name: 'letter', root: destination.folder, recipient: 'id', fields: ['first_name'] })
  const access = { url: destination.listmonk, user: 'api', token: 'secret' }
  return listmonkDestination({ name: 'letter', list: 1, ...access })
}

/** Dies before a write, within a transaction, and before its end. */
function mortalSql(real: Sql): Sql {
  const writes = /^\s*(insert|update|delete)/i
  const mortalSession = (session: SqlSession, written: string[] = []): SqlSession => ({
    run(statement, params) {
      if (writes.test(statement.sql)) {
        // The same statement at another point of a batch's life is another effect.
        const { state } = params as { state?: unknown }
        const what = typeof state === 'string' ? `${statement.name} ${state}` : statement.name
        written.push(what)
        effect(what)
      }
      return session.run(statement, params)
    },
  })
  return {
    ...real,
    ...mortalSession(real),
    transaction: (work) =>
      real.transaction(async (session) => {
        const written: string[] = []
        const result = await work(mortalSession(session, written))
        // By what it writes after it has renewed its lease.
        effect(`commit ${written[1] ?? written[0] ?? ''}`.trim())
        return result
      }),
  }
}

function mortalDestination(real: Destination): Destination {
  const { finish } = real
  return {
    ...real,
    batchSize: BATCH,
    async deliver(shipment, number, batch) {
      effect(`deliver ${number}`)
      if (number === 1) await withdraw()
      const delivery = await real.deliver(shipment, number, batch)
      effect(`receipt ${number}`)
      return delivery
    },
    ...(finish && {
      async finish(...of: Parameters<typeof finish>) {
        effect('finish')
        await finish(...of)
        effect('finished')
      },
    }),
  }
}

/** Once, whichever process is the one that delivers. */
async function withdraw(): Promise<void> {
  const none = z.object({})
  const row = z.object({ n: z.coerce.number() })
  const [withdrawn] = await engine.run(
    defineStatement({
      name: 'withdrawn',
      sql: "SELECT count(*) AS n FROM ledger.entries WHERE kind = 'withdrawn'",
      params: none,
      row,
    }),
    {},
  )
  if (withdrawn && withdrawn.n > 0) return
  const [head] = await engine.run(
    defineStatement({ name: 'head', sql: 'SELECT sequence AS n FROM ledger.head', params: none, row }),
    {},
  )
  const later = seeds(sql, head?.n ?? 0)
  for (const n of given.withdrawing) await later.said(n, { kind: 'withdrawn', purpose: 'P4' })
}

/** The broken build does not hear of what ended meanwhile. */
function careful(vault: Sql): Sql {
  if (!given.careless) return vault
  return {
    ...vault,
    run: async (statement, params) => (statement.name === negativesSince.name ? [] : vault.run(statement, params)),
  }
}

/** Does what a person or the next minutes do, until the run is over. */
async function settle(): Promise<void> {
  const States = z.array(z.object({ run: z.string(), state: z.string() }))
  for (let turn = 0; turn < 12; turn += 1) {
    await world.activation.tick()
    await world.activation.settled()
    const [run] = States.parse((await call(world, 'GET', '/runs')).body)
    if (!run) await start(world)
    else if (run.state === 'held') await approve(world, run.run)
    else if (run.state === 'failed') await call(world, 'POST', `/runs/${run.run}/retry`)
    else if (run.state === 'done') return world.activation.tick()
    await world.activation.settled()
    await seed.leasesRunOut()
  }
  throw new Error('the run does not end')
}
