import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import * as z from 'zod'
import { Notice, type SiteConfig } from '../../schemas/config.ts'
import { openTestSql, type TestSql } from '../../test/engines/test-engines.ts'
import { testConfig } from '../../test/fakes/vault.ts'
import { sha256 } from '../control/audit.ts'
import { defineStatement } from '../ports/sql.ts'
import { rememberNotices } from './remember-notices.ts'

let sql: TestSql
beforeAll(async () => {
  sql = await openTestSql()
})
afterAll(() => sql.close())
const run = (text: string, params: Record<string, string> = {}) =>
  sql.control.run(
    defineStatement({
      name: 'of_the_test',
      sql: text,
      params: z.object(Object.fromEntries(Object.keys(params).map((name) => [name, z.string()]))),
      row: z.record(z.string(), z.unknown()),
    }),
    params,
  )
beforeEach(() => run('TRUNCATE control.notices'))

const demo = testConfig.sites.demo as SiteConfig
const agreed = Notice.parse({
  version: 'news-1',
  purposes: ['P5', 'P4'],
  recipients: ['letter', 'post'],
  text: { de: 'Ich möchte den Newsletter, passend zu mir.' },
})
const start = (change: Partial<Notice> = {}) =>
  rememberNotices(sql.control, { sites: { demo: { ...demo, notices: [{ ...agreed, ...change }] } } })

test('what people agreed to under a version does not change under it: neither text, purposes, recipients nor scope', async () => {
  await start()
  const changes: Partial<Notice>[] = [
    { text: { de: 'Ich möchte etwas anderes als den Newsletter.' } },
    { purposes: ['P5', 'P4', 'P6'] },
    { recipients: ['letter', 'post', 'new-esp'] },
    { recipients: ['letter'] },
    { scope: 'existing' },
    // Not by way of another language either.
    { text: { en: 'I want the newsletter, made to fit me.' }, recipients: ['new-esp'] },
  ]
  for (const change of changes)
    await expect(start(change), JSON.stringify(change)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/demo news-1 .*version of its own/),
    })
  await start()
})

test('order, a translation that is added, and the end of a notice change nothing of what was agreed to', async () => {
  await start()
  await start({ purposes: ['P4', 'P5'], recipients: ['post', 'letter', 'post'] })
  await start({ text: { ...agreed.text, en: 'I want the newsletter, made to fit me.' } })
  await start({ retired: true })
  await start({ version: 'news-2', recipients: ['new-esp'] })
})

test('a house that remembered the text alone starts as it is, and remembers the rest from then on', async () => {
  const text = sha256(agreed.text.de ?? '')
  await run("INSERT INTO control.notices (site, version, language, hash) VALUES ('demo', 'news-1', 'de', $text)", {
    text,
  })
  await start()
  await expect(start({ recipients: [...agreed.recipients, 'new-esp'] })).rejects.toMatchObject({
    message: expect.stringContaining('demo news-1 (purposes, recipients or scope)'),
  })
  // By the hash that proofs name it by.
  expect(await run("SELECT hash FROM control.notices WHERE language = 'de'")).toEqual([{ hash: text }])
})
