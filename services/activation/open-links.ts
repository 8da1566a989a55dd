/** Links as only activation can read them, and what it does to them when a device turns out to be shared. */

import type { ActivationKeys } from '../../infra/ports/keys.ts'
import type { Sql } from '../../infra/ports/sql.ts'
import { WebPseudonym } from '../../schemas/ids.ts'
import { dayOf } from '../../schemas/week.ts'
import { deleteLinks, linkPage, markShared, spoil } from './link-statements.ts'
import { pages } from './pages.ts'
import { type OpenedLink, sharedLinks } from './plan.ts'

export interface LinksDeps {
  readonly links: Sql
  readonly keys: Pick<ActivationKeys, 'sealedLink' | 'fingerprint'>
  readonly clock: () => number
}

const PAGE = 5_000
const FIRST = '00000000-0000-0000-0000-000000000000'

/** All of them, because a shared device shows only among all. One that does not open was changed or moved, and links nobody. */
export async function readLinks({ links, keys }: Pick<LinksDeps, 'links' | 'keys'>): Promise<OpenedLink[]> {
  const opened: OpenedLink[] = []
  const next = (after: string) => links.run(linkPage, { after, limit: PAGE })
  for await (const page of pages(next, FIRST, ({ id }) => id))
    for (const { id, contact, site, sequence, sealed, shared, ending } of page) {
      const pseudonym = WebPseudonym.safeParse(keys.sealedLink.open(sealed, [contact, String(sequence)]))
      if (pseudonym.success)
        opened.push({ id, contact, site, sequence, shared, ending: ending !== null, pseudonym: pseudonym.data })
    }
  return opened
}

/** By this a device that was shared is known again, without being kept. */
export function deviceHash({ fingerprint }: Pick<ActivationKeys, 'fingerprint'>, pseudonym: WebPseudonym): string {
  return fingerprint.mac(['device', pseudonym])
}

/** Marks links of devices newly found to be shared, and ends those of which another link has ended. */
export async function quarantine({ links, keys, clock }: LinksDeps, opened: readonly OpenedLink[]): Promise<void> {
  const { shared, orphaned } = sharedLinks(opened)
  if (shared.length > 0) await links.run(markShared, { ids: [...shared] })
  if (orphaned.length === 0) return
  const ended = new Set(orphaned)
  const hashes = opened.filter(({ id }) => ended.has(id)).map(({ pseudonym }) => deviceHash(keys, pseudonym))
  await links.transaction(async (session) => {
    await session.run(spoil, { hashes, day: dayOf(clock()) })
    await session.run(deleteLinks, { ids: [...orphaned] })
  })
}
