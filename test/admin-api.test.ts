/** Every route of the admin API with every role and with none, as its own description lists them. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tokensOf } from '../infra/listeners/tokens.ts'
import { may, type Permission, permissions, Role } from '../schemas/role.ts'
import { openTestInstance, type TestInstance } from './instance.ts'

let instance: TestInstance
const tokens = new Map<Role, string>()
beforeAll(async () => {
  instance = await openTestInstance()
  for (const role of Role.options) {
    const issued = await instance.call('POST', '/api/v1/tokens', { body: { name: `test-${role}`, role } })
    tokens.set(role, ((await issued.json()) as { token: string }).token)
  }
})
afterAll(() => instance.close())

interface Route {
  readonly method: string
  readonly path: string
  readonly permission: Permission | undefined
}

async function routes(): Promise<Route[]> {
  const document = (await (await instance.admin.fetch(new Request('http://admin/api/openapi.json'))).json()) as {
    paths: Record<string, Record<string, { 'x-permission'?: Permission }>>
  }
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => ({
      method: method.toUpperCase(),
      path: path.replace(/\{\w+\}/g, 'none-such'),
      permission: route['x-permission'],
    })),
  )
}

describe('the admin API', () => {
  test('describes its routes, each with a permission of the table, and uses all of the table', async () => {
    const all = await routes()
    expect(all.filter(({ permission }) => permission === undefined || !(permission in permissions))).toEqual([])
    const used = new Set(all.map(({ permission }) => permission))
    expect(Object.keys(permissions).filter((each) => !used.has(each as Permission))).toEqual([])
  })

  test('lets nobody in without a token, with one of elsewhere, or with one that has expired', async () => {
    const elsewhere = tokensOf({ id: 'x', bytes: await foreignKey() }, Date.now)
    const { token: foreign } = await elsewhere.issue({ name: 'x', role: 'admin', days: 1 })
    for (const { method, path } of await routes()) {
      const none = await instance.admin.fetch(new Request(`http://admin${path}`, { method }))
      const forged = await instance.call(method, path, { token: foreign })
      expect([none.status, forged.status], `${method} ${path}`).toEqual([401, 401])
    }
  })

  test('answers every role on every route as the table says', async () => {
    for (const { method, path, permission } of await routes())
      for (const role of Role.options) {
        const { status } = await instance.call(method, path, { token: tokens.get(role) })
        const allowed = permission !== undefined && may(role, permission)
        if (allowed) expect([401, 403], `${role} ${method} ${path}`).not.toContain(status)
        else expect(status, `${role} ${method} ${path}`).toBe(403)
        // Nothing that the routes were sent here is fit to be done, and none of it may be answered as a bug.
        expect(status, `${role} ${method} ${path}`).not.toBe(500)
      }
  })

  test('says of every error what it is, with a request id and without a stack', async () => {
    const answer = await instance.call('GET', '/api/v1/runs/none-such')
    const { error } = (await answer.json()) as { error: Record<string, string> }
    expect(Object.keys(error).sort()).toEqual(['code', 'message', 'requestId'])
    expect(JSON.stringify(error)).not.toMatch(/\.ts|node_modules/)
  })
})

async function foreignKey(): Promise<Buffer> {
  const { generateKeyPairSync } = await import('node:crypto')
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' })
}

test('issuing a token is an admin act, and stands in the audit log', async () => {
  const rows = (await (await instance.call('GET', '/api/v1/audit')).json()) as {
    act: string
    detail: { name: string }
  }[]
  expect(rows.filter(({ act }) => act === 'tokens.issue').map(({ detail }) => detail.name)).toContain('test-analyst')
})
