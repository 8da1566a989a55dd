/** What is due by the clock: keys of the day, what may be forgotten, folding. */

import type { Logger } from 'pino'
import type { WebKeyring } from '../infra/keys/web-keys.ts'
import type { Log } from '../infra/ports/log.ts'

export interface ChoresDeps {
  readonly webKeys: Pick<WebKeyring, 'turnDays'>
  readonly stream: Pick<Log, 'expire'>
  readonly profiles: { maintain(now: number): Promise<void> }
  readonly vault: { expirePending(now: number): Promise<void> }
  readonly clock: () => number
  readonly log: Logger
}

const HOUR_MS = 3_600_000

/** Each hour; what is meant for the night finds little to do in between. Answers with its end. */
export function startChores({ webKeys, stream, profiles, vault, clock, log }: ChoresDeps): () => Promise<void> {
  let running: Promise<void> = Promise.resolve()
  const chores: Record<string, (now: number) => unknown> = {
    keys: (now) => webKeys.turnDays(now),
    log: (now) => stream.expire(now),
    profiles: (now) => profiles.maintain(now),
    vault: (now) => vault.expirePending(now),
  }
  async function run() {
    for (const [name, work] of Object.entries(chores))
      try {
        await work(clock())
      } catch (err) {
        // The next hour tries again, and one that fails keeps none of the others from being done.
        log.error({ err, name }, 'a chore was not done')
      }
  }
  const timer = setInterval(() => {
    running = running.then(run)
  }, HOUR_MS)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}
