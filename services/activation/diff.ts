/** What to send so that a destination holds the plan: changes against what it accepted before, in batches. It does no I/O. */

import type { Batch } from '../../schemas/audience.ts'
import type { ExportId } from '../../schemas/ids.ts'

export interface PlannedRow {
  readonly x: ExportId
  readonly batch: number
  readonly fingerprint: string
  readonly op: Batch['op']
}

export interface Difference {
  readonly rows: readonly PlannedRow[]
  /** Members that the destination holds just so already. */
  readonly unchanged: number
}

export interface DiffQuestion {
  /** By export id, with the keyed fingerprint of the row that would leave. */
  readonly planned: readonly { readonly x: ExportId; readonly fingerprint: string }[]
  /** What the destination may hold; '' where it is not known what it accepted. */
  readonly acknowledged: ReadonlyMap<ExportId, string>
  /** The destination replaces all it has, so all is sent and nothing need be taken out. */
  readonly whole: boolean
  readonly batchSize: number
}

/** Those to be taken out come first: what may still go wrong later must not keep them in. */
export function difference({ planned, acknowledged, whole, batchSize }: DiffQuestion): Difference {
  const members = new Set(planned.map(({ x }) => x))
  const gone = whole ? [] : [...acknowledged.keys()].filter((x) => !members.has(x)).sort()
  const changed = planned.filter(({ x, fingerprint }) => whole || acknowledged.get(x) !== fingerprint)
  const removals = gone.map((x, n) => ({
    x,
    batch: 1 + Math.floor(n / batchSize),
    fingerprint: '',
    op: 'remove' as const,
  }))
  const first = 1 + Math.ceil(gone.length / batchSize)
  const upserts = changed.map(({ x, fingerprint }, n) => ({
    x,
    batch: first + Math.floor(n / batchSize),
    fingerprint,
    op: 'upsert' as const,
  }))
  return { rows: [...removals, ...upserts], unchanged: planned.length - changed.length }
}
