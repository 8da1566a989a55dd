/** What a key can do. The bytes stay in the closure: nothing hands them out. */

import { createCipheriv, createDecipheriv, createHmac, hash, randomBytes } from 'node:crypto'
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
  const mac = hmacSha256(bytes)
  return { mac: (fields) => mac(prefix + framed(fields)).slice(0, 32) }
}

const BLOCK = 64
const DIGEST = 32
const ROOM = 1_024

/**
 * HMAC-SHA-256 (RFC 2104) of a text, in hex. Two hashes over padded keys that are made ready once take half the time of an object for each
 * call, and leave nothing for the collector of garbage; an event costs at least one.
 */
export function hmacSha256(bytes: Buffer): (text: string) => string {
  const slowly = (text: string) => createHmac('sha256', bytes).update(text).digest('hex')
  if (bytes.length > BLOCK) return slowly
  const padded = (pad: number, room: number) => {
    const block = Buffer.alloc(BLOCK + room, 0)
    for (let at = 0; at < BLOCK; at += 1) block[at] = (bytes[at] ?? 0) ^ pad
    return block
  }
  const inner = padded(0x36, ROOM)
  const outer = padded(0x5c, DIGEST)
  return (text) => {
    // Three bytes are the most that a character of a string takes.
    if (text.length * 3 > ROOM) return slowly(text)
    const length = inner.write(text, BLOCK)
    outer.write(hash('sha256', inner.subarray(0, BLOCK + length), 'binary'), BLOCK, 'latin1')
    return hash('sha256', outer, 'hex')
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
