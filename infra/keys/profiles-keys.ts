/** The keyring of the profiles service, which makes no pseudonyms and so has one key: dead letters are recognised by it. */

import { join } from 'node:path'
import type { MacKey } from '../ports/keys.ts'
import { macKey } from './handles.ts'
import { type KeyInfo, openKeyring } from './keyring.ts'
import type { KeyringOptions } from './web-keys.ts'

export interface ProfilesKeyring {
  /** Over the text of a record: without the key nobody can try whether a record they guess is one of the dead letters. */
  readonly fingerprint: MacKey
  list(): readonly KeyInfo[]
}

export function openProfilesKeyring({ directory, kek, clock }: Omit<KeyringOptions, 'sites'>): ProfilesKeyring {
  const ring = openKeyring(join(directory, 'profiles.json'), kek, clock)
  return { fingerprint: macKey(ring.current('fingerprint', '')), list: ring.list }
}
