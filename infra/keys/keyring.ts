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

const wrappingOf = (kek: Buffer) => sealingKey({ id: 'kek', bytes: kek })
const bound = ({ id, use, scope }: KeyInfo) => [id, use, scope]

export function openKeyring(file: string, kek: Buffer, clock: () => number): Keyring {
  const wrapping = wrappingOf(kek)
  let entries: KeptEntry[] = []
  let stamp = ''

  function unwrap(entry: z.infer<typeof Entry>): Buffer {
    const plain = wrapping.open(entry.wrapped, bound(entry))
    if (plain === undefined) throw wrongKek(file)
    return Buffer.from(plain, 'base64')
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
    writeEntries(
      file,
      next.map(({ bytes: _, ...entry }) => entry),
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

export interface WrappedFile {
  readonly file: string
  readonly kek: Buffer
}

/**
 * Writes the keys of one file into another, wrapped by its key-encryption key, and answers how many. Said again it comes to the same; throws
 * `conflict` where other keys are there already. No process may have the source open: what it adds from here on is not copied.
 */
export function copyKeyring(source: WrappedFile, target: WrappedFile): number {
  const keys = unwrapped(source)
  mkdirSync(dirname(target.file), { recursive: true, mode: 0o700 })
  return whileLocked(target.file, () => {
    if (statSync(target.file, { throwIfNoEntry: false })) {
      if (JSON.stringify(unwrapped(target)) === JSON.stringify(keys)) return keys.length
      throw new Fault(
        'conflict',
        `${target.file} holds other keys, and what they made would be lost; move it away first`,
      )
    }
    const { seal } = wrappingOf(target.kek)
    writeEntries(
      target.file,
      keys.map(({ info, plain }) => ({ ...info, wrapped: seal(plain, bound(info)) })),
    )
    return keys.length
  })
}

function unwrapped({ file, kek }: WrappedFile): { info: KeyInfo; plain: string }[] {
  const { open } = wrappingOf(kek)
  return readEntries(file).map(({ wrapped, ...info }) => {
    const plain = open(wrapped, bound(info))
    if (plain === undefined) throw wrongKek(file)
    return { info, plain }
  })
}

const wrongKek = (file: string) =>
  new Fault('keys_unusable', `${file} was wrapped by another key-encryption key; set the one it was made with`)

type KeptEntry = z.infer<typeof Entry> & { readonly bytes: Buffer }

/** Changes with each replacement of the file. */
function stampOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false })
  return found ? `${found.ino} ${found.mtimeMs} ${found.size}` : ''
}

function writeEntries(file: string, keys: readonly z.infer<typeof Entry>[]): void {
  writeDurably(file, JSON.stringify({ version: 1, keys }, null, 1), 0o600)
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
