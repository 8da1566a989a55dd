/** What became of a visitor's choice or request, by the receipt alone. */

import type { Consumer } from '../../infra/ports/log.ts'
import type { Store } from '../../infra/ports/store.ts'
import type { ReceiptId } from '../../schemas/ids.ts'
import type { ReceiptState } from '../../schemas/receipt.ts'
import { consentOfReceipt, deletionOfReceipt } from './queries/receipt.ts'

export interface ReceiptDeps {
  readonly store: Store
  readonly consumer: Pick<Consumer, 'lag'>
}

const recorded = { step: 'recorded', done: true }

/** `undefined` for a receipt that the store has not heard of, which may still be on its way. */
export async function lookUpReceipt(
  { store, consumer }: ReceiptDeps,
  receipt: ReceiptId,
): Promise<ReceiptState | undefined> {
  // Asked first: what is stored while we look must not be missed as neither waiting nor there.
  const waiting = (await consumer.lag()) > 0
  const [consent] = await store.ask(consentOfReceipt, { receipt })
  const [deletion] = await store.ask(deletionOfReceipt, { receipt })
  if (deletion) return { state: 'done', steps: [recorded, { step: 'deleted', done: true }] }
  if (!consent) return undefined
  // A choice without P3 may end a profile, and its deletion comes by another topic.
  if (waiting && !consent.purposes.includes('P3'))
    return { state: 'accepted', steps: [recorded, { step: 'deleted', done: false }] }
  return { state: 'done', steps: [recorded] }
}
