/** Sends the mails that sign-ups wait for. Each stands by itself: an address that no server takes holds up nobody else. */

import { underLease } from '../../../infra/control/lease.ts'
import type { Sql } from '../../../infra/ports/sql.ts'
import type { Address } from '../../../schemas/contact.ts'
import { Fault, type FaultCode } from '../../../schemas/fault.ts'
import { DAY_MS } from '../../../schemas/week.ts'
import { type Language, languageOf } from '../pages/words.ts'
import type { PersonDeps } from '../person-deps.ts'
import { deletePending, mailsSince, markMailed, type PendingRow, unmailed } from '../queries/pending.ts'
import { PENDING_DAYS } from '../sign-up.ts'
import { suppressionsOf } from '../suppression.ts'
import { pageToken } from '../tokens.ts'

/** Answers with the Message-ID. */
export type Send = (
  kind: 'confirm' | 'welcome' | 'preferences',
  to: Address,
  language: Language,
  link: string,
  headers?: Readonly<Record<string, string>>,
) => Promise<string>

export interface SignUpMailsDeps extends PersonDeps {
  readonly control: Sql
  readonly send: Send
  readonly closed: () => boolean
}

/** Mails a day to one address; one that is suppressed hears of a sign-up once, because only its owner can lift that. */
export const MAILS_A_DAY = 3
const BUSY_MS = 2_000
export const RETRY_MS = 60_000
/** One that was not taken is tried again when it is twice as old, and after this time at the latest. */
const LONGEST_MS = 15 * RETRY_MS
const PAGE = 50
const FIRST = { requested_at: new Date(0).toISOString(), id: '00000000-0000-0000-0000-000000000000' }

/** A pass over all that are due; answers with the time after which another is needed, if there is one. */
export function signUpMails(deps: SignUpMailsDeps): () => Promise<number | undefined> {
  const { vault, control, keys, config, clock, send, log, closed } = deps
  /** When each that was not taken is due again. */
  const due = new Map<string, number>()

  return async () => {
    let left = false
    try {
      // Of several vaults one writes, or a person would get two mails.
      const mine = await underLease({ control }, 'sign-up-mails', async (held) => {
        left = await sendDue(held)
      })
      // The other may have looked before this sign-up was there.
      if (!mine) return BUSY_MS
    } catch (error) {
      // Kept, and tried again: nobody has to sign up twice because the mail server slept.
      log.warn({ err: error }, 'sign-ups wait for the mail server')
      left = true
    }
    return left ? RETRY_MS : undefined
  }

  async function sendDue(held: () => void): Promise<boolean> {
    const waiting = new Set<string>()
    let down = 0
    for await (const row of allUnmailed()) {
      if (closed()) return false
      held()
      if ((due.get(row.id) ?? 0) > clock()) {
        waiting.add(row.id)
        continue
      }
      try {
        await sendSignUp(row)
        down = 0
      } catch (error) {
        if (!isOf('mail', error)) throw error
        if (await forgotten(row, error)) continue
        due.set(row.id, nextTry(row))
        waiting.add(row.id)
        down = isOf('mail_down', error) ? down + 1 : 0
        // Twice in a row it is hardly the address.
        if (down === 2) throw error
      }
    }
    for (const id of due.keys()) if (!waiting.has(id)) due.delete(id)
    return waiting.size > 0
  }

  async function* allUnmailed() {
    for (let after: Pick<PendingRow, 'requested_at' | 'id'> = FIRST; ; ) {
      const rows = await vault.run(unmailed, { limit: PAGE, after_at: after.requested_at, after_id: after.id })
      yield* rows
      const last = rows.at(-1)
      if (!last) return
      after = last
    }
  }

  function nextTry({ requested_at }: PendingRow): number {
    const age = clock() - Date.parse(requested_at)
    return clock() + Math.min(Math.max(age, RETRY_MS), LONGEST_MS)
  }

  /** Where the address is refused for good. */
  async function forgotten({ id }: PendingRow, error: unknown): Promise<boolean> {
    const refused = isOf('mail_refused', error)
    const text = refused ? 'a sign-up is forgotten: its address takes no mail' : 'a sign-up waits for its mail'
    log.warn({ err: error }, text)
    if (refused) await vault.run(deletePending, { id })
    return refused
  }

  async function sendSignUp({ id, email, email_key: key, language, requested_at }: PendingRow): Promise<void> {
    const [mails] = await vault.run(mailsSince, { key, since: new Date(clock() - DAY_MS).toISOString() })
    const suppressed = await suppressionsOf(keys.suppression, clock).reasonFor(vault, key)
    if ((mails?.count ?? 0) >= (suppressed ? 1 : MAILS_A_DAY)) return void (await vault.run(deletePending, { id }))
    const token = pageToken(keys.pages, 'confirm', id, Date.parse(requested_at) + PENDING_DAYS * DAY_MS)
    const link = new URL(`/confirm?token=${token}`, config.person.url).href
    const messageId = await send('confirm', email, languageOf(language), link)
    await vault.run(markMailed, { id, at: new Date(clock()).toISOString(), message_id: messageId })
  }
}

/** Whatever is no fault of the database or of the lease is the fault of this one mail. */
function isOf(what: 'mail' | FaultCode, error: unknown): boolean {
  if (what === 'mail') return !(error instanceof Fault) || error.code.startsWith('mail_')
  return error instanceof Fault && error.code === what
}
