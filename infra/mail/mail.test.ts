import { mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import { expect, test } from 'vitest'
import { expireOutbox, outboxMailer } from './outbox.ts'
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

test('mails of before a time go from the outbox, later ones and what is none of ours stay', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bauta-outbox-'))
  for (const name of ['old.eml', 'old.draft', 'old.txt', 'new.eml']) writeFileSync(join(folder, name), 'x')
  for (const name of ['old.eml', 'old.draft', 'old.txt']) utimesSync(join(folder, name), 1_000, 1_000)
  await expireOutbox(folder, 2_000_000)
  expect(readdirSync(folder).sort()).toEqual(['new.eml', 'old.txt'])
  await expireOutbox(join(folder, 'none'), 2_000_000)
})

test('a mail server gets it; an address refused, a mail put off and a server that is down are told apart, without the address', async () => {
  const taken: string[] = []
  const answers: Record<string, number | [number, string]> = {
    unknown: 550,
    full: 452,
    relay: [554, '5.7.1 Relay access denied'],
    leaving: 421,
  }
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: ({ address }, _session, done) => {
      const [code, text] = [answers[address.split('@')[0] ?? ''] ?? 250].flat() as [number, string?]
      done(code === 250 ? null : Object.assign(new Error(text ?? `${address} is not taken`), { responseCode: code }))
    },
    onData: (stream, session, done) => {
      const to = session.envelope.rcptTo.map(({ address }) => address)
      const spam = to.includes('spam@example.org')
      if (!spam) taken.push(...to)
      stream.resume().on('end', () => done(spam ? Object.assign(new Error('spam'), { responseCode: 554 }) : null))
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  const mailer = smtpMailer(`smtp://127.0.0.1:${port}`, from)
  await mailer.send(mail)
  const codeFor = (name: string) =>
    mailer.send({ ...mail, to: `${name}@example.org` }).catch(({ code, message }) => {
      expect(message).not.toContain('example.org')
      return code
    })
  const codes = []
  for (const name of ['unknown', 'full', 'relay', 'spam', 'leaving']) codes.push([name, await codeFor(name)])
  expect(codes).toEqual([
    ['unknown', 'mail_refused'],
    ['full', 'mail_deferred'],
    ['relay', 'mail_deferred'],
    ['spam', 'mail_deferred'],
    ['leaving', 'mail_down'],
  ])
  expect(taken).toEqual(['ada@example.org'])
  await mailer.close()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  const alone = smtpMailer('smtp://127.0.0.1:1', from)
  await expect(alone.send(mail)).rejects.toMatchObject({ code: 'mail_down' })
  await alone.close()
})
