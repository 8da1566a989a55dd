/** The admin listener of a process: the routes of its services, and the operator's where the person side's keys are. */

import type { Hono } from 'hono'
import { auditOf } from '../../infra/control/audit.ts'
import type { Engines } from '../../infra/engines.ts'
import type { Keyrings } from '../../infra/keys/keyrings.ts'
import type { AdminApi, AdminEnv } from '../../infra/listeners/admin-api.ts'
import type { Metrics } from '../../infra/listeners/metrics.ts'
import { tokensOf } from '../../infra/listeners/tokens.ts'
import type { Settings } from '../../infra/process/environment.ts'
import type { ServiceName } from '../../infra/process/service.ts'
import { type AdminAppDeps, createAdminApp } from './app.ts'
import { operatorApi } from './operator-api.ts'
import { statusApi } from './status-api.ts'

export interface AdminDeps extends Pick<AdminAppDeps, 'checks' | 'localToken' | 'log' | 'open'> {
  readonly names: readonly ServiceName[]
  readonly settings: Pick<Settings, 'engines'>
  readonly engines: Engines
  readonly keys: Keyrings
  readonly metrics: Metrics
  readonly clock: () => number
  readonly listeners: () => Readonly<Record<string, string>>
  /** Only where profiles run. */
  readonly lag: (() => Promise<number>) | undefined
  readonly apis: readonly AdminApi[]
}

export async function adminOf(deps: AdminDeps): Promise<Hono<AdminEnv>> {
  const { names, settings, keys, metrics, clock, listeners, lag } = deps
  const since = new Date(clock()).toISOString()
  const status = statusApi(async () => ({
    version: '0.1.0',
    engines: settings.engines,
    services: [...names],
    since,
    listeners: { ...listeners() },
    ...(lag && { lag: await lag() }),
  }))
  const operator = names.includes('activation') ? [await operatorOf(deps)] : []
  return createAdminApp({
    ...deps,
    tokens: keys.tokens(),
    metrics: metrics.registry,
    apis: [status, ...operator, ...deps.apis],
  })
}

/** Beside activation, which has the person side's keys and both chains of acts. */
async function operatorOf({ names, engines, keys, clock }: AdminDeps): Promise<AdminApi> {
  const { control, runs } = engines.sql
  const personKeys = await keys.person()
  const audit = auditOf('control')
  return operatorApi({
    control,
    audit,
    tokens: tokensOf(personKeys.tokenKey, clock),
    webKeys: names.includes('collector') ? await keys.web() : undefined,
    personKeys,
    clock,
    chains: { control: () => audit.verify(control), runs: () => auditOf('runs').verify(runs) },
  })
}
