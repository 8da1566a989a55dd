/** What to send so that a destination holds the plan: changes against what it accepted before, in batches. It does no I/O. */

import type { Batch } from '../../../schemas/audience.ts'
import type { ExportId } from '../../../schemas/ids.ts'

export interface PlannedBatch {
  readonly number: number
  readonly op: Batch['op']
  /** In order. */
  readonly xs: readonly ExportId[]
}

export interface Difference {
  readonly batches: readonly PlannedBatch[]
  /** Members that the destination holds just so already. */
  readonly unchanged: number
}

export interface DiffQuestion {
  /** In the order of their ids, with the keyed fingerprint of the row that would leave. */
  readonly planned: Iterable<{ readonly x: ExportId; readonly fingerprint: string }>
  /** What the destination may hold; '' where it is not known what it accepted. */
  readonly acknowledged: ReadonlyMap<ExportId, string>
  /** The destination replaces all it has, so all is sent and nothing need be taken out. */
  readonly whole: boolean
  readonly batchSize: number
}

/** Those to be taken out come first: what may still go wrong later must not keep them in. */
export function difference({ planned, acknowledged, whole, batchSize }: DiffQuestion): Difference {
  const gone = new Set(whole ? [] : acknowledged.keys())
  const changed: ExportId[] = []
  let unchanged = 0
  for (const { x, fingerprint } of planned) {
    gone.delete(x)
    if (whole || acknowledged.get(x) !== fingerprint) changed.push(x)
    else unchanged += 1
  }
  const removals = batchesOf('remove', [...gone].sort(), batchSize)
  return { batches: [...removals, ...batchesOf('upsert', changed, batchSize, 1 + removals.length)], unchanged }
}

export function batchesOf(
  op: Batch['op'],
  people: readonly ExportId[],
  batchSize: number,
  firstNumber = 1,
): PlannedBatch[] {
  return Array.from({ length: Math.ceil(people.length / batchSize) }, (_, n) => ({
    number: firstNumber + n,
    op,
    xs: people.slice(n * batchSize, (n + 1) * batchSize),
  }))
}
