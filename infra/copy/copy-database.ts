/** One database's tables, page by page along their primary keys, all or nothing. */

import * as z from 'zod'
import { type Database, defineStatement, type Sql, type SqlSession } from '../ports/sql.ts'
import { type Copied, compare, notEmpty, type Sum } from './copied.ts'

/** Rows of a run or of the audit name a whole batch of people each. */
const PAGE = 250

export const schemasOf: Readonly<Record<Database, readonly string[]>> = {
  vault: ['vault', 'ledger'],
  links: ['links'],
  runs: ['runs'],
  control: ['control'],
}

/** The target has migrated itself; a dead letter names a place in the log that stays behind. */
const left = ['migrations', 'dead_letters']

const identifier = z.string().regex(/^[a-z_]+$/)
const Table = z.object({
  name: identifier,
  schema: identifier,
  key: z.array(identifier).min(1),
  parents: z.array(z.string()),
})
type Table = z.infer<typeof Table>

const tablesStatement = defineStatement({
  name: 'copied_tables',
  params: z.object({ schemas: z.array(z.string()), left: z.array(z.string()) }),
  row: Table,
  sql: `
    SELECT n.nspname AS schema, t.relname AS name,
      (SELECT to_jsonb(array_agg(a.attname::text ORDER BY array_position(i.indkey::int[], a.attnum::int)))
        FROM pg_index i JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (i.indkey)
        WHERE i.indrelid = t.oid AND i.indisprimary) AS key,
      (SELECT coalesce(to_jsonb(array_agg(c.confrelid::regclass::text)), '[]') FROM pg_constraint c
        WHERE c.conrelid = t.oid AND c.contype = 'f') AS parents
    FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE t.relkind = 'r' AND n.nspname = ANY ($schemas::text[]) AND t.relname <> ALL ($left::text[])
    ORDER BY n.nspname, t.relname`,
})

export async function countDatabase(database: Database, sql: Sql): Promise<number> {
  let rows = 0
  for (const table of await tablesOf(database, sql)) rows += (await sumOf(sql, table)).rows
  return rows
}

const tablesOf = (database: Database, sql: Sql) => sql.run(tablesStatement, { schemas: [...schemasOf[database]], left })

/** What a migration put in is nothing yet. */
export async function refuseTables(database: Database, sql: Sql): Promise<void> {
  for (const table of await tablesOf(database, sql)) {
    const beyond = nameOf(table) === 'ledger.head' ? 'WHERE sequence <> 0' : ''
    const any = defineStatement({
      name: 'copied_any',
      sql: `SELECT 1 AS one FROM ${nameOf(table)} ${beyond} LIMIT 1`,
      params: z.object({}),
      row: z.unknown(),
    })
    if ((await sql.run(any, {})).length > 0) throw notEmpty(`the table ${nameOf(table)}`)
  }
}

export async function copyDatabase(
  database: Database,
  from: Sql,
  to: Sql,
  onCopied: (what: string, rows: number) => void,
): Promise<Copied[]> {
  const tables = parentsFirst(await tablesOf(database, from))
  return to.transaction(async (session) => {
    await session.run(utc, {})
    for (const table of tables) {
      await clearSeed(session, table)
      for (let after: string | undefined; ; ) {
        const page = await from.run(pageStatement(table, after === undefined), { after: after ?? null, limit: PAGE })
        if (page.length > 0)
          await session.run(insertStatement(table), { rows: `[${page.map(({ line }) => line).join(',')}]` })
        onCopied(nameOf(table), page.length)
        if (page.length < PAGE) break
        after = page.at(-1)?.line
      }
    }
    const copied: Copied[] = []
    for (const table of tables) {
      const here = await from.transaction(async (source) => {
        await source.run(utc, {})
        return sumOf(source, table)
      })
      copied.push({
        engine: database,
        table: nameOf(table),
        rows: compare(nameOf(table), here, await sumOf(session, table)),
      })
    }
    return copied
  })
}

const nameOf = ({ schema, name }: Pick<Table, 'schema' | 'name'>): string => `${schema}.${name}`

/** No row may come before the one it refers to. */
function parentsFirst(tables: readonly Table[]): Table[] {
  const done: Table[] = []
  const names = new Set(tables.map(nameOf))
  while (done.length < tables.length) {
    const have = new Set(done.map(nameOf))
    const next = tables.filter(
      (table) =>
        !have.has(nameOf(table)) &&
        table.parents.every((parent) => have.has(parent) || !names.has(parent) || parent === nameOf(table)),
    )
    if (next.length === 0) throw new Error('tables refer to one another in a circle')
    done.push(...next)
  }
  return done
}

/** The one row that a migration puts in: a ledger that nobody has written to. */
async function clearSeed(session: SqlSession, table: Table): Promise<void> {
  if (nameOf(table) !== 'ledger.head') return
  const sql = 'DELETE FROM ledger.head WHERE sequence = 0'
  await session.run(defineStatement({ name: 'copied_seed', sql, params: z.object({}), row: z.unknown() }), {})
}

const pageStatement = (table: Table, first: boolean) => {
  const key = table.key.join(', ')
  const beyond = `WHERE (${key}) > (SELECT ${key} FROM jsonb_populate_record(NULL::${nameOf(table)}, $after::jsonb))`
  return defineStatement({
    name: 'copied_page',
    params: z.object({ after: z.string().nullable(), limit: z.int() }),
    row: z.object({ line: z.string() }),
    sql: `SELECT to_jsonb(t)::text AS line FROM ${nameOf(table)} t ${first ? '' : beyond} ORDER BY ${key} LIMIT $limit::int`,
  })
}

const insertStatement = (table: Table) =>
  defineStatement({
    name: 'copied_rows',
    params: z.object({ rows: z.string() }),
    row: z.unknown(),
    sql: `INSERT INTO ${nameOf(table)} SELECT * FROM jsonb_populate_recordset(NULL::${nameOf(table)}, $rows::jsonb)`,
  })

/** Times are written in the zone of the session, so both ends are asked in the same one. */
const utc = defineStatement({
  name: 'copied_zone',
  sql: "SET LOCAL TIME ZONE 'UTC'",
  params: z.object({}),
  row: z.unknown(),
})

async function sumOf(session: SqlSession, table: Table): Promise<Sum> {
  const [sum = { rows: 0, sum: '' }] = await session.run(
    defineStatement({
      name: 'copied_sum',
      params: z.object({}),
      row: z.object({ rows: z.number(), sum: z.string() }),
      sql: `
        SELECT count(*) AS rows,
          coalesce(sum(('x' || substr(md5(to_jsonb(t)::text), 1, 15))::bit(60)::bigint), 0)::text AS sum
        FROM ${nameOf(table)} t`,
    }),
    {},
  )
  return sum
}
