/** How it is: for whoever has a token, on each process's admin listener. */

import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import { type AdminApi, access, adminApi, json } from '../../infra/listeners/admin-api.ts'
import { serviceNames } from '../../infra/process/service.ts'

const Status = z.object({
  version: z.string(),
  engines: z.string(),
  services: z.array(z.enum(serviceNames)),
  since: z.iso.datetime(),
  listeners: z.record(z.string(), z.string()),
  /** Records in the log that are not in profiles yet; only a process that takes them over knows. */
  lag: z.int().optional(),
})

const route = createRoute({
  ...access('status.read'),
  method: 'get',
  path: '/status',
  responses: { 200: json(Status, 'How it is') },
})

export function statusApi(status: () => Promise<z.input<typeof Status>>): AdminApi {
  return adminApi().openapi(route, async (context) => context.json(await status(), 200))
}
