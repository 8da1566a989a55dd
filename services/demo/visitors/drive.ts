/** Drives the demonstration: visitors come, choose, read and sign up, the CRM hands over its file, and the schedule does the rest. */

import type { AdminDoor } from './admin-door.ts'
import { inventBrowser, openBrowser, type WebDoor } from './browser.ts'
import { type Chance, chanceOf } from './chance.ts'
import { openMailbox } from './mailbox.ts'
import { contactsFile, inventPeople, ordersFile, type Person } from './people.ts'
import { askForPreferences, type PersonDoor, pressButton, signUp } from './person-door.ts'
import { readingOf } from './reading.ts'

export interface Demonstration {
  readonly web: WebDoor
  readonly person: PersonDoor
  readonly admin: AdminDoor
  /** Where mails lie, because nobody has a mailbox here. */
  readonly outbox: string
  readonly newsletterNotice: string
  readonly seed: number
  readonly visitors: number
  readonly contacts: number
  readonly now: () => number
  readonly progress: (done: number, total: number) => void
}

/** What visitors did, to be compared with what the product says. */
export interface Driven {
  accepted: number
  refused: number
  declined: number
  withdrawn: number
  signedUp: number
  confirmed: number
  objected: number
}

const AT_ONCE = 24
const MAIL_MS = 10_000
const HOUR_MS = 3_600_000
const leanings = [
  'energy.solar',
  'energy.solar',
  'energy.storage',
  'energy.heating',
  'garden',
  'home.kitchen',
  'mobility',
  'home.smart',
] as const

export async function driveVisitors(demo: Demonstration): Promise<Driven> {
  const { seed, visitors, contacts, now, progress } = demo
  const chance = chanceOf(seed)
  const people = inventPeople(chance.fork(-1), contacts, now())
  const mailbox = openMailbox(demo.outbox)
  const driven: Driven = { accepted: 0, refused: 0, declined: 0, withdrawn: 0, signedUp: 0, confirmed: 0, objected: 0 }
  let done = 0
  const total = visitors + 2
  const came = () => {
    done += 1
    progress(done, total)
  }
  const queue = Array.from({ length: visitors }, (_, n) => n).values()
  const worker = async () => {
    for (const n of queue) {
      // Every sixth visitor is somebody the CRM knows, and signs up.
      const person = n % 6 === 0 ? people[n / 6] : undefined
      await comes({ demo, mailbox, driven }, chance.fork(n), person)
      came()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))

  await demo.admin.caughtUp()
  await demo.admin.takeSnapshots()
  await demo.admin.importFile('contacts', contactsFile(people))
  came()
  await demo.admin.importFile('orders', ordersFile(people))
  came()
  return driven
}

interface Stage {
  readonly demo: Demonstration
  readonly mailbox: ReturnType<typeof openMailbox>
  readonly driven: Driven
}

/** One visitor, from the banner to the last click. */
async function comes({ demo, mailbox, driven }: Stage, chance: Chance, person: Person | undefined): Promise<void> {
  const { web, now } = demo
  const language = person?.language ?? (chance.happens(0.8) ? 'de' : 'en')
  const region = person?.country ?? chance.pick(['DE', 'DE', 'DE', 'AT', 'CH'])
  const browser = inventBrowser(chance, `${language}-${region}`)
  const visit = openBrowser(web, browser)
  const count = ({ body }: { body: Record<string, unknown> }) => {
    driven.accepted += Number(body.accepted ?? 0)
    driven.refused += Array.isArray(body.refused) ? body.refused.length : 0
  }
  const reader = { language, leanings: [chance.pick(leanings)], visits: chance.whole(1, 3) } as const
  const batches = readingOf(chance, reader, web.origin, now())

  // Crawlers click no banner, and are shown the door.
  if (!person && chance.happens(0.04)) {
    const bot = openBrowser(web, {
      ...browser,
      userAgent: 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    })
    return count(await bot.send(batches[0] ?? [], now()))
  }
  const purposes = person
    ? ['P1', 'P2', 'P3']
    : chance.pick([['P1', 'P2', 'P3'], ['P1', 'P2', 'P3'], ['P1', 'P2', 'P3'], ['P1', 'P2'], ['P1', 'P3'], []])
  await visit.consent(purposes)
  if (purposes.length === 0) {
    driven.declined += 1
    return
  }
  for (const events of batches) {
    count(await visit.send(events, now()))
    // The answer was lost on its way, and the snippet says it again.
    if (chance.happens(0.01)) await visit.send(events, now())
  }
  // A tablet that lay in a drawer since yesterday's breakfast.
  if (chance.happens(0.01))
    count(
      await visit.send(
        (batches[0] ?? []).map((event) => ({ ...event, id: chance.uuid(), time: now() - 30 * HOUR_MS })),
        now(),
      ),
    )
  if (person) await subscribes({ demo, mailbox, driven }, chance, person, visit, browser.address)
  if (chance.happens(0.03)) {
    await visit.consent([])
    driven.withdrawn += 1
  }
}

async function subscribes(
  { demo, mailbox, driven }: Stage,
  chance: Chance,
  { email, language }: Person,
  visit: ReturnType<typeof openBrowser>,
  address: string,
): Promise<void> {
  const merge = chance.happens(0.8)
  const linkToken = merge ? await visit.link() : undefined
  const { site } = demo.web
  await signUp(demo.person, {
    email,
    purposes: merge ? ['P5', 'P4'] : ['P5'],
    site,
    notice: demo.newsletterNotice,
    language,
    linkToken,
    address,
  })
  driven.signedUp += 1
  const link = await mailbox.link(email, '/confirm', MAIL_MS)
  if (!link || chance.happens(0.1)) return
  await pressButton(link, address)
  driven.confirmed += 1
  if (!merge || !chance.happens(0.05)) return
  await askForPreferences(demo.person, email, language, address)
  const preferences = await mailbox.link(email, '/preferences', MAIL_MS)
  if (!preferences) return
  await pressButton(preferences, address, 'object')
  driven.objected += 1
}
