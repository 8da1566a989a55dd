/** A file of wrapped keys: random ones, each destroyable for good, none derivable from another. */

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { Fault } from '../../schemas/fault.ts'
import { writeDurably } from '../durable-file.ts'
import { type KeyBytes, sealingKey } from './handles.ts'

const Entry = z.strictObject({
  id: z.string(),
  use: z.string(),
  scope: z.string(),
  created: z.iso.datetime(),
  wrapped: z.string(),
})
const KeyFile = z.strictObject({ version: z.literal(1), keys: z.array(Entry) })
export type KeyInfo = Omit<z.infer<typeof Entry>, 'wrapped'>

export interface Keyring {
  /** The newest key of that use and scope; made, and on disk, if there is none. */
  current(use: string, scope: string, make?: () => Buffer): KeyBytes
  /** The newest if there is one. */
  find(use: string, scope: string): KeyBytes | undefined
  /** All of a use and scope, newest first: old ones still open what they sealed. */
  all(use: string, scope: string): readonly KeyBytes[]
  add(use: string, scope: string, make?: () => Buffer): KeyBytes
  /** Gone from file and memory. */
  destroy(ids: readonly string[]): void
  list(): readonly KeyInfo[]
}

const random = (): Buffer => randomBytes(32)

export function openKeyring(file: string, kek: Buffer, clock: () => number): Keyring {
  const wrapping = sealingKey({ id: 'kek', bytes: kek })
  const bound = ({ id, use, scope }: KeyInfo) => [id, use, scope]
  let entries = readEntries(file).map((entry) => ({ ...entry, bytes: unwrap(entry) }))

  function unwrap(entry: z.infer<typeof Entry>): Buffer {
    const plain = wrapping.open(entry.wrapped, bound(entry))
    if (plain !== undefined) return Buffer.from(plain, 'base64')
    throw new Fault('keys_unusable', `${file} was wrapped by another key-encryption key; set the one it was made with`)
  }
  function save(next: typeof entries) {
    writeDurably(
      file,
      JSON.stringify({ version: 1, keys: next.map(({ bytes: _, ...entry }) => entry) }, null, 1),
      0o600,
    )
    entries = next
  }
  const all = (use: string, scope: string) =>
    entries.filter((entry) => entry.use === use && entry.scope === scope).reverse()
  function add(use: string, scope: string, make = random): KeyBytes {
    const bytes = make()
    const info = { id: randomBytes(6).toString('hex'), use, scope, created: new Date(clock()).toISOString() }
    const entry = { ...info, wrapped: wrapping.seal(bytes.toString('base64'), bound(info)), bytes }
    save([...entries, entry])
    return entry
  }
  return {
    all,
    add,
    find: (use, scope) => all(use, scope)[0],
    current: (use, scope, make) => all(use, scope)[0] ?? add(use, scope, make),
    destroy(ids) {
      const kept = entries.filter(({ id }) => !ids.includes(id))
      if (kept.length === entries.length) return
      for (const { id, bytes } of entries) if (ids.includes(id)) bytes.fill(0)
      save(kept)
    },
    list: () => entries.map(({ id, use, scope, created }) => ({ id, use, scope, created })),
  }
}

function readEntries(file: string): z.infer<typeof Entry>[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  try {
    return KeyFile.parse(JSON.parse(text)).keys
  } catch (cause) {
    throw new Fault('keys_unusable', `${file} cannot be read as a keyring; restore it from its backup`, { cause })
  }
}
