/** Mail into a folder, one .eml a mail: for the demonstration and for tests. */

import { randomUUID } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTransport } from 'nodemailer'
import type { Mailer } from '../ports/mail.ts'

export function outboxMailer(folder: string, from: { readonly address: string; readonly name: string }): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true })
  return {
    async send({ to, subject, text, html, headers }) {
      const { message } = await transport.sendMail({ from, to, subject, text, html, headers: { ...headers } })
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const name = randomUUID()
      // A reader that lists the folder never sees half a mail.
      await writeFile(join(folder, `${name}.draft`), message as Buffer, { mode: 0o600 })
      await rename(join(folder, `${name}.draft`), join(folder, `${name}.eml`))
    },
    async close() {},
  }
}
