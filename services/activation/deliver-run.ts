/**
 * Hands the rows of a run to its destination, batch by batch, with the fence between. It may die at any point and begin again: what the
 * book says was answered is not said again, what it says was released is said again with the same number.
 */

import type { Destination, Shipment } from '../../infra/ports/destination.ts'
import type { Batch, Delivery, RunManifest } from '../../schemas/audience.ts'
import type { Address } from '../../schemas/contact.ts'
import type { ExportId } from '../../schemas/ids.ts'
import type { Fence, News } from './fence.ts'
import type { Members } from './packed-members.ts'
import type { BookedRow } from './row-statements.ts'
import type { Outcome, Release, RunBook, Settlement } from './run-book.ts'

export interface Delivering {
  readonly book: RunBook
  readonly destination: Destination
  readonly shipment: Shipment
  /** Raised over all consenting people with a device; it knows who is out already. */
  readonly fence: Fence
  /** What ended since it was last asked. Throws `consent_unreadable` when that cannot be read to its end. */
  readonly readNews: () => Promise<News & { readonly upTo: number }>
  /** Who is in the audience now, with the row as it would leave now. */
  readonly members: Pick<Members, 'has' | 'get'>
  /** Where the destination knows people by address, of those who are taken out and still have one. */
  readonly addressesOf: (people: readonly ExportId[]) => Promise<ReadonlyMap<ExportId, Address>>
  /** People who left in an earlier attempt and have ended since. */
  readonly gone: readonly ExportId[]
  readonly manifest: RunManifest
}

export async function deliverRun(deps: Delivering): Promise<Outcome> {
  const { book, destination, shipment, fence, readNews, members } = deps
  const news = await readNews()
  await recall(deps, [...deps.gone, ...fence.take(news)], news.upTo)

  for (const { number, op } of await book.owedBatches()) {
    shipment.signal.throwIfAborted()
    const rows = await book.owedRows(number)
    const before = await readNews()
    const overtaken = fence.take(before)
    const leaving = op === 'remove' ? rows : lettingThrough(rows, fence, members)
    await handOver(deps, number, op, rows, leaving, before.upTo)
    // Read again: who withdrew while the batch was leaving is in it.
    const after = await readNews()
    overtaken.push(...fence.take(after))
    await recall(deps, overtaken, after.upTo)
  }

  const outcome = await book.outcome()
  if (!destination.finish || outcome.unknown > 0) return outcome
  await finish(deps, destination.finish)
  return book.outcome()
}

function lettingThrough(rows: readonly BookedRow[], fence: Fence, members: Delivering['members']): BookedRow[] {
  const through = new Set(fence.release(rows.map(({ x }) => x).filter((x) => members.has(x))))
  return rows.filter(({ x }) => through.has(x))
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
  const added = await deps.book.addRemovals([...new Set(people)].sort(), deps.destination.batchSize)
  for (const [number, rows] of batchesOf(added)) await handOver(deps, number, 'remove', rows, rows, sequence)
}

async function handOver(
  deps: Pick<Delivering, 'book' | 'destination' | 'shipment' | 'members' | 'addressesOf'>,
  number: number,
  op: Batch['op'],
  rows: readonly BookedRow[],
  leaving: readonly BookedRow[],
  sequence: number,
) {
  const { book, destination, shipment, members } = deps
  const staying = new Set(leaving.map(({ position }) => position))
  const withheld = rows.filter(({ position }) => !staying.has(position))
  const going = op === 'upsert' ? leaving.map(({ x }) => members.get(x)) : []
  const people = going.flatMap((member) => member?.row ?? [])
  const fresh = leaving.map((row, n) => ({ ...row, fingerprint: going[n]?.fingerprint ?? '' }))
  await book.release({ number, op, leaving: fresh, withheld, sequence })
  // Nobody is left of an attempt whose answer is unknown: said again, it is empty, and replaces what may have arrived.
  if (leaving.length === 0 && !rows.some(({ receipt }) => receipt !== null)) return
  const batch: Batch = op === 'upsert' ? { op, people } : await removalOf(deps, leaving)
  const delivery = await destination.deliver(shipment, number, batch)
  await book.settle({ number, op, answered: answeredBy(fresh, delivery) })
}

async function removalOf(
  { destination, addressesOf }: Pick<Delivering, 'destination' | 'addressesOf'>,
  rows: readonly BookedRow[],
) {
  const ids = rows.map(({ x }) => x)
  const addresses = destination.recipient === 'address' ? await addressesOf(ids) : new Map<ExportId, Address>()
  const people = ids.map((id) => {
    const address = addresses.get(id)
    return address === undefined ? { id } : { id, address }
  })
  return { op: 'remove', people } as const
}

function answeredBy(rows: Release['leaving'], delivery: Delivery): Settlement['answered'] {
  if (delivery !== 'unknown' && delivery.length !== rows.length)
    throw new Error(`${rows.length} people left and ${delivery.length} receipts came`)
  return rows.map((row, n) => ({ ...row, receipt: delivery === 'unknown' ? 'unknown' : (delivery[n] ?? 'unknown') }))
}

/** What deliveries of removals alone need: those of runs that are over. */
export async function deliverRemovals(
  deps: Pick<Delivering, 'book' | 'destination' | 'shipment' | 'addressesOf'>,
  sequence: number,
): Promise<Outcome> {
  const owing = await deps.book.owedRemovals()
  for (const [number, rows] of batchesOf(owing))
    await handOver({ ...deps, members: nobody }, number, 'remove', rows, rows, sequence)
  return deps.book.outcome()
}

const nobody: Delivering['members'] = { has: () => false, get: () => undefined }

function batchesOf(rows: readonly BookedRow[]): ReadonlyMap<number, readonly BookedRow[]> {
  const batches = new Map<number, BookedRow[]>()
  for (const row of rows) {
    const batch = batches.get(row.batch)
    if (batch) batch.push(row)
    else batches.set(row.batch, [row])
  }
  return batches
}
