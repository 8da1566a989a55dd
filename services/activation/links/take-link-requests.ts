/**
 * Takes the links that the vault asks for: only activation can open a token, and it opens one only for the contact, the consent and the hour
 * that it came with. What was forged, swapped, replayed or too late is dropped and counted.
 */

import { createHash, randomUUID } from 'node:crypto'
import { type Audit, auditOf } from '../../../infra/control/audit.ts'
import type { ActivationKeys } from '../../../infra/ports/keys.ts'
import type { Sql } from '../../../infra/ports/sql.ts'
import type { BautaConfig } from '../../../schemas/config.ts'
import { LinkId, WebPseudonym } from '../../../schemas/ids.ts'
import { standingOf, termsOf } from '../../../schemas/ledger.ts'
import { isFreshLinkToken, type LinkToken, linkTokenAad, parseLinkToken } from '../../../schemas/link-token.ts'
import { DAY_MS, dayOf } from '../../../schemas/week.ts'
import { type OpenedLink, packedLinks } from '../packed/links.ts'
import { pages } from '../pages.ts'
import { entriesOfContact, FIRST_CONTACT } from '../queries/contacts.ts'
import {
  addLink,
  deleteLinks,
  deleteRequest,
  forgetNonces,
  isClosed,
  type LinkRequestRow,
  lockDevices,
  requestPage,
  useNonce,
} from '../queries/links.ts'
import { endLinks } from './end-links.ts'
import { deviceHash, type LinksDeps, ownerHash, quarantine, readLinks } from './open-links.ts'

export interface LinkRequestsDeps extends LinksDeps {
  readonly vault: Sql
  readonly control: Sql
  readonly keys: Pick<ActivationKeys, 'link' | 'linkRequest' | 'sealedLink' | 'fingerprint'>
  readonly config: Pick<BautaConfig, 'sites' | 'policies'>
}

const outcomes = ['linked', 'forged', 'expired', 'replayed', 'unreadable', 'without_consent', 'shared'] as const
type Outcome = (typeof outcomes)[number]
export type LinkReport = Readonly<Record<Outcome, number>>

const PAGE = 500
const audit: Audit = auditOf('control')

export async function takeLinkRequests(deps: LinkRequestsDeps): Promise<LinkReport> {
  const report: Record<Outcome, number> = {
    linked: 0,
    forged: 0,
    expired: 0,
    replayed: 0,
    unreadable: 0,
    without_consent: 0,
    shared: 0,
  }
  const { links, control, clock } = deps
  // First, so that whoever comes to a device next finds whose it was.
  await endLinks(deps)
  let known: OpenedLink[] | undefined
  const next = (after: string) => links.run(requestPage, { after, limit: PAGE })
  for await (const page of pages(next, FIRST_CONTACT, ({ id }) => id))
    for (const request of page) {
      known ??= await readLinks(deps)
      const looked = await look(deps, request)
      const outcome = typeof looked === 'string' ? looked : await keep(deps, request, looked, known)
      if (outcome !== 'linked') await links.run(deleteRequest, { id: request.id })
      report[outcome] += 1
    }
  if (known) {
    await quarantine(deps, packedLinks(known))
    await links.run(forgetNonces, { day: dayOf(clock() - 2 * DAY_MS) })
    const detail = Object.fromEntries(Object.entries(report).filter(([, count]) => count > 0))
    await control.transaction((session) =>
      audit.note(session, { actor: 'system', act: 'links.taken', detail }, clock()),
    )
  }
  return report
}

interface Looked {
  readonly token: LinkToken
  readonly pseudonym: WebPseudonym
}

async function look(deps: LinkRequestsDeps, request: LinkRequestRow): Promise<Looked | Outcome> {
  const { keys, config, vault, clock } = deps
  const { contact, site, sequence } = request
  const received = new Date(request.received_at)
  const fields = [contact, site, sha256(request.token), String(sequence), received.toISOString()]
  if (keys.linkRequest.mac(fields) !== request.mac) return 'forged'
  const token = parseLinkToken(request.token)
  if (!token || token.site !== site || !Object.hasOwn(config.sites, site)) return 'unreadable'
  if (!isFreshLinkToken(token, received.getTime())) return 'expired'

  // The consent is looked at now, not when it was asked for: it may have been withdrawn in between.
  const [standing] = await vault.run(entriesOfContact, { contact })
  const entries = standing?.entries ?? []
  const { merge } = standingOf(entries, termsOf(config, clock(), { site }))
  const granted = entries.some((each) => each.sequence === sequence && each.purpose === 'P4' && each.kind === 'granted')
  if (!granted || !merge || sequence < merge.sequence) return 'without_consent'

  const plain = await keys.link.open(token.sealed, linkTokenAad(token))
  const pseudonym = WebPseudonym.safeParse(plain)
  if (!pseudonym.success) return 'unreadable'
  return { token, pseudonym: pseudonym.data }
}

/** Nonce, link and request stand or fall together, so a crash leaves a request that is taken again. */
async function keep(
  { links, keys, clock }: LinkRequestsDeps,
  { id, contact, site, sequence }: LinkRequestRow,
  { token, pseudonym }: Looked,
  known: OpenedLink[],
): Promise<'linked' | 'replayed' | 'shared'> {
  const again = known.filter((link) => link.contact === contact && link.pseudonym === pseudonym && !link.ending)
  const shared = again.some((each) => each.shared)
  const link = { id: LinkId.parse(randomUUID()), contact, site, sequence, shared }
  const device = { hash: deviceHash(keys, pseudonym), owner: ownerHash(keys, { contact, pseudonym }) }
  const outcome = await links.transaction(async (session) => {
    await session.run(lockDevices, {})
    const closed = await session.run(isClosed, device)
    if (closed.length > 0) return 'shared'
    const used = await session.run(useNonce, { nonce: token.nonce, day: dayOf(clock()) })
    if (used.length === 0) return 'replayed'
    const sealed = keys.sealedLink.seal(pseudonym, [contact, String(sequence)])
    // A second sign-up on the same device renews its link.
    await session.run(deleteLinks, { ids: again.map((each) => each.id) })
    await session.run(addLink, { ...link, key_id: keys.sealedLink.id, sealed })
    await session.run(deleteRequest, { id })
    return 'linked'
  })
  if (outcome === 'linked') {
    for (const each of again) known.splice(known.indexOf(each), 1)
    known.push({ ...link, pseudonym, ending: false })
  }
  return outcome
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
