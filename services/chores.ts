/** What is due by the clock: keys of the day, what may be forgotten, folding. */

import type { Logger } from 'pino'
import type { Chores } from '../infra/process/service.ts'

const HOUR_MS = 3_600_000
const FIRST_MS = 60_000

export interface HourlyChores {
  /** A minute later for the first time and then each hour; what is meant for the night finds little to do in between. */
  start(chores: Chores): void
  /** None begins any more, and the one under way is told. It may need what is closed next to see that it cannot go on, so nobody waits for it here. */
  stop(): void
  /** Resolves when the one under way has ended: before that, it may use engines. */
  close(): Promise<void>
}

export function openChores({ clock, log }: { readonly clock: () => number; readonly log: Logger }): HourlyChores {
  const ending = new AbortController()
  const { signal } = ending
  let running: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined

  async function run(chores: Chores) {
    for (const [name, work] of Object.entries(chores)) {
      if (signal.aborted) return
      try {
        await work(clock(), signal)
      } catch (err) {
        if (signal.aborted) log.info({ name }, 'a chore was given up, as the process ends')
        // The next hour tries again, and one that fails keeps none of the others from being done.
        else log.error({ err, name }, 'a chore was not done')
      }
    }
  }

  function stop() {
    clearTimeout(timer)
    ending.abort()
  }

  return {
    start(chores) {
      const turn = () => {
        timer = setTimeout(turn, HOUR_MS).unref()
        running = running.then(() => run(chores))
      }
      timer = setTimeout(turn, FIRST_MS).unref()
    },
    stop,
    async close() {
      stop()
      await running
    },
  }
}
