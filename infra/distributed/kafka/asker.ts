/** Asks the brokers, again on a new connection when something went wrong, until a deadline. */

import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from 'kafkajs'
import { Fault } from '../../../schemas/fault.ts'
import type { KafkaConfig } from '../settings.ts'
import { asFault, openConnection, reachCluster, within } from './connection.ts'

export interface Asker {
  /** `work` may run several times. `log_down` when the deadline has passed. */
  ask<T>(work: (cluster: Cluster) => Promise<T>): Promise<T>
  close(): void
}

export interface AskerDeps {
  readonly config: KafkaConfig
  /** The topics it will ask for. */
  readonly topics: readonly string[]
  readonly deadlineMs: number
}

interface Line {
  readonly cluster: Promise<Cluster>
  end(): void
}

export function openAsker({ config, topics, deadlineMs }: AskerDeps): Asker {
  let current: Line | undefined
  let closed = false

  function open(): Line {
    const connection = openConnection(config)
    return { cluster: reachCluster(connection, topics), end: connection.end }
  }

  function drop(line: Line): void {
    if (current === line) current = undefined
    line.end()
  }

  return {
    async ask(work) {
      const until = performance.now() + deadlineMs
      for (let wait = 25; ; wait = Math.min(wait * 2, 1_000)) {
        if (closed) throw new Fault('log_down', 'the log is closed')
        current ??= open()
        const line = current
        // Half of it, so that a broker that hangs leaves time to ask another.
        const attempt = Math.min(deadlineMs / 2, until - performance.now())
        try {
          return await within(attempt, line.cluster.then(work))
        } catch (error) {
          drop(line)
          if (isOurs(error)) throw error
          if (performance.now() + wait >= until) throw asFault(error)
        }
        await pause(wait)
      }
    },
    close() {
      closed = true
      if (current) drop(current)
    },
  }
}

/** A mistake of this program's own, which no second try mends. */
function isOurs(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError
}
