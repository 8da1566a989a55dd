/** How a service offers routes to the admin listener: each says which permission it needs, and what it takes and gives. */

import { OpenAPIHono } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import * as z from 'zod'
import { Fault } from '../../schemas/fault.ts'
import { may, type Permission, permissions, type Role } from '../../schemas/role.ts'
import type { RequestVariables } from './http.ts'

/** Who asks, by their token: a name for the audit, a role for the table. */
export interface Actor {
  readonly name: string
  readonly role: Role
}

export interface AdminEnv {
  Variables: RequestVariables & { actor: Actor }
}

export type AdminApi = OpenAPIHono<AdminEnv>

/** An empty app whose bad requests name every problem with its path. Mounted under /api/v1. */
export function adminApi(): AdminApi {
  return new OpenAPIHono<AdminEnv>({
    defaultHook: (result) => {
      if (!result.success) throw new Fault('invalid', z.prettifyError(result.error))
    },
  })
}

/** Spread into `createRoute`: who may call it, checked before the body is read and shown in the OpenAPI document. */
export function access(permission: Permission) {
  return {
    'x-permission': permission,
    description: `Roles: ${permissions[permission].join(', ')}.`,
    security: [{ token: [] as string[] }],
    middleware: requirePermission(permission),
  }
}

function requirePermission(permission: Permission): MiddlewareHandler<AdminEnv> {
  return async (context, next) => {
    const { role } = context.get('actor')
    if (!may(role, permission))
      throw new Fault('forbidden', `the role ${role} may not ${permission}; ${permissions[permission].join(', ')} may`)
    await next()
  }
}

/** The usual answer of a route. */
export function json<S extends z.ZodType>(schema: S, description: string) {
  return { content: { 'application/json': { schema } }, description } as const
}
