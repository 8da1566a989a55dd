import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readEnvironment } from './environment.ts'

const folder = mkdtempSync(join(tmpdir(), 'bauta-environment-'))
afterAll(() => rmSync(folder, { recursive: true }))
function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const key = 'k'.repeat(32)

test("a site's key, a destination's token and a password may each lie in a file", () => {
  const settings = readEnvironment(
    {
      BAUTA_SITE_KEY_MY_SHOP_FILE: file('site', `${key}\n`),
      ESP_TOKEN_FILE: file('token', 'of-the-esp\n'),
      SMTP_URL_FILE: file('smtp', 'smtps://mail.example.org'),
      REDIS_URL: 'redis://cache',
      REDIS_PASSWORD_FILE: file('redis', 'of-redis'),
    },
    folder,
  )
  expect([...settings.siteKeys]).toEqual([['my-shop', key]])
  expect(settings.secret('ESP_TOKEN')).toBe('of-the-esp')
  expect(settings.smtpUrl).toBe('smtps://mail.example.org')
  expect(settings.distributed.redis?.password).toBe('of-redis')
})

test('a file that is not there, is empty, or stands beside the value is refused, all of them at once, and no value is quoted', () => {
  const env = {
    BAUTA_SITE_KEY_SHOP_FILE: 'k3y-that-was-put-here-by-mistake-for-a-file',
    KAFKA_PASSWORD_FILE: file('empty', ' \n'),
    REDIS_PASSWORD: 'in-the-open',
    REDIS_PASSWORD_FILE: file('other', 'in-a-file'),
    DATABASE_PASSWORD_FILE: folder,
  }
  let said = ''
  try {
    readEnvironment(env, folder)
  } catch (error) {
    said = String(error)
  }
  for (const problem of [
    'BAUTA_SITE_KEY_SHOP_FILE names a file that is not there',
    'KAFKA_PASSWORD_FILE names a file that is empty',
    'REDIS_PASSWORD and REDIS_PASSWORD_FILE are both set',
    'DATABASE_PASSWORD_FILE names a file that is a directory',
  ])
    expect(said).toContain(problem)
  expect(said).not.toMatch(/k3y|in-the-open|in-a-file/)
})

test('the same for what bauta.yaml names, when it is asked for', () => {
  const asking = (env: Record<string, string>) => () => readEnvironment(env, folder).secret('ESP_TOKEN')
  expect(asking({})).toThrow(/neither it nor ESP_TOKEN_FILE is set/)
  expect(asking({ ESP_TOKEN: 'a', ESP_TOKEN_FILE: file('b', 'b') })).toThrow(/both set/)
  expect(asking({ ESP_TOKEN_FILE: file('none', '') })).toThrow(/ESP_TOKEN_FILE names a file that is empty/)
  expect(asking({ ESP_TOKEN_FILE: join(folder, 'nowhere') })).toThrow(/is not there/)
})

test('a variable that is set to nothing is not set: its file counts', () => {
  expect(readEnvironment({ SMTP_URL: '', SMTP_URL_FILE: file('mail', 'smtp://a') }, folder).smtpUrl).toBe('smtp://a')
  expect(() => readEnvironment({ BAUTA_SITE_KEY_SHOP_FILE: file('short', 'short') }, folder)).toThrow(
    /key of the site shop is shorter than 32/,
  )
})
