/** Visitors and members of a scene, through the product's own doors: browsers with a cookie, people with a mailbox. */

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openMailbox } from '../../services/demo/visitors/mailbox.ts'
import { ORIGIN, type Scene, SITE } from './scenario.ts'

export interface Visitor {
  /** Name and value of the cookie, or `''`. */
  cookie: string
  /** As the reverse proxy names it. */
  readonly address: string
  send(path: string, body: object, headers?: Record<string, string>): Promise<Response>
  consent(purposes: readonly string[]): Promise<Response>
  read(path: string, times?: number): Promise<{ accepted: number; refused: { reason: string }[] }>
  link(): Promise<string>
}

export interface Member {
  readonly sourceId: string
  readonly email: string
  readonly phone: string
  readonly visitor: Visitor
}

export function visitorOf(scene: Scene, n: number): Visitor {
  const address = `198.18.${n % 256}.77`
  const visitor: Visitor = {
    cookie: '',
    address,
    async send(path, body, headers = {}) {
      const answer = await scene.web(path, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: {
          origin: ORIGIN,
          'content-type': 'application/json',
          'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0',
          'x-forwarded-for': address,
          ...(visitor.cookie && { cookie: visitor.cookie }),
          ...headers,
        },
      })
      for (const set of answer.headers.getSetCookie())
        visitor.cookie = set.includes('Max-Age=0') ? '' : (set.split(';')[0] ?? '')
      return answer
    },
    consent: (purposes) =>
      visitor.send('/v1/consent', { site: SITE, notice: 'site-1', lang: 'en', purposes, method: 'banner', path: '/' }),
    async read(path, times = 1) {
      const events = Array.from({ length: times }, () => pageView(scene, path))
      const answer = await visitor.send('/v1/events', { site: SITE, sent: scene.now(), events })
      return (await answer.json()) as { accepted: number; refused: { reason: string }[] }
    },
    async link() {
      for (;;) {
        const answer = await visitor.send('/v1/link', { site: SITE })
        const { token } = (await answer.json()) as { token?: string }
        if (token) return token
        // One a second for each network.
        if (answer.status !== 429) throw new Error(`a link was answered with ${answer.status}`)
        await pause(200)
      }
    },
  }
  return visitor
}

export function pageView(scene: Scene, path: string) {
  return { id: randomUUID(), type: 'page_view', time: scene.now(), url: `${ORIGIN}${path}` }
}

/** The vid of a cookie. */
export function vidOf({ cookie }: Visitor): string {
  return cookie.split('=')[1]?.split('~')[1] ?? ''
}

/** Solar readers whom the CRM knows. */
export async function inviteMembers(scene: Scene, count: number): Promise<Member[]> {
  const members = Array.from({ length: count }, (_, n): Member => {
    const email = `ada.lovelace.${n}@people.example`
    return { sourceId: `K${n}`, email, phone: `+49 30 5550${100 + n}`, visitor: visitorOf(scene, n) }
  })
  await scene.importFile('contacts', contactsFile(members))
  for (const { visitor } of members) {
    await visitor.consent(['P1', 'P2', 'P3'])
    await visitor.read('/solar/roof', 5)
  }
  await scene.instance.caughtUp()
  return members
}

export function contactsFile(members: readonly Member[]): string {
  const rows = members.map(({ sourceId, email, phone }) => `${sourceId},${email},Ada,DE,${phone}`)
  return ['source_id,email,first_name,country,phone', ...rows, ''].join('\n')
}

/** Through the form and the mail, as people do. */
export async function signUp(scene: Scene, { email, visitor }: Member, confirmed = true): Promise<void> {
  const form = new URLSearchParams([
    ['email', email],
    ['purposes', 'P4'],
    ['purposes', 'P5'],
    ['site', SITE],
    ['notice', 'mail-1'],
    ['language', 'en'],
    ['form_url', `${ORIGIN}/newsletter`],
    ['link_token', await visitor.link()],
  ])
  const headers = { origin: ORIGIN, 'x-forwarded-for': visitor.address }
  const answer = await scene.person('/subscribe', { method: 'POST', body: form, headers })
  if (!answer.ok) throw new Error(`the form answered ${answer.status}`)
  const link = await mailLink(scene, email, '/confirm')
  if (confirmed) await press(scene, link, {}, visitor.address)
}

/** The act of a preferences page that the person asked for by mail. */
export async function prefer(scene: Scene, { email, visitor }: Member, act: string): Promise<void> {
  const headers = { 'x-forwarded-for': visitor.address }
  await scene.person('/preferences', { method: 'POST', body: new URLSearchParams({ email, language: 'en' }), headers })
  await press(scene, await mailLink(scene, email, '/preferences'), { act, language: 'en' }, visitor.address)
}

const mailboxes = new WeakMap<Scene, ReturnType<typeof openMailbox>>()

async function mailLink(scene: Scene, email: string, path: string): Promise<URL> {
  const mailbox = mailboxes.get(scene) ?? openMailbox(join(scene.settings.dataDir, 'outbox'))
  mailboxes.set(scene, mailbox)
  const link = await mailbox.link(email, path, 120_000)
  if (!link) throw new Error('the mail did not come')
  return link
}

async function press(scene: Scene, link: URL, fields: Record<string, string>, address: string): Promise<void> {
  const body = new URLSearchParams({ ...fields, token: link.searchParams.get('token') ?? '' })
  const answer = await scene.person(link.pathname, { method: 'POST', body, headers: { 'x-forwarded-for': address } })
  if (!answer.ok) throw new Error(`${link.pathname} answered ${answer.status}`)
}

/** The quick way for many: consents as another system took them, and links as after a login. */
export async function enrol(scene: Scene, members: readonly Member[]): Promise<void> {
  await scene.importFile('consents', consentsFile(scene, members))
  for (const { sourceId, visitor } of members) {
    const who = { source: 'crm', sourceId }
    const { status, text } = await scene.admin('POST', '/links', { who, token: await visitor.link() })
    if (status !== 202) throw new Error(`the link was answered with ${status}: ${text}`)
  }
}

export function consentsFile(scene: Scene, members: readonly Member[]): string {
  const at = new Date(scene.now() - 86_400_000).toISOString()
  const header = 'source_id,purpose,kind,notice,language,form_url,requested_at,mailed_at,message_id,confirmed_at'
  const rows = members.flatMap(({ sourceId }) =>
    ['P4', 'P5'].map((purpose) =>
      [sourceId, purpose, 'granted', 'mail-1', 'en', `${ORIGIN}/newsletter`, at, at, '<1@house.example>', at].join(','),
    ),
  )
  return [header, ...rows, ''].join('\n')
}
