/** The key that wraps all others. It lives outside the data directory, so that a copy of the directory opens nothing. */

import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { Fault } from '../../schemas/fault.ts'

export interface KekSource {
  /** Base64 of 32 bytes, from the environment. */
  readonly value?: string | undefined
  /** A file that holds it, of mode 0600. */
  readonly file?: string | undefined
}

const HOW = 'make one with: bauta keys init FILE, and name the file in BAUTA_KEK_FILE'

/** Throws `keys_unusable` for a key that is missing, weak, readable by others or inside the data directory. */
export function readKek({ value, file }: KekSource, dataDir: string): Buffer {
  if (value !== undefined) return strongKey(value, 'BAUTA_KEK')
  if (file === undefined) throw new Fault('keys_unusable', `there is no key-encryption key; ${HOW}`)
  if (resolve(file).startsWith(resolve(dataDir) + sep))
    throw new Fault(
      'keys_unusable',
      `${file} lies in the data directory, where a backup would take it along; move it out`,
    )
  const mode = statSync(file, { throwIfNoEntry: false })?.mode
  if (mode === undefined) throw new Fault('keys_unusable', `${file} is not there; ${HOW}`)
  if ((mode & 0o077) !== 0) throw new Fault('keys_unusable', `${file} can be read by others; run: chmod 600 ${file}`)
  return strongKey(readFileSync(file, 'utf8').trim(), file)
}

/** 32 bytes that look like chance: a repeated or counted-up key is one somebody typed. */
function strongKey(text: string, where: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== 32)
    throw new Fault('keys_unusable', `the key in ${where} has ${bytes.length} bytes where 32 are needed; ${HOW}`)
  const steps = new Set(bytes.map((byte, at) => (byte - (bytes[at - 1] ?? 0) + 256) % 256))
  if (new Set(bytes).size < 16 || steps.size < 8)
    throw new Fault('keys_unusable', `the key in ${where} is not random; ${HOW}`)
  return bytes
}

/** Makes a new one, and never over one that is there. */
export function createKekFile(file: string): void {
  let handle: number
  try {
    handle = openSync(file, 'wx', 0o600)
  } catch (cause) {
    throw new Fault('conflict', `${file} is there already, and what it wraps would be lost`, { cause })
  }
  writeSync(handle, `${randomBytes(32).toString('base64')}\n`)
  fsyncSync(handle)
  closeSync(handle)
}
