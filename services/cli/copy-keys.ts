/** `bauta keys copy`: keyrings from another directory, wrapped anew: for a side that gets a place of its own, or a key-encryption key that is replaced. */

import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { lockDirectory } from '../../infra/embedded/directory-lock.ts'
import { readKek } from '../../infra/keys/key-encryption-key.ts'
import { copyKeyring } from '../../infra/keys/keyring.ts'
import type { Settings } from '../../infra/process/environment.ts'
import { Fault } from '../../schemas/fault.ts'

export interface KeysSource {
  /** Nothing may run with the keys that lie there. */
  readonly directory: string
  /** The file of their key-encryption key. */
  readonly kek: string
  /** `undefined` copies all there are. */
  readonly side: string | undefined
}

/** Each ring with how many keys it holds. Throws `in_use` while a process has the data directory, `conflict` where other keys are. */
export async function copyKeys(
  { kek, dataDir, keysDir, publicKeysDir }: Settings,
  source: KeysSource,
): Promise<{ ring: string; keys: number }[]> {
  const release = await lockDirectory(dataDir)
  try {
    const [from, to] = [readKek({ file: source.kek }, source.directory), readKek(kek, dataDir)]
    const names = existsSync(source.directory) ? readdirSync(source.directory).sort() : []
    const rings = names.filter((name) => name.endsWith('.json') && (!source.side || name.startsWith(source.side)))
    if (rings.length === 0) throw new Fault('not_found', `no such keyring lies in ${source.directory}`)
    const copied = rings.map((ring) => {
      const keys = copyKeyring(
        { file: join(source.directory, ring), kek: from },
        { file: join(keysDir, ring), kek: to },
      )
      return { ring, keys }
    })
    // They are the public halves of the person side's.
    const publics =
      source.side === undefined || source.side === 'person' ? names.filter((name) => name.endsWith('.pub')) : []
    mkdirSync(publicKeysDir, { recursive: true })
    for (const name of publics) copyFileSync(join(source.directory, name), join(publicKeysDir, name))
    return copied
  } finally {
    await release()
  }
}
