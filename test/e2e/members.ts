/** The crowd of the end-to-end test: customers who consent, read about the sun and sign up, through the public doors, and every cookie they got. */

import { inventBrowser, openBrowser } from '../../services/demo/visitors/browser.ts'
import type { Chance } from '../../services/demo/visitors/chance.ts'
import type { Mailbox } from '../../services/demo/visitors/mailbox.ts'
import type { Person } from '../../services/demo/visitors/people.ts'
import { pressButton, signUp } from '../../services/demo/visitors/person-door.ts'
import { readingOf } from '../../services/demo/visitors/reading.ts'

export interface Crowd {
  readonly urls: Readonly<Record<'web' | 'person', string>>
  readonly mailbox: Mailbox
  readonly chance: Chance
}

const AT_ONCE = 8
const MAIL_MS = 120_000

export async function driveMembers({ urls, mailbox, chance }: Crowd, people: readonly Person[]): Promise<void> {
  const door = { url: urls.web, origin: urls.web, site: 'demo', notice: '2026-11' }
  const queue = people.entries()
  async function comes(n: number, { email, language, country }: Person) {
    const own = chance.fork(n)
    const browser = inventBrowser(own, `${language}-${country}`)
    const visit = openBrowser(door, { ...browser, gpc: false })
    await visit.consent(['P1', 'P2', 'P3'])
    const reader = { language, leanings: ['energy.solar'], visits: 3 }
    for (const events of readingOf(own, reader, urls.web, Date.now())) await visit.send(events, Date.now())
    const { address } = browser
    await signUp(
      { url: urls.person, origin: urls.web },
      {
        email,
        purposes: ['P5', 'P4'],
        site: 'demo',
        notice: 'newsletter-2026-11',
        language,
        linkToken: await visit.link(),
        address,
      },
    )
    const link = await mailbox.link(email, '/confirm', MAIL_MS)
    if (!link) throw new Error(`no mail came to ${email}`)
    await pressButton(link, address)
  }
  const worker = async () => {
    for (const [n, person] of queue) await comes(n, person)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

/** Every visitor id that this process is given in a cookie from now on, as no door tells it. */
export function watchVisitorIds(): { readonly ids: readonly string[]; stop(): void } {
  const ids: string[] = []
  const real = globalThis.fetch
  globalThis.fetch = async (...call) => {
    const answer = await real(...call)
    for (const cookie of answer.headers.getSetCookie()) ids.push(...visitorIdsIn(cookie.split(';')[0] ?? ''))
    return answer
  }
  return {
    ids,
    stop: () => {
      globalThis.fetch = real
    },
  }
}

/** Of a cookie `name=value`, if it is the collector's. */
export function visitorIdsIn(cookie: string): string[] {
  return [/^__Host-bauta_demo=b1~([\w-]{22})~/.exec(cookie)?.[1] ?? []].flat()
}
