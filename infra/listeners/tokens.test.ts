import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { tokensOf } from './tokens.ts'

const key = () => ({
  id: 'k',
  bytes: generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }),
})
const DAY_MS = 86_400_000

test('a token says who asks until it runs out, and then how to get another', async () => {
  let now = Date.UTC(2026, 10, 22)
  const tokens = tokensOf(key(), () => now)
  const { token, expires } = await tokens.issue({ name: 'reports', role: 'analyst', days: 2 })
  expect(expires).toBe('2026-11-24T00:00:00.000Z')
  expect(await tokens.verify(token)).toEqual({ name: 'reports', role: 'analyst' })
  now += 2 * DAY_MS + 1_000
  await expect(tokens.verify(token)).rejects.toMatchObject({
    code: 'token_expired',
    message: expect.stringContaining('bauta token issue'),
  })
})

test('a token that was signed elsewhere, changed, or not signed at all is nobody', async () => {
  const tokens = tokensOf(key(), Date.now)
  const { token } = await tokensOf(key(), Date.now).issue({ name: 'x', role: 'admin', days: 1 })
  const { token: own } = await tokens.issue({ name: 'x', role: 'analyst', days: 1 })
  const [header = '', payload = '', signature = ''] = own.split('.')
  const promoted = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('analyst', 'admin')).toString(
    'base64url',
  )
  const none = Buffer.from('{"alg":"none"}').toString('base64url')
  for (const each of [token, `${header}.${promoted}.${signature}`, `${none}.${payload}.`, 'x'])
    await expect(tokens.verify(each)).rejects.toMatchObject({ code: 'unauthenticated' })
})
