/** How the collector learns what became of a receipt: from the profiles in this process, or from those in another, by their address. */

import { Fault } from '../schemas/fault.ts'
import { ReceiptId } from '../schemas/ids.ts'
import { ReceiptState } from '../schemas/receipt.ts'
import type { Profiles } from './profiles/open-profiles.ts'

export type LookUpReceipt = (id: string) => Promise<ReceiptState | undefined>

const PATIENCE_MS = 3_000

export function receiptsOf(
  profiles: Pick<Profiles, 'lookUpReceipt'> | undefined,
  url: string | undefined,
): LookUpReceipt {
  return async (id) => {
    const receipt = ReceiptId.safeParse(id)
    if (!receipt.success) return undefined
    if (profiles) return profiles.lookUpReceipt(receipt.data)
    if (url === undefined)
      throw new Fault(
        'store_down',
        'receipts are looked up where profiles run: set PROFILES_URL to their admin listener',
      )
    return ask(new URL(`/receipts/${receipt.data}`, url))
  }
}

async function ask(url: URL): Promise<ReceiptState | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) })
    if (answer.status === 404) return undefined
    if (!answer.ok) throw new Error(`status ${answer.status}`)
    return ReceiptState.parse(await answer.json())
  } catch (cause) {
    throw new Fault('store_down', 'receipts cannot be looked up now; ask again later', { cause })
  }
}
