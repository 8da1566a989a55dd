/** Activation's duties, looked after in their order every few seconds. One that fails keeps none of the others from being done. */

import type { Logger } from 'pino'
import { repeatedFailures } from '../../infra/repeated-failures.ts'

export interface Duties {
  /** All of them once. */
  tick(): Promise<void>
  /** Resolves when what is under way has ended. */
  close(): Promise<void>
}

export interface DutiesDeps {
  readonly duties: Readonly<Record<string, () => Promise<unknown>>>
  /** 0 for never, when `tick` is called instead. */
  readonly everyMs: number
  readonly log: Logger
}

export function openDuties({ duties, everyMs, log }: DutiesDeps): Duties {
  const all = Object.entries(duties).map(([name, duty]) => ({ name, duty, failures: repeatedFailures() }))

  async function tick() {
    for (const { name, duty, failures } of all) {
      try {
        await duty()
      } catch (error) {
        const count = failures.another()
        if (count) log.error({ err: error, name, count }, 'a duty is not done, and is tried again')
        continue
      }
      const count = failures.over()
      if (count) log.info({ name, count }, 'the duty is done again')
    }
  }

  let beating: Promise<void> | undefined
  const beat = () => {
    beating ??= tick().finally(() => {
      beating = undefined
    })
  }
  const timer = everyMs > 0 ? setInterval(beat, everyMs) : undefined
  return {
    tick,
    async close() {
      clearInterval(timer)
      await beating
    },
  }
}
