/** What is due by the clock: keys of the day, what may be forgotten, folding. */

import type { Logger } from 'pino'
import type { Chores } from '../infra/service.ts'

const HOUR_MS = 3_600_000
const FIRST_MS = 60_000

/** A minute after the start and then each hour; what is meant for the night finds little to do in between. Answers with its end. */
export function startChores(
  chores: Chores,
  { clock, log }: { readonly clock: () => number; readonly log: Logger },
): () => Promise<void> {
  let running: Promise<void> = Promise.resolve()
  async function run() {
    for (const [name, work] of Object.entries(chores))
      try {
        await work(clock())
      } catch (err) {
        // The next hour tries again, and one that fails keeps none of the others from being done.
        log.error({ err, name }, 'a chore was not done')
      }
  }
  let timer = setTimeout(turn, FIRST_MS).unref()
  function turn() {
    timer = setTimeout(turn, HOUR_MS).unref()
    running = running.then(run)
  }
  return async () => {
    clearTimeout(timer)
    await running
  }
}
