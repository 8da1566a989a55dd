/** The destinations that bauta.yaml names, each behind the same port. */

import { join } from 'node:path'
import type { BautaConfig } from '../../schemas/config.ts'
import type { Destination } from '../ports/destination.ts'
import type { Settings } from '../process/environment.ts'
import { folderDestination } from './folder/folder.ts'
import { listmonkDestination } from './listmonk/listmonk.ts'

/** Throws `config_invalid` for a secret that is not set. */
export function openDestinations(
  { destinations }: Pick<BautaConfig, 'destinations'>,
  settings: Pick<Settings, 'dataDir' | 'secret'>,
): ReadonlyMap<string, Destination> {
  return new Map(
    Object.entries(destinations).map(([name, config]) => {
      if (config.kind === 'folder')
        return [name, folderDestination({ name, root: join(settings.dataDir, 'exports'), ...config })]
      const { url, list, userFrom, tokenFrom } = config
      const access = { user: settings.secret(userFrom), token: settings.secret(tokenFrom) }
      return [name, listmonkDestination({ name, url, list, ...access })]
    }),
  )
}
