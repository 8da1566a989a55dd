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
        // The server's words quote the address, so only its code goes on.
        const code =
          (error as { responseCode?: number; code?: string }).responseCode ?? (error as { code?: string }).code
        throw new Fault(
          'mail_down',
          `the mail server did not take a mail (${code ?? 'no answer'}); it is tried again when the person asks again`,
        )
      }
    },
    async close() {
      transport.close()
    },
  }
}
