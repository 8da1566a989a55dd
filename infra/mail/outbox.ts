/** Mail into a folder, one .eml a mail: for the demonstration and for tests. */

import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
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

/** Deletes what was written before that time, in milliseconds: addresses and links do not stay for ever. */
export async function expireOutbox(folder: string, before: number): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names.filter((each) => /\.(eml|draft)$/.test(each))) {
    const written = await stat(join(folder, name)).catch(() => undefined)
    if (written && written.mtimeMs < before) await rm(join(folder, name), { force: true })
  }
}
