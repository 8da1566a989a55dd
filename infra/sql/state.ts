/** What an SQLSTATE means to whoever asked: the same on both engines. PostgreSQL's own messages quote values, so none goes on. */

import { Fault } from '../../schemas/fault.ts'

/** Connection, resources, a serialisation that failed, a server that ends: the same may go well later. */
const passing = /^(08|40|53|57P)/
/** A lock that was not to be had in time, a standby or one that was one, a transaction that sat idle, a statement that took too long. */
const passingToo = new Set(['55P03', '25006', '25P03', '57014'])
const refused = new Map([
  ['28000', 'it does not let this role in'],
  ['28P01', 'it does not take this password'],
  ['3D000', 'it has no such database'],
])

/** `name` is what errors call the statement. Answers a Fault, or a bug as it is thrown. */
export function errorOfState(name: string, state: string | undefined, constraint: string | undefined): Error {
  if (state === '53100') return new Fault('disk_full', 'the disk of the database is full: free some space')
  if (state === '23505') return new Fault('conflict', `${name}: ${constraint} holds one already`)
  const why = refused.get(state ?? '')
  if (why) return new Fault('sql_down', `${name}: the database cannot be used: ${why}`)
  if (state && (passing.test(state) || passingToo.has(state)))
    return new Fault('sql_down', `${name}: SQLSTATE ${state}`)
  return new Error(`${name}: SQLSTATE ${state}`)
}
