/** Links as only activation can read them, and what it does to them when a device turns out to be shared. */

import type { ActivationKeys } from '../../../infra/ports/keys.ts'
import type { Sql } from '../../../infra/ports/sql.ts'
import { WebPseudonym } from '../../../schemas/ids.ts'
import { dayOf } from '../../../schemas/week.ts'
import type { OpenedLink, PackedLinks } from '../packed/links.ts'
import { pages } from '../pages.ts'
import { deleteLinks, type LinkRow, linkPage, markShared, spoil } from '../queries/links.ts'

export interface LinksDeps {
  readonly links: Sql
  readonly keys: Pick<ActivationKeys, 'sealedLink' | 'fingerprint'>
  readonly clock: () => number
}

const PAGE = 5_000
const FIRST = '00000000-0000-0000-0000-000000000000'

/** One that does not open was changed or moved, and links nobody. */
export function openLink(
  { sealedLink }: Pick<ActivationKeys, 'sealedLink'>,
  { id, contact, site, sequence, sealed, shared, ending }: LinkRow,
): OpenedLink | undefined {
  const pseudonym = WebPseudonym.safeParse(sealedLink.open(sealed, [contact, String(sequence)]))
  if (!pseudonym.success) return undefined
  return { id, contact, site, sequence, shared, ending: ending !== null, pseudonym: pseudonym.data }
}

/** All of them, because a shared device shows only among all. */
export async function* openLinks({
  links,
  keys,
}: Pick<LinksDeps, 'links' | 'keys'>): AsyncGenerator<readonly OpenedLink[]> {
  const next = (after: string) => links.run(linkPage, { after, limit: PAGE })
  for await (const page of pages(next, FIRST, ({ id }) => id)) yield page.flatMap((row) => openLink(keys, row) ?? [])
}

/** Those that are asked for, of all. */
export async function readLinks(
  deps: Pick<LinksDeps, 'links' | 'keys'>,
  wanted: (link: OpenedLink) => boolean = () => true,
): Promise<OpenedLink[]> {
  const found: OpenedLink[] = []
  for await (const page of openLinks(deps)) found.push(...page.filter(wanted))
  return found
}

/** By this a device that was shared is known again, without being kept. */
export function deviceHash({ fingerprint }: Pick<ActivationKeys, 'fingerprint'>, pseudonym: WebPseudonym): string {
  return fingerprint.mac(['device', pseudonym])
}

/** By this the contact who left a device is known again there, and on no other device. */
export function ownerHash(
  { fingerprint }: Pick<ActivationKeys, 'fingerprint'>,
  { contact, pseudonym }: Pick<OpenedLink, 'contact' | 'pseudonym'>,
): string {
  return fingerprint.mac(['former', pseudonym, contact])
}

/** Marks links of devices newly found to be shared, and ends those of which another link has ended. */
export async function quarantine({ links, keys, clock }: LinksDeps, opened: PackedLinks): Promise<void> {
  const [shared, orphaned] = [opened.shared(), opened.orphaned()]
  if (shared.length > 0) await links.run(markShared, { ids: shared })
  if (orphaned.length === 0) return
  const hashes = orphaned.map(({ pseudonym }) => deviceHash(keys, pseudonym))
  await links.transaction(async (session) => {
    await session.run(spoil, { hashes, day: dayOf(clock()) })
    await session.run(deleteLinks, { ids: orphaned.map(({ id }) => id) })
  })
}
