/** Keys, mail and a configuration for tests of the vault. */

import { createHmac, randomBytes } from 'node:crypto'
import type { MacKey, SealingKey, VaultKeys } from '../../infra/ports/keys.ts'
import type { Mail, Mailer } from '../../infra/ports/mail.ts'
import { BautaConfig } from '../../schemas/config.ts'

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

export function testMailer(): Mailer & { readonly sent: Mail[]; down: boolean } {
  const sent: Mail[] = []
  return {
    sent,
    down: false,
    async send(mail) {
      if (this.down) throw new Error('down')
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
