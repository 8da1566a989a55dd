/** Reads what a plan is made of, a page at a time: all links, all profiles of the site, and then all of the selection. */

import type { ActivationKeys } from '../../../infra/ports/keys.ts'
import type { Sql } from '../../../infra/ports/sql.ts'
import type { Store } from '../../../infra/ports/store.ts'
import type { Audience } from '../../../schemas/audience.ts'
import type { BautaConfig } from '../../../schemas/config.ts'
import { Address, CrmText } from '../../../schemas/contact.ts'
import type { WebPseudonym } from '../../../schemas/ids.ts'
import { termsOf } from '../../../schemas/ledger.ts'
import type { Profile } from '../../../schemas/segment.ts'
import { Traits } from '../../../schemas/topics.ts'
import { dayOf, weekOf } from '../../../schemas/week.ts'
import { suppressions } from '../fence/read-news.ts'
import { openLinks } from '../links/open-links.ts'
import { type PackedLinks, packedLinks } from '../packed/links.ts'
import { packedProfiles } from '../packed/profiles.ts'
import { pages } from '../pages.ts'
import { type ContactRow, FIRST_CONTACT, selectedContacts } from '../queries/contacts.ts'
import { type ProfileRow, profilePage } from '../queries/profile-page.ts'
import { selectionSql } from '../queries/selection-sql.ts'
import { admit, type Contact, type Counts, counted, noCounts, type Person } from './admit.ts'
import type { Worlds } from './plan.ts'

export interface WorldsDeps {
  readonly vault: Sql
  readonly links: Sql
  readonly store: Store
  readonly keys: ActivationKeys
  readonly config: BautaConfig
  readonly clock: () => number
}

export interface WorldsQuestion {
  readonly audience: Audience
  readonly recipient: 'id' | 'address'
  /** CRM fields that may go along. */
  readonly fields: readonly string[]
  /** All that are retained. */
  readonly stopped: ReadonlySet<WebPseudonym>
}

const CONTACT_PAGE = 2_000
const PROFILE_PAGE = 5_000

/** Links and the profiles of their devices, packed: memory grows with links, never with the site's profiles. */
export async function readWorlds(deps: WorldsDeps, { audience, stopped }: WorldsQuestion): Promise<Worlds> {
  const links = packedLinks()
  for await (const page of openLinks(deps)) for (const link of page) links.add(link)
  return { links, profiles: await readProfiles(deps, audience.site, links), stopped }
}

/** Gives each consenting contact of the selection away, and answers how many passed each step. */
export async function readPeople(
  deps: WorldsDeps,
  { audience, recipient, fields }: WorldsQuestion,
  each: (person: Person) => void,
): Promise<Counts> {
  const { vault, keys, config, clock } = deps
  const now = clock()
  const terms = {
    mail: termsOf(config, now, { recipient: audience.destination }),
    merge: termsOf(config, now, { site: audience.site, recipient: audience.destination }),
    recipient,
  }
  const suppressed = new Set(await suppressions(deps, '-infinity'))
  const toContact = ({ contact, email, email_key, locked, fields: values, entries }: ContactRow): Contact => {
    const mailHash = email_key === null ? undefined : keys.suppression.mac([email_key])
    return {
      ref: contact,
      address: Address.safeParse(email).data,
      locked,
      suppressed: mailHash !== undefined && suppressed.has(mailHash),
      mailHash,
      fields: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, CrmText.parse(String(value))])),
      entries,
    }
  }

  const { condition, shape, params } = selectionSql(audience.selection, dayOf(now))
  const statement = selectedContacts({ condition, shape })
  let counts: Counts = noCounts
  const next = (after: string) =>
    vault.run(statement, { ...params, after, limit: CONTACT_PAGE, fields: JSON.stringify(fields) })
  for await (const page of pages(next, FIRST_CONTACT, ({ contact }): string => contact))
    for (const row of page) {
      const { reached, person } = admit(toContact(row), terms)
      counts = counted(counts, reached)
      if (person) each(person)
    }
  return counts
}

async function readProfiles({ store, config, clock }: WorldsDeps, site: string, { devices }: PackedLinks) {
  const week = weekOf(clock())
  const notices = config.sites[site]?.notices ?? []
  const shown = new Set(notices.filter(({ retired }) => !retired).map(({ version }) => version))
  const profiles = packedProfiles()
  const next = (after: string) => store.ask(profilePage, { site, after, limit: PROFILE_PAGE })
  for await (const page of pages(next, '', ({ pseudonym }): string => pseudonym))
    for (const row of page) {
      const device = devices.find(row.pseudonym)
      if (device !== undefined && row.until >= week && shown.has(row.notice)) profiles.set(device, profileOf(row))
    }
  return profiles
}

function profileOf({ seenWeek, country, device, language, signals }: ProfileRow): Profile {
  return { seenWeek, traits: Traits.parse({ country, device, language }), signals }
}
