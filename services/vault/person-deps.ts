/** What the use cases of the person side work with. */

import type { Logger } from 'pino'
import type { VaultKeys } from '../../infra/ports/keys.ts'
import type { Sql } from '../../infra/ports/sql.ts'
import type { BautaConfig } from '../../schemas/config.ts'

export interface PersonDeps {
  readonly vault: Sql
  readonly links: Sql
  readonly keys: VaultKeys
  readonly config: BautaConfig
  readonly clock: () => number
  readonly log: Logger
}
