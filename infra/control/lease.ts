/** Work that one process of several does at a time: a row in control.leases that runs out, renewed while the work goes on. */

import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { Fault } from '../../schemas/fault.ts'
import { defineStatement, type Sql } from '../ports/sql.ts'

export interface LeaseDeps {
  readonly control: Sql
  /** How long a holder that died keeps the others waiting. */
  readonly termMs?: number
}

/** Throws `conflict` once the term has passed without a renewal: somebody else may be at it by now. Asked before each step. */
export type Held = () => void

const name = z.string()
const holder = z.uuid()
const Row = z.object({ name })
const until = "now() + $ms * interval '1 millisecond'"
/** The database's clock decides, so that those of the processes need not agree. */
const take = defineStatement({
  name: 'lease_take',
  sql: `
    INSERT INTO control.leases (name, holder, until) VALUES ($name, $holder, ${until})
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE leases.until < now()
    RETURNING name`,
  params: z.object({ name, holder, ms: z.int() }),
  row: Row,
})
const renew = defineStatement({
  name: 'lease_renew',
  sql: `UPDATE control.leases SET until = ${until} WHERE name = $name AND holder = $holder RETURNING name`,
  params: z.object({ name, holder, ms: z.int() }),
  row: Row,
})
const release = defineStatement({
  name: 'lease_release',
  sql: 'DELETE FROM control.leases WHERE name = $name AND holder = $holder',
  params: z.object({ name, holder }),
  row: z.unknown(),
})

/** Answers `false`, without having done it, while another holds the lease. */
export async function underLease(
  { control, termMs = 60_000 }: LeaseDeps,
  name: string,
  work: (held: Held) => Promise<void>,
): Promise<boolean> {
  const mine = { name, holder: randomUUID() }
  const asked = performance.now()
  if ((await control.run(take, { ...mine, ms: termMs })).length === 0) return false
  // By this process's own clock and from before the question, so that it ends here no later than there.
  let ends = asked + termMs
  const timer = setInterval(() => {
    const from = performance.now()
    control.run(renew, { ...mine, ms: termMs }).then(
      (rows) => {
        ends = rows.length > 0 ? from + termMs : 0
      },
      // The next time may work; until then the term runs.
      () => {},
    )
  }, termMs / 3)
  try {
    await work(() => {
      if (performance.now() < ends) return
      throw new Fault(
        'conflict',
        `${name} was not finished in time, and another process may be at it: it is done again`,
      )
    })
    return true
  } finally {
    clearInterval(timer)
    await control.run(release, mine).catch(() => {})
  }
}
