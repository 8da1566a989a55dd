/** Says in the log why a batch does not go in, as it is tried again without an end: at its first failure, and each time it has failed twice as often. */

import type { Logger } from 'pino'
import { Fault } from '../../schemas/fault.ts'
import type { Load } from './load.ts'

export function tellFailures(log: Logger, load: Load): Load {
  // Batches come one after the other, so it is the same one that fails again.
  let failed = 0
  return async (batch) => {
    const { topic, partition, first, last } = batch
    const at = { topic, partition, first, last }
    try {
      await load(batch)
    } catch (error) {
      failed += 1
      const again = error instanceof Fault && error.retryable
      if (again && (failed & (failed - 1)) === 0)
        log.warn({ ...at, err: error, count: failed }, 'a batch does not go in yet, and is tried again')
      if (!again) log.error({ ...at, err: error }, 'a batch does not go in, and trying again would not help')
      throw error
    }
    if (failed > 0) log.info({ ...at, count: failed }, 'batches go in again')
    failed = 0
  }
}
