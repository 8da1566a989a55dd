/** Appends what concurrent requests have to say together and shuffled, so that neighbours in one topic are not neighbours in the other. */

import { type Log, type LogEntry, SavedForLater } from '../infra/ports/log.ts'

export type Append = (entries: readonly LogEntry[]) => Promise<void>

const isStop = ({ topic }: LogEntry): boolean => topic === 'stops'

/**
 * Resolves when all entries are on disk; a request's own stand or fall together. Stops are appended apart: they may be refused where the rest
 * is not, and that must not be the answer to those who only shared the moment.
 */
export function gather(log: Pick<Log, 'append'>, random: () => number = Math.random): Append {
  const rest = together(log, random)
  const stops = together(log, random)
  return (entries) => {
    if (!entries.some(isStop)) return rest(entries)
    const others = entries.filter((entry) => !isStop(entry))
    return both([others.length > 0 ? rest(others) : undefined, stops(entries.filter(isStop))])
  }
}

/** That a stop is saved matters more than what became of the rest. */
async function both(appends: readonly (Promise<void> | undefined)[]): Promise<void> {
  const failures = (await Promise.allSettled(appends)).flatMap((each) =>
    each.status === 'rejected' ? [each.reason as unknown] : [],
  )
  if (failures.length > 0) throw failures.find((each) => each instanceof SavedForLater) ?? failures[0]
}

function together(log: Pick<Log, 'append'>, random: () => number): Append {
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
