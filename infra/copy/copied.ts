/** What a copied table is told by, and what keeps a copy from being taken for one. */

import { Fault } from '../../schemas/fault.ts'
import type { Database } from '../ports/sql.ts'

/** A table, and how many rows of it are at both ends. */
export interface Copied {
  readonly engine: 'store' | 'log' | Database
  readonly table: string
  readonly rows: number
}

/** Two ends of a table: how many rows, and a sum over all that is in them, in any order. */
export interface Sum {
  readonly rows: number
  readonly sum: string
}

export function notEmpty(where: string): Fault {
  return new Fault('conflict', `${where} holds something already, and nothing is copied over it`)
}

/** `conflict` when what arrived is not what left. */
export function compare(table: string, left: Sum, right: Sum): number {
  if (left.rows === right.rows && left.sum === right.sum) return left.rows
  throw new Fault(
    'conflict',
    `${table} has ${left.rows} rows here and ${right.rows} there, or other ones; the source is as it was, the target must not be used`,
  )
}
