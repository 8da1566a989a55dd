/**
 * Hands the rows of a run to its destination, batch by batch, with the fence between. It may die at any point and begin again: what the
 * book says was answered is not said again, what it says was released is said again with the same number.
 */

import type { Destination, Shipment } from '../../../infra/ports/destination.ts'
import type { Batch, RunManifest } from '../../../schemas/audience.ts'
import type { Address } from '../../../schemas/contact.ts'
import type { ExportId } from '../../../schemas/ids.ts'
import type { Fence, News } from '../fence/fence.ts'
import type { Member, Members } from '../packed/members.ts'
import type { Claim } from './claims.ts'
import type { PlannedBatch } from './diff.ts'
import type { Outcome, OwedBatch, RunBook, Settlement } from './run-book.ts'

export interface Delivering {
  readonly book: RunBook
  readonly destination: Destination
  readonly shipment: Shipment
  /** Raised over all consenting people with a device; it knows who is out already. */
  readonly fence: Fence
  /** What ended since it was last asked. Throws `consent_unreadable` when that cannot be read to its end. */
  readonly readNews: () => Promise<News & { readonly upTo: number }>
  /** Who is in the audience now, with the row as it would leave now. */
  readonly members: Pick<Members, 'get'>
  /** Where the destination knows people by address, of those who are taken out and still have one. */
  readonly addressesOf: (people: readonly ExportId[]) => Promise<ReadonlyMap<ExportId, Address>>
  /** People who left in an earlier attempt and have ended since. */
  readonly gone: readonly ExportId[]
  readonly manifest: RunManifest
}

/** A batch made ready: who is owed, and of upserts their rows as they would leave now. */
interface Ready extends OwedBatch {
  readonly number: number
  readonly op: Batch['op']
  readonly members: readonly (Member | undefined)[]
}

/** A batch about to leave, after the fence. */
interface Leaving {
  readonly number: number
  readonly op: Batch['op']
  readonly xs: readonly ExportId[]
  readonly members: readonly Member[]
  readonly withheld: readonly ExportId[]
  readonly said: boolean
}

/** What the destination is shown of a claim. */
export function shipmentOf(claim: Claim): Shipment {
  const { run, audience } = claim.run
  return {
    audience,
    run,
    get signal() {
      return claim.signal
    },
  }
}

export async function deliverRun(deps: Delivering): Promise<Outcome> {
  const { book, destination, shipment, fence, readNews } = deps
  await book.expectReleased()
  const news = await readNews()
  await recall(deps, [...deps.gone, ...fence.take(news)], news.upTo)

  const owed = await book.owedBatches()
  let next = await makeReady(deps, owed[0])
  for (let index = 1; next; index += 1) {
    shipment.signal.throwIfAborted()
    const before = await readNews()
    const overtaken = fence.take(before)
    const settlement = await handOver(deps, throughFence(next, fence), before.upTo)
    const upcoming = owed[index]
    // While the answer is written down: who withdrew while the batch was leaving is in the news, and the next one is made ready.
    const [, [after, following]] = await allOf(
      settlement && book.settle(settlement),
      // One after the other: rows are made in one go, and the database should have the answer in hand by then.
      readNews().then(async (found) => [found, await makeReady(deps, upcoming)] as const),
    )
    overtaken.push(...fence.take(after))
    await recall(deps, overtaken, after.upTo)
    next = following
  }

  const outcome = await book.outcome()
  if (!destination.finish || outcome.unknown > 0) return outcome
  await finish(deps, destination.finish)
  return book.outcome()
}

/** Each of them to its end, also where one fails: an answer that is being written down must not be left to itself. */
async function allOf<T extends readonly unknown[]>(...work: T): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work)
  return Promise.all(work)
}

async function makeReady(
  { book, members }: Pick<Delivering, 'book' | 'members'>,
  batch: Pick<PlannedBatch, 'number' | 'op'> | undefined,
): Promise<Ready | undefined> {
  if (!batch) return undefined
  const owed = await book.owed(batch.number)
  return { ...batch, ...owed, members: batch.op === 'upsert' ? owed.xs.map((x) => members.get(x)) : [] }
}

/** Who is no member any more, or ended, stays behind. Removals are never held back. */
function throughFence({ number, op, xs, said, members }: Ready, fence: Fence): Leaving {
  if (op === 'remove') return { number, op, xs, said, members: [], withheld: [] }
  const through = fence.release(xs.filter((_, n) => members[n] !== undefined))
  const [going, withheld]: [Member[], ExportId[]] = [[], []]
  for (const [n, x] of xs.entries()) {
    const member = members[n]
    if (member && through[going.length] === x) going.push(member)
    else withheld.push(x)
  }
  return { number, op, xs: through, said, members: going, withheld }
}

/** The file is written without those whom the last look names; who withdraws after it is taken out again. */
async function finish(deps: Delivering, end: NonNullable<Destination['finish']>) {
  const { book, destination, shipment, fence, readNews, manifest } = deps
  const removed = await book.removed()
  const kept = new Set<ExportId>()
  const lastLook = async () => {
    for (const x of fence.take(await readNews())) kept.add(x)
    return new Set<string>([...removed, ...fence.barred()])
  }
  await end.call(destination, shipment, manifest, lastLook)
  if (kept.size > 0) await book.withhold([...kept])
  const after = await readNews()
  await recall(deps, fence.take(after), after.upTo)
}

async function recall(deps: Delivering, people: readonly ExportId[], sequence: number) {
  if (people.length === 0) return
  await removeAll(deps, await deps.book.addRemovals([...new Set(people)], deps.destination.batchSize), sequence)
}

type Handing = Pick<Delivering, 'book' | 'destination' | 'shipment' | 'addressesOf'>

async function removeAll(deps: Handing, batches: readonly Pick<PlannedBatch, 'number' | 'xs'>[], sequence: number) {
  for (const { number, xs } of batches) {
    const batch = { number, op: 'remove', xs, members: [], withheld: [], said: false } as const
    const settlement = await handOver(deps, batch, sequence)
    if (settlement) await deps.book.settle(settlement)
  }
}

/** Answers with what came of it, which is still to be written down; `undefined` when there was nobody to say it of. */
async function handOver(deps: Handing, batch: Leaving, sequence: number): Promise<Settlement | undefined> {
  const { book, destination, shipment } = deps
  const { number, op, xs, members, withheld } = batch
  // Nobody is left of an attempt whose answer is unknown: said again, it is empty, and replaces what may have arrived.
  const unsaid = xs.length === 0 && !batch.said
  await book.release({ number, op, leaving: xs, withheld, sequence, unsaid })
  if (unsaid) return undefined
  shipment.signal.throwIfAborted()
  const people = members.map(({ row }) => row)
  const delivery = await destination.deliver(
    shipment,
    number,
    op === 'upsert' ? { op, people } : await removalOf(deps, xs),
  )
  if (delivery !== 'unknown' && delivery.length !== xs.length)
    throw new Error(`${xs.length} people left and ${delivery.length} receipts came`)
  return { number, op, xs, fingerprints: members.map(({ fingerprint }) => fingerprint), delivery }
}

async function removalOf(
  { destination, addressesOf }: Pick<Delivering, 'destination' | 'addressesOf'>,
  ids: readonly ExportId[],
) {
  const addresses = destination.recipient === 'address' ? await addressesOf(ids) : new Map<ExportId, Address>()
  const people = ids.map((id) => {
    const address = addresses.get(id)
    return address === undefined ? { id } : { id, address }
  })
  return { op: 'remove', people } as const
}

/** Removals of a run that is over. */
export async function deliverRemovals(deps: Handing, sequence: number): Promise<Outcome> {
  const { book, destination } = deps
  await book.moveLater('remove', destination.batchSize)
  const owed = (await book.owedBatches()).filter(({ op }) => op === 'remove')
  for (const { number } of owed) await removeAll(deps, [{ number, xs: (await book.owed(number)).xs }], sequence)
  return book.outcome()
}
