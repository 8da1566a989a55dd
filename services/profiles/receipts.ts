/** What became of a visitor's choice or request, by the receipt alone. */

import type { Consumer } from '../../infra/ports/log.ts'
import type { Store } from '../../infra/ports/store.ts'
import type { ReceiptId } from '../../schemas/ids.ts'
import { consentOfReceipt, deletionOfReceipt } from './queries/receipt.ts'

export interface ReceiptState {
  /** `pending`: on its way, or not known while there is still something on its way. */
  readonly state: 'pending' | 'done' | 'unknown'
  readonly steps: readonly { readonly step: 'choice_recorded' | 'profile_deleted'; readonly day: string }[]
}

export interface ReceiptDeps {
  readonly store: Store
  readonly consumer: Pick<Consumer, 'lag'>
}

export async function lookUpReceipt({ store, consumer }: ReceiptDeps, receipt: ReceiptId): Promise<ReceiptState> {
  // Asked first: what is stored while we look must not be missed as neither waiting nor there.
  const waiting = (await consumer.lag()) > 0
  const [consent] = await store.ask(consentOfReceipt, { receipt })
  const [deletion] = await store.ask(deletionOfReceipt, { receipt })
  const steps = [
    ...(consent ? [{ step: 'choice_recorded' as const, day: consent.day }] : []),
    ...(deletion ? [{ step: 'profile_deleted' as const, day: deletion.day }] : []),
  ]
  // A choice without P3 may end a profile, and its deletion comes by another topic.
  const deletes = consent !== undefined && !consent.purposes.includes('P3')
  if (deletion || (consent && !(deletes && waiting))) return { state: 'done', steps }
  return { state: waiting ? 'pending' : 'unknown', steps }
}
