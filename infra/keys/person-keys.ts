/** The person side's keyring: the vault's keys, activation's, and the one that signs tokens of the admin API. */

import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeDurably } from '../durable-file.ts'
import type { ActivationKeys, SealingKey, VaultKeys } from '../ports/keys.ts'
import { type KeyBytes, macKey, sealingKey } from './handles.ts'
import { newPrivateKey, openerOf } from './hpke.ts'
import { type KeyInfo, type Keyring, openKeyring } from './keyring.ts'
import { type KeyringOptions, LINK_PUBLIC_KEY, TOKEN_PUBLIC_KEY } from './web-keys.ts'

export interface PersonKeyring {
  readonly vault: VaultKeys
  readonly activation: ActivationKeys
  /** PKCS #8 of Ed25519, for infra/listeners/tokens.ts alone. */
  readonly tokenKey: KeyBytes
  list(): readonly KeyInfo[]
  /** A new key for all that is sealed from now on; what the old ones sealed still opens. */
  rotate(use: RotatableUse): KeyInfo
  /** What it sealed or signed is lost for good. */
  destroy(id: string): void
}

/** Keys that only seal can be followed by new ones; a new key for names (X, suppression) would rename everyone. */
export const rotatable = ['sealed-link', 'proof'] as const
export type RotatableUse = (typeof rotatable)[number]

export async function openPersonKeyring(options: Omit<KeyringOptions, 'sites'>): Promise<PersonKeyring> {
  const { directory, publicDirectory = directory, kek, clock } = options
  const ring = openKeyring(join(directory, 'person.json'), kek, clock)
  const newLinkKey = await newPrivateKey()
  const privateKey = ring.current('link', '', () => newLinkKey)
  const { opener, publicKey } = await openerOf(privateKey.bytes)
  publish(join(publicDirectory, LINK_PUBLIC_KEY), publicKey.toString('base64'))
  const tokenKey = ring.current('token', '', newSigningKey)
  publish(join(publicDirectory, TOKEN_PUBLIC_KEY), publicPem(tokenKey))
  const linkRequest = macKey(ring.current('link-request', ''))
  const suppression = macKey(ring.current('suppression', ''))
  return {
    vault: {
      suppression,
      linkRequest,
      pages: macKey(ring.current('pages', '')),
      proof: newestSeals(ring, 'proof'),
    },
    activation: {
      link: opener,
      linkRequest,
      sealedLink: newestSeals(ring, 'sealed-link'),
      export: (destination) => macKey(ring.current('export', destination)),
      suppression,
      fingerprint: macKey(ring.current('fingerprint', '')),
    },
    tokenKey,
    list() {
      ring.reload()
      return ring.list()
    },
    rotate(use) {
      const { id } = ring.add(use, '')
      const info = ring.list().find((each) => each.id === id)
      if (!info) throw new Error('a key that was added is not there')
      return info
    },
    destroy: (id) => ring.destroy([id]),
  }
}

/** The newest key seals; each opens what it sealed, named by the id before the dot. */
function newestSeals(ring: Keyring, use: RotatableUse): SealingKey {
  ring.current(use, '')
  const newest = () => sealingKey(ring.current(use, ''))
  return {
    get id() {
      return newest().id
    },
    seal(plain, aad) {
      const key = newest()
      return `${key.id}.${key.seal(plain, aad)}`
    },
    open(sealed, aad) {
      const [id, text = ''] = sealed.split('.')
      const find = () => ring.all(use, '').find((each) => each.id === id)
      // Another process may have rotated since.
      if (!find()) ring.reload()
      const key = find()
      return key && sealingKey(key).open(text, aad)
    },
  }
}

/** Not again where it stands: others may be reading it. */
function publish(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return
  writeDurably(file, text, 0o644)
}

function publicPem({ bytes }: KeyBytes): string {
  const key = createPublicKey(createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' }))
  return String(key.export({ format: 'pem', type: 'spki' }))
}

function newSigningKey(): Buffer {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' })
}
