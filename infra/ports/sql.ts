/** A relational database of the person side, PostgreSQL: in this process or across the network, with the same SQL. */

import type * as z from 'zod'

/** `control` holds neither persons nor pseudonyms. The others are never joined with one another. */
export const databases = ['vault', 'links', 'runs', 'control'] as const
export type Database = (typeof databases)[number]

/** A statement as a value. Parameters are `$name` in the SQL and bound, never concatenated; tables carry their schema. */
export interface Statement<P extends z.ZodObject, R extends z.ZodType> {
  readonly name: string
  readonly sql: string
  readonly params: P
  readonly row: R
}

export interface SqlSession {
  /** Throws `sql_down` if asking again may help, `conflict` where a unique key stands already, else bugs. Errors quote no values. */
  run<P extends z.ZodObject, R extends z.ZodType>(
    statement: Statement<P, R>,
    params: z.input<P>,
  ): Promise<z.output<R>[]>
}

export interface Sql extends SqlSession {
  /**
   * All or nothing, read committed: what others commit meanwhile is seen by the next statement, so whoever decides by what it read locks it
   * first. Everyone else on the embedded engine waits, so nothing slow stands inside. `sql_down` at the commit says that nobody knows
   * whether all of it stands: said again, it must come to the same. The callers see to it by keys and states (an upsert, `conflict`,
   * "confirmed already", a block of rows that is unchanged); what may stand twice is a word of the audit log that both times is true.
   */
  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T>
  healthy(): Promise<void>
  close(): Promise<void>
}

export function defineStatement<P extends z.ZodObject, R extends z.ZodType>(
  statement: Statement<P, R>,
): Statement<P, R> {
  return Object.freeze(statement)
}
