/** Activation opened on a small world, and asked over its API as a marketer asks. */

import { OpenAPIHono } from '@hono/zod-openapi'
import type { AdminEnv } from '../../infra/listeners/admin-api.ts'
import { answerError } from '../../infra/listeners/http.ts'
import type { Database, Sql } from '../../infra/ports/sql.ts'
import type { Role } from '../../schemas/role.ts'
import { type Activation, type ActivationDeps, openActivation } from '../../services/activation/open-activation.ts'
import {
  type FakeDestination,
  fakeDestination,
  fakeStore,
  memoryLog,
  NOW,
  quiet,
  testActivationKeys,
  testConfig,
  testInterests,
  type Visitor,
} from './activation.ts'

export interface World {
  readonly activation: Activation
  readonly letter: FakeDestination
  readonly log: ReturnType<typeof memoryLog>
  now: number
}

export interface WorldOptions {
  readonly visitors?: readonly Visitor[]
  /** The destination replaces a whole file. */
  readonly whole?: boolean
  /** What the test puts in the place of the usual. */
  readonly deps?: Partial<ActivationDeps>
  readonly letter?: FakeDestination
}

export async function openWorld(
  sql: Readonly<Record<Database, Sql>>,
  { visitors = [], whole = false, deps = {}, letter = fakeDestination('letter', { whole }) }: WorldOptions,
): Promise<World> {
  const log = memoryLog()
  const world = { letter, log, now: NOW }
  const { vault, links, runs, control } = sql
  const activation = await openActivation({
    vault,
    links,
    runs,
    control,
    store: fakeStore(visitors),
    log,
    keys: testActivationKeys(),
    destinations: new Map([['letter', letter]]),
    config: testConfig(),
    interests: new Map([['demo', testInterests]]),
    clock: () => world.now,
    logger: quiet,
    everyMs: 0,
    jitter: () => 0,
    ...deps,
  })
  return Object.assign(world, { activation })
}

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

export async function call(
  { activation }: Pick<World, 'activation'>,
  method: string,
  path: string,
  body?: object,
  role: Role = 'marketer',
): Promise<Answer> {
  const app = new OpenAPIHono<AdminEnv>()
  app.use(async (context, next) => {
    context.set('actor', { name: 'mia', role })
    await next()
  })
  app.onError(answerError(quiet))
  app.route('/', activation.api)
  const sent = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const answer = await app.request(path, { method, ...sent })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

export async function start(world: World): Promise<Record<string, unknown>> {
  return (await call(world, 'POST', '/runs', { audience: 'solar-readers' })).body
}

export async function approve(world: World, run: unknown): Promise<Answer> {
  const answer = await call(world, 'POST', `/runs/${run}/approve`)
  await world.activation.settled()
  return answer
}

export async function show(world: World, run: unknown): Promise<Record<string, unknown>> {
  return (await call(world, 'GET', `/runs/${run}`)).body
}

/** From the start to the end, approved if it is held. */
export async function exportNow(world: World): Promise<Record<string, unknown>> {
  const { run, state } = await start(world)
  if (state === 'held') await approve(world, run)
  await world.activation.settled()
  return show(world, run)
}
