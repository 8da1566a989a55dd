/** The life of a process: what it opens is closed in reverse, however it ends, and a signal ends it within a deadline. */

import { type Close, closeAll } from './close-all.ts'

export interface Life {
  /** Aborted when the process is asked to end. Servers wait for `ended`; long work looks at this. */
  readonly signal: AbortSignal
  readonly ended: Promise<void>
  /** Closed at the end, the last opened first. Answers what it got. What comes after the end is closed at once, and the call throws. */
  open<T extends { close(): Promise<void> }>(opened: T): T
  atEnd(close: Close): void
}

interface RunDeps {
  /** The process, as far as it is needed. */
  readonly process: {
    on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
    off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
    exit(code: number): void
  }
  /** From the signal to the end, whatever is still open or alive then. */
  readonly deadlineMs: number
}

export const INTERRUPTED = 130

/**
 * Answers the exit code: that of `main`, or 130 after SIGINT or SIGTERM. The second signal, or the deadline, ends the process on the
 * spot. Rejects as `main` does, when all is closed.
 */
export async function run(
  main: (life: Life) => Promise<number>,
  { process: host, deadlineMs }: RunDeps = { process, deadlineMs: 10_000 },
): Promise<number> {
  const closing: Close[] = []
  const ending = new AbortController()
  const ended = new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve()))
  let deadline: NodeJS.Timeout | undefined
  let over = false

  const interrupt = () => {
    if (ending.signal.aborted) return host.exit(INTERRUPTED)
    deadline = setTimeout(() => host.exit(INTERRUPTED), deadlineMs)
    ending.abort()
  }
  host.on('SIGINT', interrupt)
  host.on('SIGTERM', interrupt)

  function atEnd(close: Close) {
    if (!over) return void closing.push(close)
    void closeAll([close]).catch(() => {})
    throw new DOMException('what was opened came after the end, and is closed', 'AbortError')
  }
  const life: Life = {
    signal: ending.signal,
    ended,
    open(opened) {
      atEnd(() => opened.close())
      return opened
    },
    atEnd,
  }
  const end = () => {
    over = true
    return closeAll(closing)
  }
  try {
    const code = await lead(main(life), ended, deadlineMs / 2)
    await end()
    return ending.signal.aborted ? INTERRUPTED : code
  } catch (error) {
    // What went wrong first is what is told; what goes wrong under a signal is a consequence of it.
    await end().catch(() => {})
    if (ending.signal.aborted) return INTERRUPTED
    throw error
  } finally {
    // It keeps nothing alive, but ends what is: an attempt to reach an engine, or work that was left to itself.
    deadline?.unref()
    if (!ending.signal.aborted) {
      host.off('SIGINT', interrupt)
      host.off('SIGTERM', interrupt)
    }
  }
}

/** Work that looks at the signal finishes what it is at; work that does not has `graceMs` before all is closed under it. */
async function lead(working: Promise<number>, ended: Promise<void>, graceMs: number): Promise<number> {
  let timer: NodeJS.Timeout | undefined
  const late = ended.then(
    () =>
      new Promise<number>((resolve) => {
        timer = setTimeout(() => resolve(INTERRUPTED), graceMs).unref()
      }),
  )
  return Promise.race([working, late]).finally(() => clearTimeout(timer))
}
