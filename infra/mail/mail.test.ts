import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import { expect, test } from 'vitest'
import { outboxMailer } from './outbox.ts'
import { smtpMailer } from './smtp.ts'

const from = { address: 'letter@example.org', name: 'Südseite' }
const mail = {
  to: 'ada@example.org',
  subject: 'Bitte bestätigen Sie',
  text: 'https://person.example/confirm?token=abc',
  html: '<p>Grüße</p>',
  headers: { 'List-Unsubscribe': '<https://person.example/unsubscribe?token=x>' },
}

test('a mail lies whole in the outbox, with its headers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bauta-outbox-'))
  const outbox = outboxMailer(folder, from)
  await outbox.send(mail)
  const files = readdirSync(folder)
  expect(files).toHaveLength(1)
  const text = readFileSync(join(folder, files[0] ?? ''), 'utf8')
  expect(text).toMatch(/^To: ada@example\.org/m)
  expect(text).toMatch(/^List-Unsubscribe: </m)
  expect(text).toContain('/confirm?token=')
})

test('a mail server gets it, and one that refuses is a fault without the address', async () => {
  const taken: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: ({ address }, _session, done) => done(address.startsWith('no') ? new Error(`${address} unknown`) : null),
    onData: (stream, session, done) => {
      taken.push(...session.envelope.rcptTo.map(({ address }) => address))
      stream.resume().on('end', () => done())
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  const mailer = smtpMailer(`smtp://127.0.0.1:${port}`, from)
  await mailer.send(mail)
  expect(taken).toEqual(['ada@example.org'])
  const refused = mailer.send({ ...mail, to: 'no@example.org' })
  await expect(refused).rejects.toMatchObject({
    code: 'mail_down',
    message: expect.not.stringContaining('no@example.org'),
  })
  await mailer.close()
  await new Promise<void>((resolve) => server.close(resolve))
})
