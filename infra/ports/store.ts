/** The analytical store, ClickHouse: in this process or across the network, with the same SQL. */

import type * as z from 'zod'

/** A question as a value: its SQL, the shape of what it asks, the shape of each row it gets. */
export interface Query<P extends z.ZodObject, R extends z.ZodType> {
  readonly name: string
  readonly sql: string
  readonly params: P
  readonly row: R
}

/** A statement as a value, that answers nothing: a deletion, a fold. */
export interface Command<P extends z.ZodObject> {
  readonly name: string
  readonly sql: string
  readonly params: P
}

export interface Store {
  /** All rows in memory, so a long answer is asked by key, in pages. Throws `store_down` if asking again may help, else bugs. */
  ask<P extends z.ZodObject, R extends z.ZodType>(query: Query<P, R>, params: z.input<P>): Promise<z.output<R>[]>

  /**
   * Adds up to a million rows, all or none, and resolves when they are stored. `token` names exactly these rows: said again, it adds
   * nothing, which makes a retry safe; given to other rows, it loses them.
   */
  append<R>(table: string, rows: readonly R[], token: string): Promise<void>

  /** Resolves when it is done, on all replicas, not when it is queued. */
  command<P extends z.ZodObject>(command: Command<P>, params: z.input<P>): Promise<void>

  healthy(): Promise<void>
  close(): Promise<void>
}

/** Names a question once, so that the log, the metric and the comment in the SQL say the same word. */
export function defineQuery<P extends z.ZodObject, R extends z.ZodType>(query: Query<P, R>): Query<P, R> {
  return Object.freeze(query)
}

export function defineCommand<P extends z.ZodObject>(command: Command<P>): Command<P> {
  return Object.freeze(command)
}
