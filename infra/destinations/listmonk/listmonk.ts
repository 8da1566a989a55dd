/** listmonk as a destination: people by address, their interests as attributes, the audience as a list. */

import type { Batch, Delivery, MemberRow, Receipt } from '../../../schemas/audience.ts'
import { Fault } from '../../../schemas/fault.ts'
import type { Destination, Shipment } from '../../ports/destination.ts'
import { type ListmonkClient, listmonkClient, NoAnswer, type Subscriber } from './client.ts'

export interface ListmonkOptions {
  readonly name: string
  readonly url: string
  readonly user: string
  readonly token: string
  /** The list that a member of an audience is put on. */
  readonly list: number
  readonly timeoutMs?: number
}

export function listmonkDestination({ name, list, timeoutMs = 20_000, ...access }: ListmonkOptions): Destination {
  const client = (shipment: Pick<Shipment, 'signal'>) => listmonkClient({ ...access, timeoutMs }, shipment)
  return {
    name,
    recipient: 'address',
    batchSize: 100,
    async check() {
      try {
        await client(new AbortController()).members(list, 1)
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
        throw new Fault('destination_down', `listmonk at ${access.url} does not answer`, { cause: error })
      }
    },
    async deliver(shipment, _number, batch): Promise<Delivery> {
      const listmonk = client(shipment)
      try {
        return batch.op === 'upsert'
          ? await upsert(listmonk, shipment, batch.people)
          : await remove(listmonk, shipment, batch.people)
      } catch (error) {
        if (error instanceof NoAnswer) return 'unknown'
        // Its check has passed, so this came about since: the rows are as good as new when it is mended.
        if (error instanceof Fault) return batch.people.map(() => 'later')
        throw error
      }
    },
  }

  async function upsert(
    listmonk: ListmonkClient,
    shipment: Shipment,
    people: readonly MemberRow[],
  ): Promise<Receipt[]> {
    const known = await listmonk.find(people.flatMap(({ address }) => address ?? []))
    const joining: number[] = []
    const receipts: Receipt[] = []
    for (const person of people) {
      const subscriber = person.address && known.get(person.address.toLowerCase())
      if (!person.address) receipts.push('rejected')
      else if (!subscriber) receipts.push(await create(listmonk, shipment, person, person.address))
      else if (wantsNoMail(subscriber)) receipts.push('suppressed')
      else if (await listmonk.mergeAttributes(subscriber.id, attributesOf(shipment, person))) {
        if (!membership(subscriber)) joining.push(subscriber.id)
        receipts.push('accepted')
      } else receipts.push('rejected')
    }
    if (joining.length > 0) await listmonk.addToList(joining, list)
    return receipts
  }

  function create(listmonk: ListmonkClient, shipment: Shipment, person: MemberRow, email: string) {
    const { first_name = '', last_name = '' } = person.fields as Record<string, string>
    const name = `${first_name} ${last_name}`.trim()
    return listmonk.create({ email, name, lists: [list], attribs: attributesOf(shipment, person) })
  }

  /** Off the list, and the fields cleared. A membership that says `unsubscribed` stays: without it a later run would subscribe them again. */
  async function remove(
    listmonk: ListmonkClient,
    shipment: Shipment,
    people: Extract<Batch, { op: 'remove' }>['people'],
  ): Promise<Receipt[]> {
    const known = await listmonk.find(people.flatMap(({ address }) => address ?? []))
    // Who was erased here has no address any more; listmonk still has the id from us.
    const byId = people.some(({ address }) => !address)
      ? await membersById(listmonk, shipment)
      : new Map<string, Subscriber>()
    const leaving: number[] = []
    const uncleared = new Set<string>()
    for (const { id, address } of people) {
      const subscriber = (address && known.get(address.toLowerCase())) || byId.get(id)
      if (!subscriber) continue
      if (keyOf(shipment) in (subscriber.attribs ?? {}))
        if (!(await listmonk.mergeAttributes(subscriber.id, { [keyOf(shipment)]: null }))) uncleared.add(id)
      const status = membership(subscriber)
      if (status && status !== 'unsubscribed') leaving.push(subscriber.id)
    }
    if (leaving.length > 0) await listmonk.removeFromList(leaving, list)
    return people.map(({ id }) => (uncleared.has(id) ? 'rejected' : 'accepted'))
  }

  async function membersById(listmonk: ListmonkClient, shipment: Shipment): Promise<Map<string, Subscriber>> {
    const members = new Map<string, Subscriber>()
    for (let page = 1; ; page += 1) {
      const some = await listmonk.members(list, page)
      if (some.length === 0) return members
      for (const member of some) {
        const { id } = (member.attribs?.[keyOf(shipment)] ?? {}) as { id?: unknown }
        if (typeof id === 'string') members.set(id, member)
      }
    }
  }

  function membership({ lists }: Subscriber): string | undefined {
    return lists.find(({ id }) => id === list)?.subscription_status
  }

  function wantsNoMail(subscriber: Subscriber): boolean {
    return subscriber.status !== 'enabled' || membership(subscriber) === 'unsubscribed'
  }
}

/** Each audience has an attribute of its own, so that none overwrites another's, nor anyone else's. */
function keyOf({ audience }: Shipment): string {
  return `bauta_${audience.replaceAll('-', '_')}`
}

function attributesOf(shipment: Shipment, { id, interests, fields }: MemberRow): object {
  return {
    [keyOf(shipment)]: {
      id,
      interests: Object.fromEntries(interests.map(({ interest, band }) => [interest, band])),
      ...fields,
    },
  }
}
