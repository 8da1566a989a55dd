/** What an operator asks: tokens, keys, the audit log. */

import { createRoute } from '@hono/zod-openapi'
import * as z from 'zod'
import type { Audit } from '../../infra/control/audit.ts'
import { type PersonKeyring, rotatable } from '../../infra/keys/person-keys.ts'
import type { WebKeyring } from '../../infra/keys/web-keys.ts'
import { type AdminApi, access, adminApi, json } from '../../infra/listeners/admin-api.ts'
import type { Tokens } from '../../infra/listeners/tokens.ts'
import type { Sql } from '../../infra/ports/sql.ts'
import { Fault } from '../../schemas/fault.ts'
import { Role } from '../../schemas/role.ts'

/** A chain that can be verified: its name, and the first entry that does not hold. */
export type Chain = () => Promise<{ readonly sequence: number; readonly reason: string } | undefined>

export interface OperatorDeps {
  readonly control: Sql
  readonly audit: Audit
  readonly tokens: Tokens
  /** Only where this process has them. */
  readonly webKeys: Pick<WebKeyring, 'list'> | undefined
  readonly personKeys: PersonKeyring
  readonly chains: Readonly<Record<string, Chain>>
  readonly clock: () => number
}

const Key = z.object({
  id: z.string(),
  use: z.string(),
  scope: z.string(),
  created: z.string(),
  side: z.enum(['web', 'person']),
})
const Broken = z.object({ chain: z.string(), sequence: z.int(), reason: z.string() })
const Issued = z.object({ token: z.string(), id: z.string(), expires: z.string() })
const TokenOrder = z.strictObject({
  name: z.string().min(1).max(60),
  role: Role,
  days: z.int().min(1).max(365).default(90),
})
const AuditRow = z.object({
  chain: z.string(),
  sequence: z.int(),
  at: z.string(),
  actor: z.string(),
  act: z.string(),
  detail: z.unknown(),
})

const routes = {
  issue: createRoute({
    ...access('tokens.issue'),
    method: 'post',
    path: '/tokens',
    request: { body: { content: { 'application/json': { schema: TokenOrder } }, required: true } },
    responses: { 201: json(Issued, 'A token, shown once') },
  }),
  keys: createRoute({
    ...access('keys.read'),
    method: 'get',
    path: '/keys',
    responses: { 200: json(z.array(Key), 'Keys by id, never their bytes') },
  }),
  rotate: createRoute({
    ...access('keys.change'),
    method: 'post',
    path: '/keys/{use}/rotate',
    request: { params: z.object({ use: z.enum(rotatable) }) },
    responses: { 201: json(Key, 'The key that seals from now on') },
  }),
  destroy: createRoute({
    ...access('keys.change'),
    method: 'delete',
    path: '/keys/{id}',
    request: { params: z.object({ id: z.string() }) },
    responses: { 200: json(Key, 'The key that is gone, with all it sealed') },
  }),
  audit: createRoute({
    ...access('audit.read'),
    method: 'get',
    path: '/audit',
    request: {
      query: z.object({ after: z.coerce.number().default(0), limit: z.coerce.number().max(1_000).default(100) }),
    },
    responses: { 200: json(z.array(AuditRow), 'Admin acts, oldest first') },
  }),
  verify: createRoute({
    ...access('audit.read'),
    method: 'post',
    path: '/audit/verify',
    responses: { 200: json(z.object({ chains: z.array(z.string()), broken: z.array(Broken) }), 'Which chains hold') },
  }),
}

export function operatorApi(deps: OperatorDeps): AdminApi {
  const { control, audit, tokens, webKeys, personKeys, clock } = deps
  const note = (actor: string, act: string, detail: Record<string, unknown>) =>
    control.transaction((session) => audit.note(session, { actor, act, detail }, clock()))
  const allKeys = () => [
    ...(webKeys?.list() ?? []).map((key) => ({ ...key, side: 'web' as const })),
    ...personKeys.list().map((key) => ({ ...key, side: 'person' as const })),
  ]

  const api = adminApi()
  api.openapi(routes.issue, async (context) => {
    const order = context.req.valid('json')
    const issued = await tokens.issue(order)
    await note(context.get('actor').name, 'tokens.issue', { ...order, id: issued.id })
    return context.json(issued, 201)
  })
  api.openapi(routes.keys, (context) => context.json(allKeys(), 200))
  api.openapi(routes.rotate, async (context) => {
    const key = personKeys.rotate(context.req.valid('param').use)
    await note(context.get('actor').name, 'keys.rotate', { id: key.id, use: key.use })
    return context.json({ ...key, side: 'person' as const }, 201)
  })
  api.openapi(routes.destroy, async (context) => {
    const { id } = context.req.valid('param')
    const key = allKeys().find((each) => each.id === id)
    if (!key) throw new Fault('not_found', `no key has the id ${id}; see: bauta keys list`)
    if (!isReplaced(key, allKeys()))
      throw new Fault(
        'conflict',
        `${id} is the key in use for ${key.use}; rotate it first, and know that what it sealed is lost`,
      )
    personKeys.destroy(id)
    await note(context.get('actor').name, 'keys.destroy', { id, use: key.use })
    return context.json(key, 200)
  })
  api.openapi(routes.audit, async (context) => {
    const { after, limit } = context.req.valid('query')
    const rows = await audit.entries(control, after, limit)
    return context.json(
      rows.map(({ sequence, at, actor, act, detail }) => ({ chain: 'control', sequence, at, actor, act, detail })),
      200,
    )
  })
  api.openapi(routes.verify, async (context) => {
    const results = await Promise.all(
      Object.entries(deps.chains).map(async ([chain, verify]) => ({ chain, broken: await verify() })),
    )
    const broken = results.flatMap(({ chain, broken }) => (broken ? [{ chain, ...broken }] : []))
    return context.json({ chains: Object.keys(deps.chains), broken }, 200)
  })
  return api
}

/** Only a sealing key that has a successor can go by hand; day keys go by themselves, the others are names. */
function isReplaced(key: z.infer<typeof Key>, all: readonly z.infer<typeof Key>[]): boolean {
  const same = all.filter(({ use, side }) => side === 'person' && use === key.use)
  return rotatable.some((use) => use === key.use) && same.at(-1)?.id !== key.id
}
