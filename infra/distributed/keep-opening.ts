/** Opens an engine that may be away for a while: tries until it is there, in the background, so that whoever needs it can start. */

import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { Fault } from '../../schemas/fault.ts'

export interface KeepOpeningDeps<T> {
  readonly open: () => Promise<T>
  readonly name: string
  /** How long the caller waits for it before it goes on without. */
  readonly patienceMs: number
  /** The first pause between two tries; it doubles up to ten seconds. */
  readonly retryMs: number
  readonly logger: Logger
  readonly onOpen: () => void
}

export interface Opening<T> {
  current(): T | undefined
  /** Gives up, and closes what was opened. */
  close(): Promise<void>
}

const MAX_RETRY_MS = 10_000

/** Rejects only with what no time mends (a setting that is wrong, a library that is missing), if it is known within the patience. */
export async function keepOpening<T extends { close(): Promise<void> }>({
  open,
  name,
  patienceMs,
  retryMs,
  logger,
  onOpen,
}: KeepOpeningDeps<T>): Promise<Opening<T>> {
  const closing = new AbortController()
  let opened: T | undefined
  let hopeless: ((fault: Fault) => void) | undefined

  async function run(): Promise<void> {
    for (let wait = retryMs; !closing.signal.aborted; wait = Math.min(wait * 2, MAX_RETRY_MS)) {
      try {
        opened = await open()
        return onOpen()
      } catch (err) {
        if (err instanceof Fault && !err.retryable) hopeless?.(err)
        logger.error({ err, engine: name }, 'an engine cannot be opened; trying again')
      }
      await pause(wait * (0.5 + Math.random() / 2), undefined, { signal: closing.signal }).catch(() => {})
    }
  }

  const running = run()
  const close = async () => {
    closing.abort()
    // An attempt under way ends in its own time; what it still opens is closed then.
    if (opened === undefined) return void running.then(() => opened?.close()).catch(() => {})
    await opened.close()
  }
  let timer: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      hopeless = reject
      timer = setTimeout(resolve, patienceMs)
      void running.then(resolve)
    })
  } catch (error) {
    await close()
    throw error
  } finally {
    clearTimeout(timer)
    hopeless = undefined
  }
  return { current: () => opened, close }
}
