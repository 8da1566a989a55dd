/** Reads what has ended since: in the ledger, in the topic of stops, among locks and suppressions. */

import type { Log } from '../../../infra/ports/log.ts'
import type { Sql } from '../../../infra/ports/sql.ts'
import { Fault } from '../../../schemas/fault.ts'
import type { ContactRef, WebPseudonym } from '../../../schemas/ids.ts'
import { DAY_MS, dayOf } from '../../../schemas/week.ts'
import { pages } from '../pages.ts'
import { FIRST_CONTACT, ledgerHead, lockedContacts, negativesSince, suppressionsSince } from '../queries/contacts.ts'
import type { Negative, News } from './fence.ts'

export interface NewsDeps {
  readonly vault: Sql
  readonly log: Log
  readonly clock: () => number
}

export type NewsReader = () => Promise<News & { readonly upTo: number }>

const PAGE = 10_000

/** Begins now: what ends while a plan is made must not fall between the plan and the fence. `stopped` is all that is retained. */
export async function openNews(
  deps: NewsDeps,
): Promise<{ readonly readNews: NewsReader; readonly sequence: number; readonly stopped: ReadonlySet<WebPseudonym> }> {
  const { vault, log, clock } = deps
  const [head] = await vault.run(ledgerHead, {})
  const begin = await log.readToEnd('stops')
  // Suppressions tell the day alone; the day before is read again, for clocks that differ.
  const day = dayOf(clock() - DAY_MS)
  let sequence = head?.sequence ?? 0
  let position = begin.upTo

  const readNews: NewsReader = async () => {
    const [ledger, web, mail] = await Promise.all([
      negativesAfter(deps, sequence),
      log.readToEnd('stops', position),
      unreachable(deps, day),
    ]).catch((cause) => {
      throw new Fault('consent_unreadable', 'withdrawals cannot be read, so nothing leaves', { cause })
    })
    sequence = ledger.upTo
    position = web.upTo
    return { upTo: sequence, negatives: ledger.negatives, stops: web.records.map(({ p }) => p), ...mail }
  }
  return { readNews, sequence, stopped: new Set(begin.records.map(({ p }) => p)) }
}

export async function negativesAfter({ vault }: Pick<NewsDeps, 'vault'>, after: number) {
  const rows = await vault.run(negativesSince, { after })
  const negatives = rows.flatMap(({ contact, kind, purpose }): Negative[] => {
    if (contact === null || kind === null || purpose === null) return []
    if (purpose !== 'all') return [{ contact, fact: { purpose, state: kind } }]
    return [{ contact, fact: { purpose, state: kind === 'erased' ? 'erased' : 'objected' } }]
  })
  return { upTo: Math.max(after, rows[0]?.head ?? after), negatives }
}

/** The whole of both lists: to ask for the members of a segment would tell the vault who is in it. */
async function unreachable({ vault }: NewsDeps, day: string): Promise<Pick<News, 'locked' | 'suppressed'>> {
  const locked: ContactRef[] = []
  const nextLocked = (after: string) => vault.run(lockedContacts, { after, limit: PAGE })
  for await (const page of pages(nextLocked, FIRST_CONTACT, ({ contact }): string => contact))
    for (const { contact } of page) locked.push(contact)
  return { locked, suppressed: await suppressions({ vault }, day) }
}

export async function suppressions({ vault }: Pick<NewsDeps, 'vault'>, since: string): Promise<string[]> {
  const hashes: string[] = []
  const next = (after: string) => vault.run(suppressionsSince, { day: since, after, limit: PAGE })
  for await (const page of pages(next, '', ({ hash }) => hash)) for (const { hash } of page) hashes.push(hash)
  return hashes
}
