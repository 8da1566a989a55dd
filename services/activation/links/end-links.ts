/**
 * Ends links whose consent has ended. What was read on the device stays with its pseudonym, of which the web side is told nothing: so the
 * device is noted as its contact's first, and no other contact is linked to it any more.
 */

import { dayOf } from '../../../schemas/week.ts'
import { packedLinks } from '../packed/links.ts'
import { deleteWithdrawn, lockDevices, noteFormer, withdrawnLinks } from '../queries/links.ts'
import { deviceHash, type LinksDeps, openLink, ownerHash, quarantine, readLinks } from './open-links.ts'

/** From the moment it has an ending a link counts nowhere; said again after a crash, this does the same again. */
export async function endLinks(deps: LinksDeps): Promise<void> {
  const { links, keys, clock } = deps
  const ending = await links.run(withdrawnLinks, {})
  if (ending.length === 0) return
  const opened = ending.flatMap((row) => openLink(keys, row) ?? [])
  const hashes = opened.map(({ pseudonym }) => deviceHash(keys, pseudonym))
  const owners = opened.map((link) => ownerHash(keys, link))
  await links.transaction(async (session) => {
    await session.run(lockDevices, {})
    await session.run(noteFormer, { hashes, owners, day: dayOf(clock()) })
  })
  // Only now: another contact was linked to the device before, and is seen here, or will find the note.
  const devices = new Set(opened.map(({ pseudonym }) => pseudonym))
  await quarantine(deps, packedLinks(await readLinks(deps, ({ pseudonym }) => devices.has(pseudonym))))
  await links.run(deleteWithdrawn, { ids: ending.map(({ id }) => id) })
}
