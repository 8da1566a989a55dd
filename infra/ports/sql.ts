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
  /** All or nothing. Everyone else on the embedded engine waits, so nothing slow stands inside. */
  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T>
  healthy(): Promise<void>
  close(): Promise<void>
}

export function defineStatement<P extends z.ZodObject, R extends z.ZodType>(
  statement: Statement<P, R>,
): Statement<P, R> {
  return Object.freeze(statement)
}
