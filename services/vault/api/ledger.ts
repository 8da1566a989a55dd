/** Does the consent ledger hold? For the privacy officer, from its first entry to its last. */

import { createRoute, z } from '@hono/zod-openapi'
import { type AdminApi, access, json } from '../../../infra/listeners/admin-api.ts'
import { verifyLedger } from '../ledger.ts'
import type { VaultApiDeps } from './deps.ts'

const Broken = z.object({ chain: z.string(), sequence: z.int(), reason: z.string() })
const route = createRoute({
  ...access('audit.read'),
  method: 'post',
  path: '/ledger/verify',
  summary: 'Whether the chain of the consent ledger holds',
  responses: { 200: json(z.object({ chains: z.array(z.string()), broken: z.array(Broken) }), 'Which chains hold') },
})

export function addLedgerRoutes(api: AdminApi, { vault }: Pick<VaultApiDeps, 'vault'>): void {
  api.openapi(route, async (context) => {
    const broken = await verifyLedger(vault)
    return context.json({ chains: ['ledger'], broken: broken ? [{ chain: 'ledger', ...broken }] : [] }, 200)
  })
}
