/** The audit log: who did what, hash-chained, one chain in `control` and one in `runs`. */

import { createHash, randomBytes } from 'node:crypto'
import * as z from 'zod'
import { chainStart, commit, link, type Stored, verifyChain } from '../../schemas/chain.ts'
import { defineStatement, type Sql, type SqlSession } from '../ports/sql.ts'

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

export interface AuditEntry {
  /** A token's name, `schedule`, `system`; never a person of the vault. */
  readonly actor: string
  /** In the words of the permission or the state: `runs.approve`, `disclosed`. */
  readonly act: string
  /** Names and counts, and X where it is a disclosure. */
  readonly detail: Record<string, unknown>
}

export interface Audit {
  /** Within a session, it stands or falls with the rest of the transaction. */
  note(session: SqlSession, entry: AuditEntry, now: number): Promise<void>
  entries(sql: Sql, after: number, limit: number): Promise<z.infer<typeof Row>[]>
  /** The first entry that does not hold; `undefined` if all do. */
  verify(sql: Sql): Promise<{ readonly sequence: number; readonly reason: string } | undefined>
}

const Row = z.object({
  sequence: z.coerce.number(),
  at: z.string(),
  actor: z.string(),
  act: z.string(),
  detail: z.record(z.string(), z.unknown()).nullable(),
  salt: z.string().nullable(),
  commitment: z.string(),
  hash: z.string(),
})
const columns = 'sequence, at, actor, act, detail, salt, commitment, hash'

/** `schema` holds the table `audit`. */
export function auditOf(schema: 'control' | 'runs'): Audit {
  // It serialises writers; without it two would extend the same entry. A lock of the table needs the right to change what stands in it.
  const lock = defineStatement({
    name: `${schema}_audit_lock`,
    sql: `SELECT pg_advisory_xact_lock(hashtext('${schema}.audit'))`,
    params: z.object({}),
    row: z.unknown(),
  })
  const head = defineStatement({
    name: `${schema}_audit_head`,
    sql: `SELECT sequence, hash FROM ${schema}.audit ORDER BY sequence DESC LIMIT 1`,
    params: z.object({}),
    row: Row.pick({ sequence: true, hash: true }),
  })
  const add = defineStatement({
    name: `${schema}_audit_add`,
    sql: `INSERT INTO ${schema}.audit (${columns}) VALUES ($sequence, $at, $actor, $act, $detail, $salt, $commitment, $hash)`,
    params: Row,
    row: z.unknown(),
  })
  const page = defineStatement({
    name: `${schema}_audit_page`,
    sql: `SELECT ${columns} FROM ${schema}.audit WHERE sequence > $after ORDER BY sequence LIMIT $limit`,
    params: z.object({ after: z.int(), limit: z.int() }),
    row: Row,
  })

  return {
    async note(session, { actor, act, detail }, now) {
      await session.run(lock, {})
      const [before = chainStart] = await session.run(head, {})
      const at = new Date(now).toISOString()
      const salt = randomBytes(16).toString('hex')
      const next = link(sha256, before, commit(sha256, salt, { at, actor, act, detail }))
      await session.run(add, { ...next, at, actor, act, detail, salt })
    },
    entries: (sql, after, limit) => sql.run(page, { after, limit }),
    async verify(sql) {
      const all: Stored[] = []
      for (let after = 0; ; ) {
        const rows = await sql.run(page, { after, limit: 1_000 })
        for (const { at, actor, act, detail, ...chained } of rows)
          all.push({ ...chained, content: { at: new Date(at).toISOString(), actor, act, detail } })
        const last = rows.at(-1)
        if (!last) return verifyChain(sha256, all)
        after = last.sequence
      }
    },
  }
}
