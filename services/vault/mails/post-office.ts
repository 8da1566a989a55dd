/** Sends what people asked for, one mail after the other, out of sight of whoever asked: so no answer can tell by its time who is known here. */

import { randomUUID } from 'node:crypto'
import type { Mailer } from '../../../infra/ports/mail.ts'
import type { Sql } from '../../../infra/ports/sql.ts'
import type { Address } from '../../../schemas/contact.ts'
import { Fault } from '../../../schemas/fault.ts'
import type { ContactRef } from '../../../schemas/ids.ts'
import { DAY_MS } from '../../../schemas/week.ts'
import { mailOf } from '../pages/mails.ts'
import { type Language, languageOf } from '../pages/words.ts'
import type { PersonDeps } from '../person-deps.ts'
import { contactByKey } from '../queries/contacts.ts'
import { addPageToken, deletePageToken, type PendingRow, pageTokensSince } from '../queries/pending.ts'
import { type Page, pageToken } from '../tokens.ts'
import { MAILS_A_DAY, RETRY_MS, type Send, signUpMails } from './sign-up-mails.ts'

export interface PostOfficeDeps extends PersonDeps {
  readonly mailer: Mailer
  readonly control: Sql
}

/** A letter that was not taken is tried again after a minute, then two, four: for half a day. */
const TRIES = 10
/** More than so many at a time would keep sign-ups waiting behind them. */
const MOST_LETTERS = 100
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
  const { vault, keys, config, clock, mailer, log } = deps
  let chain: Promise<void> = Promise.resolve()
  let retry: NodeJS.Timeout | undefined
  const letters = new Set<NodeJS.Timeout>()
  let closed = false

  const hand = (task: () => Promise<void>) => {
    if (closed) return
    chain = chain.then(task).catch((error: unknown) => log.warn({ err: error }, 'a mail was not sent'))
  }
  const sendSignUps = signUpMails({ ...deps, send, closed: () => closed })
  const signUps = () =>
    hand(async () => {
      const ms = await sendSignUps()
      if (ms === undefined || closed) return
      retry ??= setTimeout(() => {
        retry = undefined
        signUps()
      }, ms).unref()
    })

  /** Forgotten with the process: the person asks again. */
  function handLetter(letter: () => Promise<void>, tried = 1): void {
    hand(async () => {
      try {
        await letter()
      } catch (error) {
        const refused = error instanceof Fault && error.code === 'mail_refused'
        if (refused || tried === TRIES || letters.size === MOST_LETTERS || closed) throw error
        const timer = setTimeout(
          () => {
            letters.delete(timer)
            handLetter(letter, tried + 1)
          },
          RETRY_MS * 2 ** (tried - 1),
        )
        letters.add(timer.unref())
      }
    })
  }

  async function send(...[kind, to, language, link, headers = {}]: Parameters<Send>): Promise<string> {
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

  /** The link stands before the mail goes, and is taken back where it does not: it leads nowhere, and must not count. */
  async function withLink(
    { page, contact, days }: { page: Exclude<Page, 'confirm'>; contact: ContactRef; days: number },
    mail: (link: string) => Promise<unknown>,
  ): Promise<void> {
    const id = randomUUID()
    const [now, expires] = [clock(), clock() + days * DAY_MS]
    await vault.run(addPageToken, { id, contact, page, made_at: at(now), expires_at: at(expires) })
    try {
      await mail(new URL(`/${page}?token=${pageToken(keys.pages, page, id, expires)}`, config.person.url).href)
    } catch (error) {
      await vault.run(deletePageToken, { id })
      throw error
    }
  }

  return {
    signUps,
    preferences: (emailKey, language) =>
      handLetter(async () => {
        const [known] = await vault.run(contactByKey, { key: emailKey })
        if (!known?.email) return
        const { contact, email } = known
        const since = at(clock() - DAY_MS)
        const [made] = await vault.run(pageTokensSince, { contact, page: 'preferences', since })
        if ((made?.count ?? 0) >= MAILS_A_DAY) return
        await withLink({ page: 'preferences', contact, days: 1 }, (link) =>
          send('preferences', email as Address, language, link),
        )
      }),
    welcome: (contact, { email, email_key: key, language, purposes }) =>
      handLetter(async () => {
        if (!purposes.includes('P5')) return
        // By the time it is tried again the address may be another's.
        if ((await vault.run(contactByKey, { key }))[0]?.contact !== contact) return
        await withLink({ page: 'unsubscribe', contact, days: UNSUBSCRIBE_DAYS }, (link) =>
          send('welcome', email, languageOf(language), link, {
            'List-Unsubscribe': `<${link}>`,
            'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
          }),
        )
      }),
    idle: () => chain,
    async close() {
      closed = true
      clearTimeout(retry)
      for (const timer of letters) clearTimeout(timer)
      await chain
    },
  }
}

function at(time: number): string {
  return new Date(time).toISOString()
}
