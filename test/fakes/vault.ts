/** Keys, mail and a configuration for tests of the vault. */

import { createHmac, randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import pino from 'pino'
import type { AdminApi, AdminEnv } from '../../infra/listeners/admin-api.ts'
import { answerError } from '../../infra/listeners/http.ts'
import type { MacKey, SealingKey, VaultKeys } from '../../infra/ports/keys.ts'
import type { Mail, Mailer } from '../../infra/ports/mail.ts'
import { BautaConfig } from '../../schemas/config.ts'
import { Fault, type FaultCode } from '../../schemas/fault.ts'
import type { Role } from '../../schemas/role.ts'
import { openVault } from '../../services/vault/open-vault.ts'
import type { TestSql } from '../engines/test-engines.ts'

export function testMac(name: string): MacKey {
  return {
    mac(fields) {
      const hash = createHmac('sha256', name)
      for (const field of fields) hash.update(`${field.length}:${field}`)
      return hash.digest('hex').slice(0, 32)
    },
  }
}

/** Hides the text and binds it to its aad, as far as a test can see. */
export function testSealing(id: string): SealingKey {
  return {
    id,
    seal: (plain, aad) =>
      `${randomBytes(8).toString('hex')}.${Buffer.from(JSON.stringify([plain, aad])).toString('base64url')}`,
    open(sealed, aad) {
      const [plain, bound] = JSON.parse(Buffer.from(sealed.split('.')[1] ?? '', 'base64url').toString()) as [
        string,
        unknown,
      ]
      return JSON.stringify(bound) === JSON.stringify(aad) ? plain : undefined
    },
  }
}

export function testVaultKeys(): VaultKeys {
  return {
    suppression: testMac('suppression'),
    linkRequest: testMac('link-request'),
    pages: testMac('pages'),
    proof: testSealing('proof'),
  }
}

/** What it says to an address, `fails` decides. */
export function testMailer(): Mailer & {
  readonly sent: Mail[]
  readonly fails: Map<string, FaultCode>
  down: boolean
} {
  const sent: Mail[] = []
  return {
    sent,
    fails: new Map(),
    down: false,
    async send(mail) {
      const code = this.down ? 'mail_down' : this.fails.get(mail.to)
      if (code) throw new Fault(code, 'not taken')
      sent.push(mail)
    },
    async close() {},
  }
}

export const testConfig = BautaConfig.parse({
  sites: {
    demo: {
      origins: ['https://site.example'],
      languages: ['de', 'en'],
      interests: 'interests.yaml',
      notices: [
        {
          version: 'device-1',
          purposes: ['P1', 'P2', 'P3'],
          text: { de: 'Dürfen wir mitzählen, bitte?', en: 'May we count along, please?' },
        },
        {
          version: 'news-1',
          purposes: ['P4', 'P5', 'P6'],
          scope: 'existing',
          text: { de: 'Ich möchte den Newsletter, passend zu mir.', en: 'I want the newsletter, made to fit me.' },
        },
        {
          version: 'news-0',
          purposes: ['P4', 'P5'],
          retired: true,
          text: { de: 'Ich möchte den alten Newsletter.', en: 'I want the old newsletter.' },
        },
      ],
    },
  },
  person: { url: 'https://person.example', formOrigins: ['https://site.example'] },
  mail: { from: 'letter@person.example', name: 'Südseite' },
})

/** The vault's admin routes, as a token of this role calls them; a string goes as CSV. */
export async function callApi(api: AdminApi, method: string, path: string, body?: unknown, role: Role = 'admin') {
  const app = new Hono<AdminEnv>()
  app.onError(answerError(pino({ level: 'silent' })))
  app.use(async (context, next) => {
    context.set('requestId', 'r')
    context.set('actor', { name: 'crm-sync', role })
    await next()
  })
  app.route('/', api)
  const csv = typeof body === 'string'
  const answer = await app.request(path, {
    method,
    ...(body === undefined ? {} : { body: csv ? body : JSON.stringify(body) }),
    headers: { 'content-type': csv ? 'text/csv' : 'application/json' },
  })
  const text = await answer.text()
  return { status: answer.status, text, json: text.startsWith('{') ? (JSON.parse(text) as Record<string, never>) : {} }
}

/** The whole vault on a real engine, with a clock, a mailbox and the two doors. */
export async function openTestVault(sql: TestSql, dataDir: string, limit = { times: 1_000, windowMs: 60_000 }) {
  const mailer = testMailer()
  const imported: string[] = []
  const time = { now: Date.parse('2026-11-02T10:00:00Z') }
  const deps = {
    ...sql,
    keys: testVaultKeys(),
    mailer,
    config: testConfig,
    settings: { dataDir, clientAddressHeader: 'x-forwarded-for' },
    clock: () => time.now,
    log: pino({ level: 'silent' }),
    limit,
    onImported: async (kind: string) => void imported.push(kind),
  }
  const vault = await openVault(deps)
  const site = 'https://site.example'
  const headers = { 'x-forwarded-for': '203.0.113.7' }

  async function post(path: string, fields: Record<string, string | string[]>, origin = site) {
    const body = new URLSearchParams()
    for (const [name, value] of Object.entries(fields)) for (const each of [value].flat()) body.append(name, each)
    return vault.person.request(path, { method: 'POST', body, headers: { ...headers, origin } })
  }
  const form = { site: 'demo', notice: 'news-1', language: 'de', form_url: `${site}/de/newsletter` }
  return {
    ...vault,
    deps,
    mailer,
    imported,
    time,
    post,
    get: (path: string) => vault.person.request(path, { headers }),
    subscribe: (email: string, purposes = ['P5', 'P4'], more: Record<string, string> = {}) =>
      post('/subscribe', { ...form, email, purposes, ...more }),
    /** The link in the newest mail to somebody. */
    async link(email: string): Promise<string> {
      await vault.mailed()
      const mail = mailer.sent.findLast(({ to }) => to === email)
      return /https:\/\/person\.example(\S+)/.exec(mail?.text ?? '')?.[1] ?? ''
    },
    async signUp(email: string, purposes = ['P5', 'P4'], more: Record<string, string> = {}) {
      await this.subscribe(email, purposes, more)
      return this.post('/confirm', { token: tokenIn(await this.link(email)) })
    },
  }
}

export function tokenIn(link: string): string {
  return new URL(link, 'https://person.example').searchParams.get('token') ?? ''
}
