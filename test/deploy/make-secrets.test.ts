import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { readKek } from '../../infra/keys/key-encryption-key.ts'
import { root } from './read-compose.ts'

const folder = mkdtempSync(join(tmpdir(), 'bauta-secrets-'))
afterAll(() => rmSync(folder, { recursive: true }))
const secrets = join(folder, 'secrets')

const run = (...args: string[]) =>
  spawnSync('sh', [join(root, 'infra/deploy/make-secrets.sh'), ...args, secrets], {
    encoding: 'utf8',
    // Whoever runs this; on a server it is the user that the images have.
    env: { ...process.env, BAUTA_USER: String(process.getuid?.()), SMTP_URL: 'smtps://user:password@mail.example.org' },
  })

beforeEach(() => rmSync(secrets, { recursive: true, force: true }))

test('it makes all secrets, which pass its own check, and makes none of them again', () => {
  expect(run()).toMatchObject({ status: 0 })
  const before = readFileSync(join(secrets, 'kek_web'), 'utf8')
  expect(run()).toMatchObject({ status: 0 })
  expect(readFileSync(join(secrets, 'kek_web'), 'utf8')).toBe(before)
  expect(run('--check')).toMatchObject({ status: 0 })
  expect(statSync(secrets).mode & 0o777).toBe(0o700)
})

test('the services take its key-encryption keys', () => {
  run()
  for (const name of ['kek_web', 'kek_profiles', 'kek_person'])
    expect(readKek({ file: join(secrets, name) }, join(folder, 'data'))).toHaveLength(32)
})

const spoil: Record<string, () => void> = {
  'a short password': () => replace('redis_password', 'a1b2c3d4e5f6'),
  'a password of one sign': () => replace('postgres_owner', 'a'.repeat(64)),
  'a password that somebody typed': () => replace('postgres_owner', 'ThePasswordOfTheDatabase-ChangeMe-2026'),
  'one password twice': () => {
    rmSync(join(secrets, 'postgres_vault'))
    copyFileSync(join(secrets, 'postgres_owner'), join(secrets, 'postgres_vault'))
  },
  'a key that others can read': () => chmodSync(join(secrets, 'kek_person'), 0o644),
  'a directory that others can enter': () => chmodSync(secrets, 0o755),
  'a missing secret': () => rmSync(join(secrets, 'clickhouse_owner')),
  'no mail server': () => replace('smtp_url', ''),
}
for (const [what, how] of Object.entries(spoil))
  test(`it refuses ${what}`, () => {
    run()
    how()
    const said = run('--check')
    expect(said.status).toBe(1)
    expect(said.stderr).toMatch(/^wrong: /m)
  })

function replace(name: string, text: string) {
  rmSync(join(secrets, name))
  writeFileSync(join(secrets, name), text)
}
