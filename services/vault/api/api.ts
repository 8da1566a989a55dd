/** The vault over the admin API. */

import { type AdminApi, adminApi } from '../../../infra/listeners/admin-api.ts'
import type { VaultApiDeps } from './deps.ts'
import { addImportRoutes } from './imports.ts'
import { addLedgerRoutes } from './ledger.ts'
import { addSubjectRoutes } from './subjects.ts'

export function vaultApi(deps: VaultApiDeps): AdminApi {
  const api = adminApi()
  addImportRoutes(api, deps)
  addSubjectRoutes(api, deps)
  addLedgerRoutes(api, deps)
  return api
}
