/** Consents, links and subjects' rights over the admin API. */

import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import { type AdminApi, access, json } from '../../../infra/listeners/admin-api.ts'
import { ContactPurpose, effective, Fact } from '../../../schemas/consent.ts'
import { Fault } from '../../../schemas/fault.ts'
import { ContactRef, Name } from '../../../schemas/ids.ts'
import { LedgerEntry, LedgerKind, standingOf, termsOf } from '../../../schemas/ledger.ts'
import { isFreshLinkToken, parseLinkToken } from '../../../schemas/link-token.ts'
import { gapIn, proofOf } from '../evidence.ts'
import { readAddress } from '../imports/values.ts'
import { readEntries, type Saying } from '../ledger.ts'
import { requestLink } from '../link-requests.ts'
import { contactByRef, findContacts } from '../queries/contacts.ts'
import { objectUnknown, say } from '../say.ts'
import { accessSubject, eraseSubject, type Subject } from '../subject.ts'
import { isRefused, suppressionsOf } from '../suppression.ts'
import { note, type VaultApiDeps } from './deps.ts'

/** Who is meant: by our reference, by the source's key, or by address. */
const Who = z
  .strictObject({
    contact: ContactRef.optional(),
    source: Name.optional(),
    sourceId: z.string().min(1).max(100).optional(),
    email: z.string().max(254).optional(),
  })
  .refine(
    ({ contact, source, sourceId, email }) =>
      [contact, source && sourceId, email].filter((each) => each !== undefined).length === 1,
    'name exactly one of contact, source with sourceId, email',
  )
const Moment = z.strictObject({ at: z.iso.datetime({ offset: true }), ip: z.union([z.ipv4(), z.ipv6()]).optional() })
const Said = z.strictObject({
  who: Who,
  kind: LedgerKind.exclude(['erased']),
  purpose: z.union([ContactPurpose, z.literal('all')]),
  /** When the person said it, where that is known. */
  at: z.iso.datetime({ offset: true }).optional(),
  /** Needed for a grant. */
  evidence: z
    .strictObject({
      notice: z.string().max(40),
      language: z.string().length(2),
      formUrl: z.url().max(2_048),
      requested: Moment.optional(),
      mailed: z.strictObject({ at: z.iso.datetime({ offset: true }), messageId: z.string().max(250) }).optional(),
      confirmed: Moment.optional(),
    })
    .optional(),
})
const body = <S extends z.ZodType>(schema: S) => ({ content: { 'application/json': { schema } }, required: true })
const subject = { params: z.object({ subject: z.string().min(3).max(254) }) }

const routes = {
  consents: createRoute({
    method: 'get',
    path: '/consents/{contact}',
    summary: 'What a contact said, and what of it stands',
    ...access('consents.read'),
    request: { params: z.object({ contact: ContactRef }) },
    responses: { 200: json(z.object({ standing: z.array(Fact), entries: z.array(LedgerEntry) }), 'In sequence.') },
  }),
  say: createRoute({
    method: 'post',
    path: '/consents',
    summary: 'Record what a contact said elsewhere',
    ...access('consents.write'),
    request: { body: body(Said) },
    responses: {
      200: json(
        z.object({ recorded: z.boolean(), sequence: z.int().optional() }),
        'Not recorded: it stood already. Without a sequence: nobody is known by the address, which keeps the objection.',
      ),
    },
  }),
  link: createRoute({
    method: 'post',
    path: '/links',
    summary: "Ask for a link between a contact and the device of a page's token, after a login",
    ...access('links.write'),
    request: { body: body(z.strictObject({ who: Who, token: z.string().max(2_048) })) },
    responses: {
      202: json(z.object({ requested: z.boolean() }), 'Not requested: the contact has not agreed to the merge.'),
    },
  }),
  read: createRoute({
    method: 'get',
    path: '/subjects/{subject}',
    summary: 'All that the vault holds of a person, by address or contact',
    ...access('subjects.access'),
    request: subject,
    responses: {
      200: json(z.record(z.string(), z.unknown()), 'Contact, orders, consents with their proofs, sign-ups.'),
    },
  }),
  erase: createRoute({
    method: 'delete',
    path: '/subjects/{subject}',
    summary: 'Erase a person, by address or contact',
    ...access('subjects.erase'),
    request: subject,
    responses: {
      200: json(
        z.object({ contacts: z.int() }),
        'A keyed hash of the address stays, so that no import brings them back.',
      ),
    },
  }),
} as const

export function addSubjectRoutes(api: AdminApi, deps: VaultApiDeps): void {
  const { vault, config, keys, clock } = deps
  const terms = (site?: string) => termsOf(config, clock(), site === undefined ? {} : { site })

  async function find(who: z.infer<typeof Who>): Promise<ContactRef> {
    const known = await lookUp(who)
    if (!known) throw new Fault('not_found', 'nobody is known by this address or key')
    return known
  }

  async function lookUp({ contact, source = '', sourceId, email }: z.infer<typeof Who>) {
    if (contact) return contact
    const key = email === undefined ? undefined : readAddress(email)?.key
    const ids = JSON.stringify(sourceId === undefined ? [] : [sourceId])
    const [known] = await vault.run(findContacts, { source, ids, keys: JSON.stringify(key === undefined ? [] : [key]) })
    return known?.contact
  }

  api.openapi(routes.consents, async (context) => {
    const { contact } = context.req.valid('param')
    const entries = await readEntries(vault, contact)
    if (entries.length === 0) throw new Fault('not_found', 'this contact has not said anything')
    await note(deps, { actor: context.get('actor').name, act: 'consents.read', detail: { entries: entries.length } })
    const { facts } = standingOf(entries, terms())
    return context.json({ standing: [...facts], entries: entries.map(({ proof: _, ...entry }) => entry) }, 200)
  })

  api.openapi(routes.say, async (context) => {
    const { who, kind, purpose, at, evidence } = context.req.valid('json')
    const unknown = kind === 'objected' && !(await lookUp(who)) ? readAddress(who.email ?? '')?.key : undefined
    if (unknown !== undefined) {
      await note(deps, { actor: context.get('actor').name, act: 'consents.write', detail: { kind, purpose } })
      return context.json({ recorded: await objectUnknown(deps, unknown, purpose) }, 200)
    }
    const contact = await find(who)
    const claimedAt = at ?? evidence?.confirmed?.at
    // Whoever sends this speaks about the person, not as the person: it can open nothing that the person closed.
    const said: Saying = {
      contact,
      kind,
      purpose,
      voice: 'operator',
      method: 'api',
      ...(claimedAt === undefined ? {} : { claimedAt: new Date(claimedAt).toISOString() }),
    }
    const saying = kind === 'granted' ? await proven(contact, said, evidence) : said
    await note(deps, { actor: context.get('actor').name, act: 'consents.write', detail: { kind, purpose } })
    const entry = await say(deps, saying)
    return context.json({ recorded: entry !== undefined, ...(entry ? { sequence: entry.sequence } : {}) }, 200)
  })

  async function proven(
    contact: ContactRef,
    said: Saying,
    evidence: z.infer<typeof Said>['evidence'],
  ): Promise<Saying> {
    if (said.purpose === 'all') throw new Fault('invalid', 'a grant is for one purpose')
    if (!evidence) throw new Fault('invalid', 'evidence: a grant needs its proof')
    const { requested, mailed, confirmed, ...words } = evidence
    const moment = (each: z.infer<typeof Moment>) => ({
      at: new Date(each.at).toISOString(),
      ...(each.ip ? { ip: each.ip } : {}),
    })
    const complete = {
      ...words,
      ...(requested ? { requested: moment(requested) } : {}),
      ...(mailed ? { mailed: { ...mailed, at: new Date(mailed.at).toISOString() } } : {}),
      ...(confirmed ? { confirmed: moment(confirmed) } : {}),
    }
    const gap = gapIn(config, said.purpose, complete)
    if (gap) throw new Fault('invalid', `evidence.${gap.field} ${gap.reason}`)
    if (await isClosed(contact, said.purpose))
      throw new Fault('conflict', 'the person has closed this; only the person can open it again')
    return { ...said, notice: words.notice, proof: proofOf(config, keys.proof, contact, complete) }
  }

  async function isClosed(contact: ContactRef, purpose: ContactPurpose): Promise<boolean> {
    const [known] = await vault.run(contactByRef, { contact })
    if (!known) throw new Fault('not_found', 'no such contact')
    const address = known.emailKey ?? ''
    const refused = (await suppressionsOf(keys.suppression, clock).refusedBy(vault, [address])).get(address)
    const state = effective(standingOf(await readEntries(vault, contact), terms()).facts, purpose)
    return isRefused(refused, purpose) || ['erased', 'objected', 'withdrawn'].includes(state)
  }

  api.openapi(routes.link, async (context) => {
    const { who, token } = context.req.valid('json')
    const parsed = parseLinkToken(token)
    if (!parsed || !Object.hasOwn(config.sites, parsed.site) || !isFreshLinkToken(parsed, clock()))
      throw new Fault('invalid', 'token: not one of a site here, or older than an hour')
    const contact = await find(who)
    const { merge } = standingOf(await readEntries(vault, contact), terms(parsed.site))
    await note(deps, { actor: context.get('actor').name, act: 'links.write', detail: { site: parsed.site } })
    const receivedAt = new Date(clock()).toISOString()
    if (merge) await requestLink(deps, { contact, site: parsed.site, token, sequence: merge.sequence, receivedAt })
    return context.json({ requested: merge !== undefined }, 202)
  })

  api.openapi(routes.read, async (context) => {
    const found = await accessSubject(deps, subjectOf(context.req.valid('param').subject))
    await note(deps, {
      actor: context.get('actor').name,
      act: 'subjects.access',
      detail: { consents: found.consents.length },
    })
    return context.json(found, 200)
  })

  api.openapi(routes.erase, async (context) => {
    await note(deps, { actor: context.get('actor').name, act: 'subjects.erase', detail: {} })
    return context.json(await eraseSubject(deps, subjectOf(context.req.valid('param').subject)), 200)
  })
}

function subjectOf(text: string): Subject {
  const contact = ContactRef.safeParse(text)
  return contact.success ? { contact: contact.data } : { email: text }
}
