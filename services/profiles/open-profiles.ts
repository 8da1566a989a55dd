/** The profiles service: one consumer of the log that feeds the store, and what is asked about it. */

import type { Logger } from 'pino'
import type { House } from '../../infra/config/house.ts'
import type { DeadLetters } from '../../infra/control/dead-letters.ts'
import { underLease } from '../../infra/control/lease.ts'
import { onceADay } from '../../infra/control/once-a-day.ts'
import type { LoadMeter } from '../../infra/listeners/metrics.ts'
import type { Cache } from '../../infra/ports/cache.ts'
import type { MacKey } from '../../infra/ports/keys.ts'
import type { Log } from '../../infra/ports/log.ts'
import type { Sql } from '../../infra/ports/sql.ts'
import type { Store } from '../../infra/ports/store.ts'
import { storeUntil } from '../../infra/store-until.ts'
import { Fault } from '../../schemas/fault.ts'
import type { ReceiptId, WebPseudonym } from '../../schemas/ids.ts'
import type { ReceiptState } from '../../schemas/receipt.ts'
import type { Topic } from '../../schemas/topics.ts'
import { openBands } from './bands.ts'
import { batchAppender } from './batch-appender.ts'
import { type Explanation, explainProfile } from './explain.ts'
import { idWindows } from './load/id-windows.ts'
import { type LoadedTopic, loader } from './load/load.ts'
import { type Replayed, replayDeadLetter } from './load/replay-dead-letter.ts'
import { tellFailures } from './load/tell-failures.ts'
import { readTombstones } from './load/tombstones.ts'
import { lookUpReceipt } from './receipts.ts'
import { reconcile } from './reconcile/reconcile.ts'
import type { ReconcileReport } from './reconcile/report.ts'
import { expire, foldWeeks, mergeChanged, sweepEnded } from './upkeep/fold.ts'
import { openSnapshots } from './upkeep/snapshots.ts'

export interface ProfilesDeps {
  readonly house: House
  readonly stream: Log
  readonly store: Store
  readonly cache: Cache
  /** Holds the lease of who folds. */
  readonly control: Sql
  readonly deadLetters: DeadLetters
  readonly fingerprint: MacKey
  readonly now: () => number
  readonly log: Logger
  /** Whoever loads once and ends has nobody to tell. */
  readonly meter?: LoadMeter
}

export interface Profiles {
  /** Rejects with what ended the loader for good: somebody has to mend it and start it again. */
  readonly stopped: Promise<void>
  /** Resolves when all that was in the log at the call is in the store, and the touched bands in the cache. */
  caughtUp(): Promise<void>
  /** Records behind the end of the log. */
  lag(): Promise<number>
  lagByTopic(): Promise<ReadonlyMap<Topic, number>>
  /** Folds and expires, and merges with the first call of each UTC day, unless another process is at it. Again at once, it finds nothing to do. */
  maintain(now: number): Promise<void>
  /** The snapshot that analysts count in, of every site, now. Answers with the sites. */
  takeSnapshots(): Promise<readonly string[]>
  /** `undefined` for a site that is not there. */
  explain(who: { readonly site: string; readonly p: WebPseudonym }): Promise<Explanation | undefined>
  /** `undefined` for one that the store has not heard of, which may still be on its way. */
  lookUpReceipt(receipt: ReceiptId): Promise<ReceiptState | undefined>
  replayDeadLetter(id: string): Promise<Replayed>
  /** Compares the log with the store. Reads all that the log keeps. */
  reconcile(): Promise<ReconcileReport>
  /** Gives up folding and snapshots, which may be at the store for long, and lets the batch at hand finish. */
  close(): Promise<void>
}

const TOPICS = ['device_consents', 'stops', 'signals', 'events', 'counts'] as const satisfies LoadedTopic[]
const MAX_RECORDS = 5_000

export async function openProfiles(deps: ProfilesDeps): Promise<Profiles> {
  const { stream, store, control, now, log } = deps
  const tombstones = await readTombstones(deps)
  const windows = idWindows({ store, now })
  const bands = openBands({ ...deps, tombstones })
  await bands.warm()
  const append = batchAppender(deps)
  const load = tellFailures(log, loader({ ...deps, tombstones, windows, bands, append }))

  // Folding changes what batches change, so they wait for one another.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work)
    last = turn.catch(() => {})
    return turn
  }
  const closing = new AbortController()
  const untilClosed = storeUntil(store, closing.signal)
  const snapshots = openSnapshots(deps)
  const consumer = await stream.consume({
    group: 'profiles',
    topics: TOPICS,
    maxRecords: MAX_RECORDS,
    each: (batch) =>
      inTurn(async () => {
        // What it waited for goes on at the store; whoever reads on from here takes it.
        if (closing.signal.aborted) throw new Fault('store_down', 'the profiles are being closed')
        await load(batch)
      }),
  })

  consumer.stopped.catch((error: unknown) => log.error({ err: error }, 'nothing is loaded any more'))

  return {
    stopped: consumer.stopped,
    caughtUp: () => consumer.caughtUp(),
    lag: () => consumer.lag(),
    async lagByTopic() {
      const lags = TOPICS.map(async (topic) => [topic, await consumer.lag(topic)] as const)
      return new Map(await Promise.all(lags))
    },
    async maintain(time) {
      await underLease({ control }, 'profiles.maintain', async (lease) => {
        const held = () => {
          closing.signal.throwIfAborted()
          lease()
        }
        const own = { store: untilClosed, bands, held }
        const folded = await inTurn(() => foldWeeks(own, time))
        const swept = await sweepEnded(own)
        await inTurn(() => expire(own, time))
        await onceADay({ control }, 'profiles.merged', time, () => mergeChanged(own))
        log.info({ count: folded.length, swept }, 'weeks folded into quarters, old ones deleted')
        held()
        const sites = await snapshots.takeDue(time)
        if (sites.length > 0) log.info({ count: sites.length }, 'snapshots taken')
      })
    },
    takeSnapshots: snapshots.takeAll,
    explain: (who) => explainProfile(deps, who),
    lookUpReceipt: (receipt) => lookUpReceipt({ store, consumer }, receipt),
    reconcile: () => reconcile({ ...deps, consumer, tombstones }),
    replayDeadLetter: (id) => replayDeadLetter({ ...deps, tombstones }, id),
    async close() {
      closing.abort()
      const ending = snapshots.close()
      await consumer.close()
      await last
      await ending
    },
  }
}
