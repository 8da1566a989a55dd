/** Mail over SMTP. */

import { createTransport } from 'nodemailer'
import { Fault } from '../../schemas/fault.ts'
import type { Mailer } from '../ports/mail.ts'

/** `url` as in smtp://user:password@host:587; STARTTLS is used where the server offers it, and demanded by smtps://. */
export function smtpMailer(url: string, from: { readonly address: string; readonly name: string }): Mailer {
  const transport = createTransport(url, { from, pool: true } as object)
  return {
    async send({ to, subject, text, html, headers }) {
      try {
        await transport.sendMail({ from, to, subject, text, html, headers: { ...headers } })
      } catch (error) {
        throw faultOf(error as Failure)
      }
    },
    async close() {
      transport.close()
    },
  }
}

/** What nodemailer says of a failure. */
interface Failure {
  readonly code?: string
  readonly command?: string
  readonly responseCode?: number
  readonly response?: string
}

/** The server's words quote the address, so only its code goes on. */
function faultOf({ code, command, responseCode, response = '' }: Failure): Fault {
  const said = responseCode ?? code ?? 'no answer'
  // 421 closes the connection, whatever it answers.
  const aboutOne = (command === 'RCPT TO' || command === 'DATA') && responseCode !== undefined && responseCode !== 421
  if (!aboutOne) return new Fault('mail_down', `the mail server takes no mail (${said})`)
  // 5.7 is a rule against the sender, as for relaying: once it is put right, the same address is taken.
  const forGood =
    command === 'RCPT TO' && responseCode >= 500 && responseCode !== 530 && !/^\d{3}[ -]5\.7\./.test(response)
  return forGood
    ? new Fault('mail_refused', `the mail server refuses the address of a mail for good (${said})`)
    : new Fault('mail_deferred', `the mail server does not take this mail now (${said})`)
}
