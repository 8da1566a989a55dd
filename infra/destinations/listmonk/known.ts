/** Whom listmonk knows of a batch. The id from us stays with the address that a person had before, and with who was erased here. */

import type { MemberRow } from '../../../schemas/audience.ts'
import type { ListmonkClient, Subscriber } from './client.ts'

/** One person at listmonk. */
export interface Known {
  /** Whoever has their address of today. */
  readonly current: Subscriber | undefined
  /** All who carry their id, whatever the address: `current` is among them once it was delivered. */
  readonly marked: readonly Subscriber[]
}

/** In the order of the people, in two look-ups: listmonk has an index of addresses, which one question for both would pass by. */
export async function findKnown(
  listmonk: ListmonkClient,
  key: string,
  people: readonly Pick<MemberRow, 'id' | 'address'>[],
): Promise<readonly Known[]> {
  const byAddress = await listmonk.find(people.flatMap(({ address }) => address ?? []))
  const byId = new Map<unknown, Subscriber[]>(people.map(({ id }) => [id, []]))
  for (const subscriber of await listmonk.findMarked(key, [...new Set(people.map(({ id }) => id))]))
    byId.get(markOf(subscriber, key)?.id)?.push(subscriber)
  return people.map(({ id, address }) => ({
    current: address && byAddress.get(address.toLowerCase()),
    marked: byId.get(id) ?? [],
  }))
}

/** What an audience has left on a subscriber. */
export function markOf({ attribs }: Subscriber, key: string): { readonly id?: unknown } | null {
  const mark = attribs?.[key]
  return typeof mark === 'object' ? mark : null
}
