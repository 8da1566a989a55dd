/** Writes a device's choice down: the proof, the end of an id where one ends, then the cookie. In that order, so that no cookie claims more than is on disk. */

import { type LogEntry, SavedForLater } from '../../infra/ports/log.ts'
import type { DevicePurpose } from '../../schemas/consent.ts'
import type { ConsentRequest } from '../../schemas/event.ts'
import type { ReceiptId } from '../../schemas/ids.ts'
import { dayOf } from '../../schemas/week.ts'
import type { CollectorDeps } from '../deps.ts'
import type { Append } from '../gather.ts'
import { noticeShown, type Site } from '../site.ts'
import type { Device, Devices } from './devices.ts'
import { choose, clearCookie, heedSignals, newReceipt, newVisitorId, setCookie } from './visitor.ts'

export interface Choices {
  record(site: Site, said: Said): Promise<Recorded>
  /** GPC or DNT on any request withdraws; their absence restores nothing. `undefined` when there is nothing to withdraw. */
  heed(site: Site, device: Device, signals: Signals, brought: Brought): Promise<Recorded | undefined>
  forget(site: Site, cookies: string | undefined): Promise<Forgotten>
}

export interface Signals {
  readonly gpc: boolean
  readonly dnt: boolean
}

export interface Brought {
  /** The header: each cookie of ours in it either goes on or ends, also one that counts no more. */
  readonly cookies: string | undefined
  readonly language: string
}

export interface Said extends Brought {
  /** Whose consent stands. */
  readonly current: Device | undefined
  readonly purposes: readonly DevicePurpose[]
  readonly notice: string
  readonly method: ConsentRequest['method']
  /** Cleaned already. */
  readonly path: string
}

export interface Recorded {
  readonly device: Device | undefined
  readonly receipt: ReceiptId
  /** To be set; nothing where nothing was there and nothing was granted. */
  readonly cookie: string | undefined
}

export interface Forgotten {
  readonly receipt: ReceiptId
  /** Was there anybody to forget? */
  readonly some: boolean
  readonly cookie: string | undefined
}

export function choicesOf(deps: CollectorDeps, devices: Devices, append: Append): Choices {
  const { keys, log, refused, clock } = deps

  function proof(site: Site, said: Said, granted: readonly DevicePurpose[], receipt: ReceiptId): LogEntry[] {
    const notice = site.notices.get(said.notice)
    if (!notice) return []
    const record = {
      receipt,
      site: site.name,
      purposes: [...granted],
      notice: said.notice,
      ...noticeShown(site, notice, said.language),
      method: said.method,
      path: said.path,
      at: new Date(clock()).toISOString(),
    }
    // By the receipt and not by the visitor: the proof shares nothing with a pseudonym, not even a partition.
    return [{ topic: 'device_consents', partition: Number.parseInt(receipt.slice(1, 9), 16) % log.partitions, record }]
  }

  async function end(
    site: Site,
    devices: readonly Device[],
    kind: 'stop' | 'erase',
    more: readonly LogEntry[],
    receipt?: ReceiptId,
  ) {
    const stops = devices.map(({ pseudonyms: { p, partition } }): LogEntry => {
      const record = { site: site.name, p, kind, day: dayOf(clock()), ...(receipt && { receipt }) }
      return { topic: 'stops', partition, record }
    })
    const unread = stops.length + more.length > 0 ? await savedForLater(append([...more, ...stops])) : undefined
    // Not before it is on disk: a withdrawal that was not saved must be said again, by whom it still knows.
    for (const { pseudonyms } of devices) await refused.add(pseudonyms.p)
    // Where the log is away the device is refused from now on, but only its own word again makes sure that everybody knows.
    if (unread) throw unread
  }

  async function record(site: Site, said: Said): Promise<Recorded> {
    const { current, cookies, purposes, notice } = said
    const receipt = newReceipt()
    const now = clock()
    const visitor = choose(current?.visitor, { purposes, notice, receipt, now, freshId: newVisitorId() })
    // A cookie that counts no more, or not beside another, may still have a profile behind it; what follows begins anew.
    const carried = devices.carriedBy(site, cookies)
    const over = carried.devices.filter((device) => device.visitor.vid !== visitor?.vid)
    const device = visitor && devices.describe(site, visitor)
    // Who declines from the start leaves no trace, not even of declining.
    const entries = visitor || over.length > 0 ? proof(site, said, visitor?.purposes ?? [], receipt) : []
    await end(site, over, 'stop', entries)
    const cleared = carried.some ? clearCookie(site.name) : undefined
    return { device, receipt, cookie: visitor ? setCookie(site.name, visitor, keys.cookie(site.name), now) : cleared }
  }

  return {
    record,
    async heed(site, device, signals, brought) {
      const { purposes, notice } = device.visitor
      const left = heedSignals(purposes, signals)
      if (left.length === purposes.length) return undefined
      return record(site, { ...brought, current: device, purposes: left, notice, method: 'signal', path: '' })
    },
    async forget(site, cookies) {
      const receipt = newReceipt()
      const carried = devices.carriedBy(site, cookies)
      await end(site, carried.devices, 'erase', [], receipt)
      const cookie = carried.some ? clearCookie(site.name) : undefined
      return { receipt, some: carried.devices.length > 0, cookie }
    },
  }
}

/** Answers the refusal that still means: on disk. */
async function savedForLater(append: Promise<void>): Promise<SavedForLater | undefined> {
  try {
    await append
    return undefined
  } catch (error) {
    if (error instanceof SavedForLater) return error
    throw error
  }
}
