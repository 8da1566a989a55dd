/** Appends what concurrent requests have to say together and shuffled, so that neighbours in one topic are not neighbours in the other. */

import type { Log, LogEntry } from '../infra/ports/log.ts'

export type Append = (entries: readonly LogEntry[]) => Promise<void>

/** Resolves when all entries are on disk; a request's own stand or fall together, in one append. */
export function gather(log: Pick<Log, 'append'>, random: () => number = Math.random): Append {
  let waiting: LogEntry[] = []
  let saved: Promise<void> | undefined
  return (entries) => {
    for (const entry of entries) waiting.push(entry)
    saved ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        const all = shuffle(waiting, random)
        waiting = []
        saved = undefined
        log.append(all).then(resolve, reject)
      })
    })
    return saved
  }
}

function shuffle<T>(all: T[], random: () => number): T[] {
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1))
    const entry = all[last] as T
    all[last] = all[other] as T
    all[other] = entry
  }
  return all
}
