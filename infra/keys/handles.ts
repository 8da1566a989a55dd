/** What a key can do. The bytes stay in the closure: nothing hands them out. */

import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import type { MacKey, SealingKey } from '../ports/keys.ts'

export interface KeyBytes {
  readonly id: string
  readonly bytes: Buffer
}

/** Each field with its length, so that no two lists of fields are one text. */
export function framed(fields: readonly string[]): string {
  let text = ''
  for (const field of fields) text += `${field.length}:${field}`
  return text
}

export function macKey({ id, bytes }: KeyBytes): MacKey {
  const prefix = framed([id])
  return {
    mac: (fields) =>
      createHmac('sha256', bytes)
        .update(prefix + framed(fields))
        .digest('hex')
        .slice(0, 32),
  }
}

const NONCE = 12
const TAG = 16

/** The nonce is random: one key seals far fewer than 2^32 texts before it is rotated. */
export function sealingKey({ id, bytes }: KeyBytes): SealingKey {
  const bound = (aad: readonly string[]) => Buffer.from(framed([id, ...aad]))
  return {
    id,
    seal(plain, aad) {
      const nonce = randomBytes(NONCE)
      const cipher = createCipheriv('aes-256-gcm', bytes, nonce).setAAD(bound(aad))
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url')
    },
    open(sealed, aad) {
      const all = Buffer.from(sealed, 'base64url')
      if (all.length < NONCE + TAG) return undefined
      try {
        const opener = createDecipheriv('aes-256-gcm', bytes, all.subarray(0, NONCE)).setAAD(bound(aad))
        opener.setAuthTag(all.subarray(-TAG))
        return Buffer.concat([opener.update(all.subarray(NONCE, -TAG)), opener.final()]).toString('utf8')
      } catch {
        return undefined
      }
    },
  }
}
