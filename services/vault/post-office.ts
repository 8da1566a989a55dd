/** Sends what people asked for, one mail after the other, out of sight of whoever asked: so no answer can tell by its time who is known here. */

import { randomUUID } from 'node:crypto'
import { underLease } from '../../infra/lease.ts'
import type { Mailer } from '../../infra/ports/mail.ts'
import type { Sql } from '../../infra/ports/sql.ts'
import type { Address } from '../../schemas/contact.ts'
import type { ContactRef } from '../../schemas/ids.ts'
import { DAY_MS } from '../../schemas/week.ts'
import { mailOf } from './pages/mails.ts'
import { type Language, languageOf } from './pages/words.ts'
import type { PersonDeps } from './person-deps.ts'
import { contactByKey } from './queries/contacts.ts'
import {
  addPageToken,
  deletePending,
  mailsSince,
  markMailed,
  type PendingRow,
  pageTokensSince,
  unmailed,
} from './queries/pending.ts'
import { PENDING_DAYS } from './sign-up.ts'
import { suppressionsOf } from './suppression.ts'
import { type Page, pageToken } from './tokens.ts'

export interface PostOfficeDeps extends PersonDeps {
  readonly mailer: Mailer
  readonly control: Sql
}

/** Mails a day to one address; one that is suppressed hears of a sign-up once, because only its owner can lift that. */
const MAILS_A_DAY = 3
const RETRY_MS = 60_000
const BUSY_MS = 2_000
const UNSUBSCRIBE_DAYS = 730

export interface PostOffice {
  /** There are sign-ups without a mail. */
  signUps(): void
  preferences(emailKey: string, language: Language): void
  welcome(contact: ContactRef, pending: PendingRow): void
  /** Resolves when all that had been handed in is sent or given up. */
  idle(): Promise<void>
  close(): Promise<void>
}

export function openPostOffice(deps: PostOfficeDeps): PostOffice {
  const { vault, control, keys, config, clock, mailer, log } = deps
  let chain: Promise<void> = Promise.resolve()
  let retry: NodeJS.Timeout | undefined
  let closed = false

  const hand = (task: () => Promise<void>) => {
    if (closed) return
    chain = chain.then(task).catch((error: unknown) => log.warn({ err: error }, 'a mail was not sent'))
  }
  const at = (time = clock()) => new Date(time).toISOString()

  async function send(
    kind: Parameters<typeof mailOf>[0]['kind'],
    to: Address,
    language: Language,
    link: string,
    headers = {},
  ) {
    const messageId = `<${randomUUID()}@${config.mail.from.split('@')[1] ?? 'localhost'}>`
    const letter = {
      kind,
      to,
      language,
      house: config.mail.name,
      link,
      headers: { 'Message-ID': messageId, ...headers },
    }
    await mailer.send(await mailOf(letter))
    return messageId
  }

  async function linkTo(page: Exclude<Page, 'confirm'>, contact: ContactRef, days: number): Promise<string> {
    const id = randomUUID()
    const expires = clock() + days * DAY_MS
    await vault.run(addPageToken, { id, contact, page, made_at: at(), expires_at: at(expires) })
    return new URL(`/${page}?token=${pageToken(keys.pages, page, id, expires)}`, config.person.url).href
  }

  async function sendSignUps(): Promise<void> {
    try {
      // Of several vaults one writes, or a person would get two mails.
      const mine = await underLease({ control }, 'sign-up-mails', async (held) => {
        for (;;) {
          const rows = await vault.run(unmailed, { limit: 50 })
          if (rows.length === 0 || closed) return
          for (const row of rows) {
            held()
            await sendSignUp(row)
          }
        }
      })
      // The other may have looked before this sign-up was there.
      if (!mine) again(BUSY_MS)
    } catch (error) {
      // Kept, and tried again: nobody has to sign up twice because the mail server slept.
      log.warn({ err: error }, 'sign-ups wait for the mail server')
      again(RETRY_MS)
    }
  }

  function again(ms: number): void {
    retry ??= setTimeout(() => {
      retry = undefined
      hand(sendSignUps)
    }, ms).unref()
  }

  async function sendSignUp({ id, email, email_key: key, language, requested_at }: PendingRow): Promise<void> {
    const [mails] = await vault.run(mailsSince, { key, since: at(clock() - DAY_MS) })
    const suppressed = await suppressionsOf(keys.suppression, clock).reasonFor(vault, key)
    if ((mails?.count ?? 0) >= (suppressed ? 1 : MAILS_A_DAY)) return void (await vault.run(deletePending, { id }))
    const token = pageToken(keys.pages, 'confirm', id, Date.parse(requested_at) + PENDING_DAYS * DAY_MS)
    const link = new URL(`/confirm?token=${token}`, config.person.url).href
    const messageId = await send('confirm', email, languageOf(language), link)
    await vault.run(markMailed, { id, at: at(), message_id: messageId })
  }

  return {
    signUps: () => hand(sendSignUps),
    preferences: (emailKey, language) =>
      hand(async () => {
        const [known] = await vault.run(contactByKey, { key: emailKey })
        if (!known?.email) return
        const since = at(clock() - DAY_MS)
        const [made] = await vault.run(pageTokensSince, { contact: known.contact, page: 'preferences', since })
        if ((made?.count ?? 0) >= MAILS_A_DAY) return
        await send('preferences', known.email as Address, language, await linkTo('preferences', known.contact, 1))
      }),
    welcome: (contact, { email, language, purposes }) =>
      hand(async () => {
        if (!purposes.includes('P5')) return
        const link = await linkTo('unsubscribe', contact, UNSUBSCRIBE_DAYS)
        await send('welcome', email, languageOf(language), link, {
          'List-Unsubscribe': `<${link}>`,
          'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
        })
      }),
    idle: () => chain,
    async close() {
      closed = true
      clearTimeout(retry)
      await chain
    },
  }
}
