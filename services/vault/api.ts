/** The vault over the admin API. */

import { type AdminApi, adminApi } from '../../infra/admin-api.ts'
import type { VaultApiDeps } from './api-deps.ts'
import { addImportRoutes } from './api-imports.ts'
import { addLedgerRoutes } from './api-ledger.ts'
import { addSubjectRoutes } from './api-subjects.ts'

export function vaultApi(deps: VaultApiDeps): AdminApi {
  const api = adminApi()
  addImportRoutes(api, deps)
  addSubjectRoutes(api, deps)
  addLedgerRoutes(api, deps)
  return api
}
