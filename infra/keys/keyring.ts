/** A file of wrapped keys: random ones, each destroyable for good, none derivable from another. Several processes may share it. */

import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import * as z from 'zod'
import { Fault } from '../../schemas/fault.ts'
import { writeDurably } from '../durable-file.ts'
import { whileLocked } from './file-lock.ts'
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
  /** Looks whether another process has changed the file. */
  reload(): void
}

const random = (): Buffer => randomBytes(32)

export function openKeyring(file: string, kek: Buffer, clock: () => number): Keyring {
  const wrapping = sealingKey({ id: 'kek', bytes: kek })
  const bound = ({ id, use, scope }: KeyInfo) => [id, use, scope]
  let entries: KeptEntry[] = []
  let stamp = ''

  function unwrap(entry: z.infer<typeof Entry>): Buffer {
    const plain = wrapping.open(entry.wrapped, bound(entry))
    if (plain !== undefined) return Buffer.from(plain, 'base64')
    throw new Fault('keys_unusable', `${file} was wrapped by another key-encryption key; set the one it was made with`)
  }
  /** What another process added is here, and what it destroyed is gone. */
  function reload() {
    const now = stampOf(file)
    if (now === stamp) return
    const known = new Map(entries.map((entry) => [entry.id, entry]))
    const next = readEntries(file).map((entry) => known.get(entry.id) ?? { ...entry, bytes: unwrap(entry) })
    const kept = new Set(next.map(({ id }) => id))
    for (const { id, bytes } of entries) if (!kept.has(id)) bytes.fill(0)
    entries = next
    stamp = now
  }
  function save(next: KeptEntry[]) {
    writeDurably(
      file,
      JSON.stringify({ version: 1, keys: next.map(({ bytes: _, ...entry }) => entry) }, null, 1),
      0o600,
    )
    entries = next
    stamp = stampOf(file)
  }
  /** Nobody else writes between the look and the change. */
  function change<T>(work: () => T): T {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    return whileLocked(file, () => {
      reload()
      return work()
    })
  }
  const all = (use: string, scope: string) =>
    entries.filter((entry) => entry.use === use && entry.scope === scope).reverse()
  function append(use: string, scope: string, make: () => Buffer): KeyBytes {
    const bytes = make()
    const info = { id: randomBytes(6).toString('hex'), use, scope, created: new Date(clock()).toISOString() }
    const entry = { ...info, wrapped: wrapping.seal(bytes.toString('base64'), bound(info)), bytes }
    save([...entries, entry])
    return entry
  }
  reload()
  return {
    all,
    reload,
    add: (use, scope, make = random) => change(() => append(use, scope, make)),
    find: (use, scope) => all(use, scope)[0],
    current: (use, scope, make = random) =>
      all(use, scope)[0] ?? change(() => all(use, scope)[0] ?? append(use, scope, make)),
    destroy: (ids) =>
      change(() => {
        const kept = entries.filter(({ id }) => !ids.includes(id))
        if (kept.length === entries.length) return
        for (const { id, bytes } of entries) if (ids.includes(id)) bytes.fill(0)
        save(kept)
      }),
    list: () => entries.map(({ id, use, scope, created }) => ({ id, use, scope, created })),
  }
}

type KeptEntry = z.infer<typeof Entry> & { readonly bytes: Buffer }

/** Changes with each replacement of the file. */
function stampOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false })
  return found ? `${found.ino} ${found.mtimeMs} ${found.size}` : ''
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
