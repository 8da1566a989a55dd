/** Says in the log why a batch does not go in, as it is tried again without an end: at its first failure, and each time it has failed twice as often. */

import type { Logger } from 'pino'
import { repeatedFailures } from '../../../infra/repeated-failures.ts'
import { Fault } from '../../../schemas/fault.ts'
import type { Load } from './load.ts'

export function tellFailures(log: Logger, load: Load): Load {
  // Batches come one after the other, so it is the same one that fails again.
  const failures = repeatedFailures()
  return async (batch) => {
    const { topic, partition, first, last } = batch
    const at = { topic, partition, first, last }
    try {
      await load(batch)
    } catch (error) {
      const count = failures.another()
      const again = error instanceof Fault && error.retryable
      if (!again) log.error({ ...at, err: error }, 'a batch does not go in, and trying again would not help')
      else if (count) log.warn({ ...at, err: error, count }, 'a batch does not go in yet, and is tried again')
      throw error
    }
    const count = failures.over()
    if (count) log.info({ ...at, count }, 'batches go in again')
  }
}
