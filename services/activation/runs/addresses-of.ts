/** Addresses of people who are taken out, for destinations that know people by address. Who was erased has none any more. */

import { Address } from '../../../schemas/contact.ts'
import type { ExportId } from '../../../schemas/ids.ts'
import { pages } from '../pages.ts'
import { exportIdOf, type PrepareDeps } from '../plan/prepare.ts'
import { contactAddresses, FIRST_CONTACT } from '../queries/contacts.ts'

const PAGE = 10_000

/** An export id leads back to nobody, so all contacts are gone through. */
export async function addressesOf(
  deps: Pick<PrepareDeps, 'vault' | 'keys'>,
  destination: string,
  people: readonly ExportId[],
): Promise<ReadonlyMap<ExportId, Address>> {
  const wanted = new Set(people)
  const exportId = exportIdOf(deps, destination)
  const found = new Map<ExportId, Address>()
  const next = (after: string) => deps.vault.run(contactAddresses, { after, limit: PAGE })
  for await (const page of pages(next, FIRST_CONTACT, ({ contact }): string => contact))
    for (const { contact, email } of page) {
      const id = exportId(contact)
      const address = Address.safeParse(email)
      if (wanted.has(id) && address.success) found.set(id, address.data)
    }
  return found
}
