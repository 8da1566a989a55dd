/** On a real server each service may ask what it asks, and nothing else: every statement of it, and hundreds that it has no business with. */

import { Client, DatabaseError } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { markHalfCopied, refuseHalfCopied, unmarkHalfCopied } from '../../infra/copy/half-copied.ts'
import { openPostgres } from '../../infra/distributed/postgres.ts'
import { migrateDatabases, refusePending } from '../../infra/migrate.ts'
import type { Sql } from '../../infra/ports/sql.ts'
import { partsOf } from '../../infra/process/service.ts'
import { applyGrants, grantees, roleOf } from '../../infra/sql/grants.ts'
import { compileStatement } from '../../infra/sql/statement.ts'
import { createPostgresDatabase, type TestDatabase } from '../engines/distributed.ts'
import { oneForAll } from '../engines/embedded.ts'
import { absent, foundEngines } from '../engines/found-engines.ts'
import { type Rights, refusedColumns, refusedToAll, rights } from './rights.ts'
import { type AnyStatement, type Grantee, statementsOf } from './statements-of.ts'

const { postgres } = foundEngines()
if (!postgres) test.skip(absent('postgres'), () => {})

const password = 'a-password-of-this-test'
const services: Grantee[] = [...grantees]
/** What a service's modules define and another's process asks: the audit is read beside activation. */
const askedElsewhere = new Set(['control_audit_page'])

describe.runIf(postgres)(`roles on ${postgres?.name}`, () => {
  let database: TestDatabase
  let sql: Sql
  let owner: Client
  const clients = {} as Record<Grantee, Client>
  const passwords = Object.fromEntries(services.map((service) => [service, password]))

  async function connect(user?: string): Promise<Client> {
    const url = new URL(database.url)
    if (user !== undefined) {
      url.username = user
      url.password = password
    }
    const client = new Client({ connectionString: url.href })
    await client.connect()
    return client
  }

  beforeAll(async () => {
    database = await createPostgresDatabase()
    sql = await openPostgres({ url: database.url, password: undefined })
    await migrateDatabases(oneForAll(sql))
    await applyGrants(oneForAll(sql), passwords)
    owner = await connect()
    for (const service of services) clients[service] = await connect(roleOf(service))
  })
  afterAll(async () => {
    await Promise.all([owner, ...Object.values(clients)].map((client) => client.end()))
    await sql.close()
    await database.drop()
  })

  /** What the server says of it; nothing of it stays. */
  async function attempt(client: Client, text: string): Promise<'done' | string> {
    await client.query('BEGIN')
    try {
      await client.query(text)
      return 'done'
    } catch (error) {
      if (error instanceof DatabaseError) return error.code ?? ''
      throw error
    } finally {
      await client.query('ROLLBACK')
    }
  }

  const needs = async (service: Grantee) =>
    (await statementsOf(service)).filter(({ name }) => service === 'activation' || !askedElsewhere.has(name))

  /** Prepared in the session, as `EXPLAIN EXECUTE ...` by name: rights are looked at when a plan begins, so it is planned and not run. */
  async function prepare(client: Client, statements: readonly AnyStatement[]): Promise<Map<string, string>> {
    // A plan made for one value may leave out what that value rules out, and with it the look at the rights.
    await client.query('DEALLOCATE ALL; SET plan_cache_mode = force_generic_plan')
    const plans = new Map<string, string>()
    for (const [n, statement] of statements.entries()) {
      const { text } = compileStatement(statement)
      const count = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)))
      const values = count > 0 ? `(${Array(count).fill('NULL').join(', ')})` : ''
      await client.query(`PREPARE asked_${n} AS ${text}`)
      plans.set(`${n} ${statement.name}`, `EXPLAIN EXECUTE asked_${n}${values}`)
    }
    return plans
  }

  async function refusedOf(client: Client, plans: ReadonlyMap<string, string>): Promise<string[]> {
    const refused: string[] = []
    for (const [name, plan] of plans) if ((await attempt(client, plan)) !== 'done') refused.push(name)
    return refused
  }

  test.each(services)('%s may ask every statement that its modules define', async (service) => {
    const plans = await prepare(clients[service], await needs(service))
    expect(plans.size).toBeGreaterThan(3)
    expect(await refusedOf(clients[service], plans)).toEqual([])
  })

  test.each(services)('%s sees whether migrations are pending, and whether a copy is half done', async (service) => {
    const url = new URL(database.url)
    url.username = roleOf(service)
    url.password = password
    const own = await openPostgres({ url: url.href, password })
    const all = oneForAll(own)
    const parts: readonly string[] = partsOf[service]
    await refusePending({ sql: Object.fromEntries(Object.entries(all).filter(([name]) => parts.includes(name))) })
    await refuseHalfCopied(own)
    await markHalfCopied(sql)
    await expect(refuseHalfCopied(own)).rejects.toMatchObject({ code: 'conflict' })
    await unmarkHalfCopied(sql)
    await own.healthy()
    await own.close()
  })

  test('control: a role without its grants is refused its statements', async () => {
    const plans = await prepare(owner, await needs('vault'))
    await owner.query('CREATE ROLE bauta_test_nobody; SET ROLE bauta_test_nobody')
    const refused = await refusedOf(owner, plans)
    await owner.query('RESET ROLE; DROP ROLE bauta_test_nobody')
    expect(refused.length).toBeGreaterThan(30)
  })

  test.each(services)('%s has no right that none of its statements needs', async (service) => {
    const statements = await needs(service)
    const plans = [...(await prepare(owner, statements)).values()]
    const { rows } = await owner.query<{ right: string; name: string }>(
      `SELECT n.nspname || '.' || c.relname AS name, a.privilege_type || ' ON ' || n.nspname || '.' || c.relname AS right
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a WHERE a.grantee = $1::regrole
       UNION ALL SELECT n.nspname || '.' || c.relname, a.privilege_type || ' (' || t.attname || ') ON ' || n.nspname || '.' || c.relname
         FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(t.attacl) a
         WHERE a.grantee = $1::regrole`,
      [roleOf(service)],
    )
    expect(rows.length).toBeGreaterThan(3)
    const needless: string[] = []
    for (const { right, name } of rows.filter(({ name }) => !name.endsWith('.migrations'))) {
      const concerned = plans.filter((_, n) => statements[n]?.sql.includes(name))
      const without = `REVOKE ${right} FROM ${roleOf(service)}; SET LOCAL ROLE ${roleOf(service)};`
      let missed = false
      for (const plan of concerned) missed ||= (await attempt(owner, `${without} ${plan}`)) === '42501'
      if (!missed) needless.push(right)
    }
    expect(needless).toEqual([])
  })

  async function forbiddenOnTables(may: Rights): Promise<string[]> {
    const schemas = ['vault', 'ledger', 'links', 'runs', 'control']
    const { rows } = await owner.query<{ name: string; first: string }>(
      `SELECT t.schemaname || '.' || t.tablename AS name, a.attname AS first FROM pg_tables t
        JOIN pg_attribute a ON a.attrelid = format('%I.%I', t.schemaname, t.tablename)::regclass AND a.attnum = 1
        WHERE t.schemaname = ANY($1) ORDER BY 1`,
      [schemas],
    )
    return rows.flatMap(({ name, first }) => {
      // Their two columns are all there are, and each sees those of the schemas it comes to.
      const letters = name.endsWith('.migrations') ? 'S' : (may[name] ?? '')
      const has = (letter: string) => letters.toUpperCase().includes(letter)
      return [
        ...(letters.includes('S') ? [] : [`SELECT * FROM ${name}`]),
        ...(has('I') ? [] : [`INSERT INTO ${name} DEFAULT VALUES`]),
        ...(has('U') ? [] : [`UPDATE ${name} SET ${first} = ${first}`]),
        ...(has('D') ? [] : [`DELETE FROM ${name}`]),
        `TRUNCATE ${name} CASCADE`,
      ]
    })
  }
  const forbidden = async (service: Grantee) => [
    ...(await forbiddenOnTables(rights[service])),
    ...refusedColumns[service],
    ...refusedToAll,
  ]

  test.each(services)('%s is refused what it has no business with, and the owner may', async (service) => {
    const all = await forbidden(service)
    expect(all.length).toBeGreaterThan(60)
    const notRefused: string[] = []
    const notEvenTheOwner: string[] = []
    for (const text of all) {
      if ((await attempt(clients[service], text)) !== '42501') notRefused.push(text)
      if ((await attempt(owner, text)) === '42501') notEvenTheOwner.push(text)
    }
    expect(notRefused).toEqual([])
    expect(notEvenTheOwner).toEqual([])
  })

  test('control: one right too many is found, and gone when the grants are said again', async () => {
    await owner.query(
      'GRANT SELECT ON ALL TABLES IN SCHEMA links TO bauta_vault; GRANT UPDATE (hash) ON ledger.entries TO bauta_vault',
    )
    const looked = refusedColumns.vault.filter((text) => text.includes('links.links') || text.includes('hash'))
    const broken: string[] = []
    for (const text of looked) broken.push(await attempt(clients.vault, text))
    expect(broken).toContain('done')
    await applyGrants(oneForAll(sql), {})
    for (const text of looked) expect(await attempt(clients.vault, text), text).toBe('42501')
  })

  test('who may not grant is told so', async () => {
    const url = new URL(database.url)
    url.username = roleOf('vault')
    url.password = password
    const own = await openPostgres({ url: url.href, password })
    await expect(applyGrants(oneForAll(own), passwords)).rejects.toMatchObject({ code: 'forbidden' })
    await own.close()
  })

  test('what is refused is a bug for who asks, not something to ask again', async () => {
    const url = new URL(database.url)
    url.username = roleOf('segments')
    url.password = password
    const own = await openPostgres({ url: url.href, password })
    await expect(refusePending({ sql: { vault: own } })).rejects.toThrow(/bauta migrate/)
    await own.close()
  })
})
