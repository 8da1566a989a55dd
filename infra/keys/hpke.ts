/** Links in transit: sealed by the collector to activation's public key (HPKE, RFC 9180, P-256 and AES-256-GCM). */

import { createECDH } from 'node:crypto'
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core'
import type { Opener, Sealer } from '../ports/keys.ts'
import { framed } from './handles.ts'

const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() })
const ENC_BYTES = 65

/** A new private key, serialised. */
export async function newPrivateKey(): Promise<Buffer> {
  const pair = await suite.kem.generateKeyPair()
  return Buffer.from(await suite.kem.serializePrivateKey(pair.privateKey))
}

export async function sealerTo(publicKey: Buffer): Promise<Sealer> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(view(publicKey))
  return {
    async seal(plain, aad) {
      const sender = await suite.createSenderContext({ recipientPublicKey })
      const text = await sender.seal(bytes(plain), bytes(framed(aad)))
      return Buffer.concat([Buffer.from(sender.enc), Buffer.from(text)]).toString('base64url')
    },
  }
}

/** The opener, and the public key to seal to. */
export async function openerOf(privateKey: Buffer): Promise<{ opener: Opener; publicKey: Buffer }> {
  const recipientKey = await suite.kem.importKey('raw', view(privateKey), false)
  const publicKey = publicOf(privateKey)
  const opener: Opener = {
    async open(sealed, aad) {
      const all = Buffer.from(sealed, 'base64url')
      try {
        const recipient = await suite.createRecipientContext({ recipientKey, enc: view(all.subarray(0, ENC_BYTES)) })
        const plain = await recipient.open(view(all.subarray(ENC_BYTES)), bytes(framed(aad)))
        return Buffer.from(plain).toString('utf8')
      } catch {
        return undefined
      }
    },
  }
  return { opener, publicKey }
}

function publicOf(privateKey: Buffer): Buffer {
  const pair = createECDH('prime256v1')
  pair.setPrivateKey(privateKey)
  return pair.getPublicKey()
}

const bytes = (text: string): ArrayBuffer => view(Buffer.from(text))
const view = (buffer: Buffer): ArrayBuffer => new Uint8Array(buffer).buffer
