/** A store for work that may be killed anywhere and done again: when its process ends, nobody waits for it long. */

import type { Store } from './ports/store.ts'

/** For the statement under way, and for those that clean up after it. */
const GRACE_MS = 2_000

/**
 * That long after the signal it rejects with the signal's reason. A statement that is at the engine goes on there, unheard, and none is begun.
 */
export function storeUntil(store: Store, signal: AbortSignal, graceMs = GRACE_MS): Store {
  const over = new AbortController()
  const end = () => over.abort(signal.reason)
  signal.addEventListener('abort', () => setTimeout(end, graceMs).unref(), { once: true })

  function heard<T>(say: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      over.signal.throwIfAborted()
      const leave = () => reject(over.signal.reason)
      over.signal.addEventListener('abort', leave, { once: true })
      say()
        .then(resolve, reject)
        .finally(() => over.signal.removeEventListener('abort', leave))
    })
  }

  return {
    ...store,
    ask: (query, params) => heard(() => store.ask(query, params)),
    append: (table, rows, token) => heard(() => store.append(table, rows, token)),
    command: (command, params) => heard(() => store.command(command, params)),
  }
}
