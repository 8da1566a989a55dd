/** listmonk as a destination: people by address, their interests as attributes, the audience as a list. */

import { isDeepStrictEqual } from 'node:util'
import type { Batch, Delivery, MemberRow, Receipt } from '../../../schemas/audience.ts'
import { Fault } from '../../../schemas/fault.ts'
import type { Destination, Shipment } from '../../ports/destination.ts'
import { type ListmonkClient, listmonkClient, NoAnswer, type Subscriber } from './client.ts'
import { findKnown, markOf } from './known.ts'

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
        await client(new AbortController()).members(list)
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
    const key = keyOf(shipment)
    const known = (await findKnown(listmonk, key, people)).map(({ current, marked }) => ({
      current,
      marked,
      // Who refused under one address is not written to under another.
      refused: [current, ...marked].some((each) => each && wantsNoMail(each)),
    }))
    const staying = new Set(known.flatMap(({ current, refused }) => (current && !refused ? current.id : [])))
    const stale = known.flatMap(({ current, marked }) =>
      marked.filter((each) => !staying.has(each.id) && !(each.id === current?.id && wantsNoMail(each))),
    )
    // The id stays with who wants no mail: under a new address they would be subscribed again.
    await letGo(listmonk, key, stale, (each) => (wantsNoMail(each) ? { id: markOf(each, key)?.id } : null))

    const joining: number[] = []
    const receipts: Receipt[] = []
    for (const [n, person] of people.entries()) {
      const { current, refused } = known[n] ?? {}
      if (!person.address) receipts.push('rejected')
      else if (refused) receipts.push('suppressed')
      else if (!current) receipts.push(await create(listmonk, shipment, person, person.address))
      else if (await listmonk.mergeAttributes(current.id, attributesOf(shipment, person))) {
        if (!membership(current)) joining.push(current.id)
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

  async function remove(
    listmonk: ListmonkClient,
    shipment: Shipment,
    people: Extract<Batch, { op: 'remove' }>['people'],
  ): Promise<Receipt[]> {
    const key = keyOf(shipment)
    const known = await findKnown(listmonk, key, people)
    const all = known.map(({ current, marked }) => (current ? [current, ...marked] : marked))
    const uncleared = await letGo(listmonk, key, all.flat(), () => null)
    return all.map((each) => (each.some(({ id }) => uncleared.has(id)) ? 'rejected' : 'accepted'))
  }

  /**
   * Off the list, and then the fields cleared, because who has no id from us any more is not found by it again. A membership that says
   * `unsubscribed` stays: without it a later run would subscribe them again. Answers with those whose fields listmonk does not let go.
   */
  async function letGo(
    listmonk: ListmonkClient,
    key: string,
    subscribers: readonly Subscriber[],
    left: (subscriber: Subscriber) => object | null,
  ): Promise<ReadonlySet<number>> {
    const going = new Map(subscribers.map((subscriber) => [subscriber.id, subscriber]))
    const leaving = [...going].flatMap(([id, subscriber]) =>
      [undefined, 'unsubscribed'].includes(membership(subscriber)) ? [] : id,
    )
    if (leaving.length > 0) await listmonk.removeFromList(leaving, list)
    const uncleared = new Set<number>()
    for (const [id, subscriber] of going) {
      const rest = left(subscriber)
      if (isDeepStrictEqual(markOf(subscriber, key), rest)) continue
      if (!(await listmonk.mergeAttributes(id, { [key]: rest }))) uncleared.add(id)
    }
    return uncleared
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
