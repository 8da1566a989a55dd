/** The keyrings of an installation. A process opens only those it asks for, and needs a key-encryption key only then. */

import { createPublicKey } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../schemas/fault.ts'
import { type TokenVerifier, tokenVerifier } from '../listeners/tokens.ts'
import type { Settings } from '../process/environment.ts'
import { readKek } from './key-encryption-key.ts'
import { openPersonKeyring, type PersonKeyring } from './person-keys.ts'
import { openProfilesKeyring, type ProfilesKeyring } from './profiles-keys.ts'
import { openWebKeyring, TOKEN_PUBLIC_KEY, type WebKeyring } from './web-keys.ts'

export interface Keyrings {
  /** Each opened once. */
  person(): Promise<PersonKeyring>
  web(): Promise<WebKeyring>
  profiles(): ProfilesKeyring
  /** Needs no secret. */
  tokens(): TokenVerifier
}

export interface KeyringsDeps {
  readonly settings: Pick<Settings, 'kek' | 'dataDir' | 'keysDir' | 'publicKeysDir'>
  readonly sites: readonly string[]
  readonly clock: () => number
}

export function keyringsOf({ settings, sites, clock }: KeyringsDeps): Keyrings {
  const { keysDir: directory, publicKeysDir: publicDirectory } = settings
  const options = () => ({ directory, publicDirectory, kek: readKek(settings.kek, settings.dataDir), clock })
  const opened: { person?: Promise<PersonKeyring>; web?: Promise<WebKeyring>; profiles?: ProfilesKeyring } = {}
  return {
    person() {
      opened.person ??= openPersonKeyring(options())
      return opened.person
    },
    web() {
      opened.web ??= openWebKeyring({ ...options(), sites })
      return opened.web
    },
    profiles() {
      opened.profiles ??= openProfilesKeyring(options())
      return opened.profiles
    },
    tokens() {
      const file = join(publicDirectory, TOKEN_PUBLIC_KEY)
      if (!existsSync(file))
        throw new Fault(
          'keys_unusable',
          `${file} is not there; activation and the vault write it when they first open their keys: start one of them first`,
        )
      return tokenVerifier(createPublicKey(readFileSync(file)), clock)
    },
  }
}
